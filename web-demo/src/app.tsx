import { useEffect, useState } from "react";
import { PowerSyncContext } from "skerry/react";
import { type User, users } from "./backend";
import { Inspect } from "./inspect";
import { Lists } from "./lists";
import { listOf, useRoute } from "./route";
import { databaseOf, goOnline } from "./session";
import { StatusBar } from "./status-bar";
import { Todos } from "./todos";

const remembered = (): User => users.find((user) => user === localStorage.getItem("user")) ?? "alice";

export function App() {
  const [user, setUser] = useState<User>(remembered);
  const [offline, setOffline] = useState(() => localStorage.getItem("offline") === "true");
  const db = databaseOf(user);
  const route = useRoute();
  const listId = listOf(route);

  useEffect(() => {
    if (offline) void db.disconnect();
    else goOnline(db, user);
  }, [db, user, offline]);

  const chooseUser = (next: User) => {
    localStorage.setItem("user", next);
    location.hash = "#/";
    void db.disconnect();
    setUser(next);
  };
  const chooseOffline = (next: boolean) => {
    localStorage.setItem("offline", String(next));
    setOffline(next);
  };

  return (
    <PowerSyncContext.Provider value={db}>
      <header className="bar">
        <a className="brand" href="#/">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M3 24 11 9l6 9 4-5 8 11z" />
          </svg>
          Skerry
        </a>
        <StatusBar offline={offline} />
        <div className="controls">
          <label className="switch">
            <input
              type="checkbox"
              role="switch"
              aria-checked={offline}
              checked={offline}
              onChange={(event) => chooseOffline(event.target.checked)}
            />
            <span>Offline</span>
          </label>
          <label className="user">
            <span>User</span>
            <select value={user} onChange={(event) => chooseUser(event.target.value as User)}>
              {users.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          <a className="inspect-link" href="#/inspect" aria-current={route === "inspect" ? "page" : undefined}>
            Inspect
          </a>
        </div>
      </header>
      <div className="columns" key={user}>
        <Lists user={user} current={listId} />
        <main>
          {route === "inspect" ? (
            <Inspect />
          ) : listId ? (
            <Todos key={listId} listId={listId} user={user} />
          ) : (
            <Welcome />
          )}
        </main>
      </div>
    </PowerSyncContext.Provider>
  );
}

function Welcome() {
  return (
    <section className="empty">
      <h1>Pick a list, or add one</h1>
      <p>
        Everything here is read from and written to a SQLite database in this browser. Turn on <em>Offline</em>, edit,
        open a second tab, reload: it all stays, and it syncs when you are back.
      </p>
    </section>
  );
}
