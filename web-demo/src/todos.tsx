import { type FormEvent, useEffect, useState } from "react";
import { useQuery } from "skerry/react";
import type { User } from "./backend";
import { useDatabase } from "./use-database";

interface TodoRow {
  id: string;
  description: string;
  completed: number;
  created_by: string;
}

const pageSize = 100;

const pageOfTodos = `
  SELECT id, description, completed, created_by FROM todos
  WHERE list_id = ? ORDER BY completed, created_at DESC, id LIMIT ?`;

const counts = "SELECT count(*) AS total, coalesce(sum(completed), 0) AS done FROM todos WHERE list_id = ?";

/** One statement for all rows: nothing crosses from the page to the database but this text. */
const addMany = `
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
  INSERT INTO todos (id, list_id, description, completed, created_at, created_by)
  SELECT uuid(), ?1, 'Todo ' || i, 0, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), ?2 FROM n`;

/** Runs a statement; false if it failed, after saying `what` went wrong. */
type Write = (what: string, sql: string, parameters: unknown[]) => Promise<boolean>;

export function Todos({ listId, user }: { listId: string; user: User }) {
  const db = useDatabase();
  const [shown, setShown] = useState(pageSize);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const list = useQuery<{ name: string }>("SELECT name FROM lists WHERE id = ?", [listId]);
  const todos = useQuery<TodoRow>(pageOfTodos, [listId, shown]);
  const total = useQuery<{ total: number; done: number }>(counts, [listId]).data[0];

  const write: Write = async (what, sql, parameters) => {
    try {
      await db.execute(sql, parameters);
      setProblem(null);
      return true;
    } catch (failure) {
      setProblem(`${what}: ${(failure as Error).message}`);
      return false;
    }
  };

  const add = async (event: FormEvent) => {
    event.preventDefault();
    const description = text.trim();
    if (!description) return;
    setText("");
    const sql =
      "INSERT INTO todos (id, list_id, description, completed, created_at, created_by) VALUES (uuid(), ?, ?, 0, ?, ?)";
    if (!(await write("The todo was not added", sql, [listId, description, new Date().toISOString(), user])))
      setText(description);
  };

  const addThousands = async () => {
    setBusy(true);
    await write("The todos were not added", addMany, [listId, user]);
    setBusy(false);
  };

  if (!list.isLoading && list.data.length === 0) return <p className="empty">This list is not here (any more).</p>;

  return (
    <section aria-label={list.data[0]?.name ?? "List"}>
      <div className="title">
        <h1>{list.data[0]?.name ?? " "}</h1>
        {total && (
          <p className="hint">
            {total.done.toLocaleString("en")} of {total.total.toLocaleString("en")} done
          </p>
        )}
        <button type="button" className="quiet" disabled={busy} onClick={addThousands}>
          Add 10,000 todos
        </button>
      </div>
      <form onSubmit={add} className="add">
        <input
          aria-label="New todo"
          placeholder="What needs doing?"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit">Add todo</button>
      </form>
      {problem && <p role="alert">{problem}</p>}
      {todos.error && <p role="alert">{String(todos.error.message ?? todos.error)}</p>}
      <ul className="todos">
        {todos.data.map((todo) => (
          <TodoItem key={todo.id} todo={todo} user={user} write={write} />
        ))}
      </ul>
      {total && total.total > todos.data.length && todos.data.length > 0 && (
        <p className="more">
          {todos.data.length.toLocaleString("en")} of {total.total.toLocaleString("en")} shown{" "}
          <button type="button" className="quiet" onClick={() => setShown(shown + pageSize * 5)}>
            Show more
          </button>
        </p>
      )}
    </section>
  );
}

function TodoItem({ todo, user, write }: { todo: TodoRow; user: User; write: Write }) {
  // What the user has just chosen, until the query says so too: a checkbox must not hesitate.
  const [chosen, setChosen] = useState<boolean | null>(null);
  useEffect(() => setChosen((choice) => (choice === Boolean(todo.completed) ? null : choice)), [todo.completed]);
  const completed = chosen ?? Boolean(todo.completed);

  const tick = async (next: boolean) => {
    setChosen(next);
    const sql = "UPDATE todos SET completed = ? WHERE id = ?";
    if (!(await write("The change was not kept", sql, [next ? 1 : 0, todo.id]))) setChosen(null);
  };

  return (
    <li className={completed ? "done" : undefined}>
      <label>
        <input type="checkbox" checked={completed} onChange={(event) => tick(event.target.checked)} />
        <span>{todo.description}</span>
      </label>
      {todo.created_by && todo.created_by !== user && <span className="tag">by {todo.created_by}</span>}
      <button
        type="button"
        className="delete"
        aria-label={`Delete ${todo.description}`}
        onClick={() => write("The todo was not deleted", "DELETE FROM todos WHERE id = ?", [todo.id])}
      >
        ×
      </button>
    </li>
  );
}
