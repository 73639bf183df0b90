import { type FormEvent, useState } from "react";
import { useQuery } from "skerry/react";
import type { User } from "./backend";
import { listHref } from "./route";
import { useDatabase } from "./use-database";

interface ListRow {
  id: string;
  name: string;
  owner_id: string;
  open: number;
}

const query = `
  SELECT id, name, owner_id,
    (SELECT count(*) FROM todos WHERE list_id = lists.id AND completed = 0) AS open
  FROM lists ORDER BY owner_id <> ?, name COLLATE NOCASE, id`;

export function Lists({ user, current }: { user: User; current: string | null }) {
  const db = useDatabase();
  const { data, error, isLoading } = useQuery<ListRow>(query, [user]);
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string | null>(null);

  const add = async (event: FormEvent) => {
    event.preventDefault();
    const trimmed = name.trim();
    if (!trimmed) return;
    setName("");
    try {
      const id = crypto.randomUUID();
      await db.execute("INSERT INTO lists (id, name, owner_id, created_at) VALUES (?, ?, ?, ?)", [
        id,
        trimmed,
        user,
        new Date().toISOString(),
      ]);
      location.hash = listHref(id);
      setProblem(null);
    } catch (failure) {
      setProblem(`The list was not added: ${(failure as Error).message}`);
      setName(trimmed);
    }
  };

  return (
    <nav aria-label="Lists">
      <form onSubmit={add} className="add">
        <input
          aria-label="New list"
          placeholder="New list"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" aria-label="Add list" title="Add list">
          +
        </button>
      </form>
      {problem && <p role="alert">{problem}</p>}
      {error && <p role="alert">{String(error.message ?? error)}</p>}
      {!isLoading && data.length === 0 && <p className="hint">No lists yet.</p>}
      <ul>
        {data.map((list) => (
          <li key={list.id}>
            <a href={listHref(list.id)} aria-label={list.name} aria-current={list.id === current ? "page" : undefined}>
              <span className="name">{list.name}</span>
              {list.owner_id !== user && <span className="tag">by {list.owner_id}</span>}
              <span className="count">{list.open.toLocaleString("en")}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
