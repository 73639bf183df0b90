// Watches and change events through the public API, in real Chromium on OPFS.
import assert from "node:assert/strict";
import { test } from "node:test";
import { testPage } from "./api/harness.mjs";

const tab = testPage("watch");
const { withDatabase } = tab;

test("a watch delivers the result at once and after each change of its tables", async () => {
  const results = await withDatabase(async () => {
    const seen = [];
    db.watch("SELECT id FROM lists ORDER BY id", [], {
      onResult: (result) => void seen.push(result.array.map((row) => row.id).join("")),
    });
    await until(() => seen.length === 1);
    await db.execute("INSERT INTO lists(id) VALUES ('a')");
    await until(() => seen.length === 2);
    await db.execute("INSERT INTO todos(id) VALUES ('unrelated')");
    await db.execute("INSERT INTO lists(id) VALUES ('b')");
    await until(() => seen.length === 3);
    return seen;
  });
  assert.deepEqual(results, ["", "a", "ab"]);
});

test("an equal result is silent", async () => {
  const results = await withDatabase(async () => {
    const seen = [];
    await db.execute("INSERT INTO lists(id, name) VALUES ('a', 'A')");
    db.watch(
      "SELECT id FROM lists WHERE name = 'A'",
      [],
      { onResult: (r) => void seen.push(r.array.length) },
      { throttleMs: 0 },
    );
    await until(() => seen.length === 1);
    await db.execute("UPDATE lists SET owner = 'x'");
    await db.execute("UPDATE lists SET name = 'A'");
    await db.execute("INSERT INTO lists(id, name) VALUES ('b', 'A')");
    await until(() => seen.at(-1) === 2);
    return seen;
  });
  assert.deepEqual(results, [1, 2]);
});

test("rows that did not change are the objects of the result before", async () => {
  const same = await withDatabase(async () => {
    await db.executeBatch("INSERT INTO lists(id, name) VALUES (?, ?)", [
      ["a", "1"],
      ["b", "1"],
      ["c", "1"],
    ]);
    const query = db.query({ sql: "SELECT id, name FROM lists ORDER BY id" }).watch({ throttleMs: 0 });
    await until(() => query.state.data.length === 3);
    const [a, b, c] = query.state.data;
    await db.execute("UPDATE lists SET name = '2' WHERE id = 'b'");
    await until(() => query.state.data[1].name === "2");
    const next = query.state.data;
    await db.execute("DELETE FROM lists WHERE id = 'a'");
    await until(() => query.state.data.length === 2);
    return [next[0] === a, next[1] === b, next[2] === c, query.state.data[0] === next[1], query.state.data[1] === c];
  });
  assert.deepEqual(same, [true, false, true, true, true]);
});

test("a watch as an async iterator ends with the loop, and keeps only its latest result", async () => {
  const seen = await withDatabase(async () => {
    const counts = [];
    const others = [];
    for await (const { array } of db.watch("SELECT id FROM lists", [], { throttleMs: 0 })) {
      counts.push(array.length);
      if (array.length === 0) {
        // A second watch, opened later, tells how far the results have come that the loop does not take.
        const onResult = (result) => void others.push(result.array.length);
        db.watch("SELECT id, name FROM lists", [], { onResult }, { throttleMs: 0 });
        await until(() => others.at(-1) === 0);
        for (let i = 0; i < 20; i++) await db.execute("INSERT INTO lists(id) VALUES (?)", [String(i)]);
        await until(() => others.at(-1) === 20);
      }
      if (array.length === 20) break;
    }
    return counts;
  });
  assert.equal(seen[0], 0);
  assert.equal(seen.at(-1), 20);
  assert.ok(seen.length <= 3, `a slow reader skipped results: ${seen}`);
});

test("an aborted watch ends quietly", async () => {
  const outcome = await withDatabase(async () => {
    const controller = new AbortController();
    const counts = [];
    const loop = (async () => {
      for await (const { array } of db.watch("SELECT id FROM lists", [], { signal: controller.signal }))
        counts.push(array.length);
      return "ended";
    })();
    await until(() => counts.length === 1);
    controller.abort();
    return loop;
  });
  assert.equal(outcome, "ended");
});

test("a query that cannot run reports its error, and the watch of a good one goes on", async () => {
  const error = await withDatabase(async () => {
    let found;
    db.watch("SELECT nonsense FROM lists", [], { onResult: () => undefined, onError: (e) => (found = e) });
    await until(() => found);
    const rejected = await rejection(
      (async () => {
        for await (const result of db.watch("SELEC", [])) throw new Error(`got ${result.array.length}`);
      })(),
    );
    return { name: found.name, message: found.message, rejected: rejected.message };
  });
  assert.equal(error.name, "SqliteError");
  assert.match(error.message, /no such column: nonsense/);
  assert.match(error.rejected, /syntax error/);
});

test("a first change is delivered at once, the following at most once per throttle", async () => {
  const gap = 100;
  const { counts, secondMs, lastMs } = await withDatabase(async (throttleMs) => {
    const seen = [];
    const watch = (sql, onResult) => db.watch(sql, [], { onResult }, { throttleMs });
    watch("SELECT count(*) AS n FROM lists", (r) => void seen.push({ at: performance.now(), n: r.array[0].n }));
    await until(() => seen.length === 1);
    // A second watch begins later, so when its throttle is over, that of the first one is too.
    const todos = [];
    watch("SELECT count(*) AS n FROM todos", (r) => void todos.push(r.array[0].n));
    await until(() => todos.length === 1);
    await db.execute("INSERT INTO todos(id) VALUES ('t')");
    await until(() => todos.length === 2);

    const start = performance.now();
    for (let i = 0; i < 10; i++) await db.execute("INSERT INTO lists(id) VALUES (?)", [String(i)]);
    await until(() => seen.at(-1).n === 10);
    const [, ...changes] = seen;
    return { counts: changes.map(({ n }) => n), secondMs: changes[1].at - start, lastMs: changes.at(-1).at - start };
  }, gap);
  assert.equal(counts[0], 1, "the first change came alone");
  // Timers and clocks are exact to a millisecond.
  assert.ok(secondMs >= gap - 2, `the second waited for the throttle: ${secondMs} ms`);
  assert.ok(counts.length <= 1 + lastMs / (gap - 2), `${counts} within ${lastMs} ms`);
});

test("change events name the tables, merged, and end with their signal", async () => {
  const result = await withDatabase(async () => {
    const events = [];
    const controller = new AbortController();
    const options = { tables: ["lists", "ps_data__todos"], throttleMs: 20, triggerImmediate: true };
    const listen = (signal, onEvent) =>
      db.onChange({ onChange: ({ changedTables }) => void onEvent(changedTables.sort()) }, { ...options, signal });
    listen(controller.signal, (tables) => events.push(tables));
    let others = 0;
    listen(undefined, () => ++others);
    await until(() => events.length === 1 && others === 1);
    await db.writeTransaction(async (tx) => {
      await tx.execute("INSERT INTO lists(id) VALUES ('a')");
      await tx.execute("INSERT INTO todos(id) VALUES ('a')");
      await tx.execute("INSERT INTO notes(id) VALUES ('a')");
    });
    await until(() => events.length === 2 && others === 2);
    controller.abort();
    // What a listener without a signal is told twice, the aborted one would have been told by then.
    for (const id of ["b", "c"]) {
      const before = others;
      await db.execute("INSERT INTO lists(id) VALUES (?)", [id]);
      await until(() => others > before);
    }
    return events;
  });
  assert.deepEqual(result, [[], ["lists", "todos"]]);
});

test("a rolled-back transaction changes nothing for anybody", async () => {
  const events = await withDatabase(async () => {
    const seen = [];
    db.onChange(
      { onChange: ({ changedTables }) => void seen.push(...changedTables) },
      { tables: ["lists", "todos"], throttleMs: 0 },
    );
    await db.writeTransaction(async (tx) => {
      await tx.execute("INSERT INTO lists(id) VALUES ('a')");
      await tx.rollback();
    });
    await db.execute("INSERT INTO todos(id) VALUES ('t')");
    await until(() => seen.includes("todos"));
    return seen;
  });
  assert.deepEqual(events, ["todos"]);
});

test("the tables of a query are found through views and subqueries", async () => {
  const tables = await withDatabase(async () => {
    await db.execute(
      "CREATE VIEW open_todos AS SELECT t.id, l.name FROM todos t JOIN lists l ON l.id = t.list_id WHERE NOT t.done",
    );
    return (await db.resolveTables("SELECT * FROM open_todos WHERE id IN (SELECT id FROM notes)")).sort();
  });
  assert.deepEqual(tables, ["lists", "notes", "todos"]);
});

test("a differential query tells what was added, updated and removed", async () => {
  const diffs = await withDatabase(async () => {
    await db.executeBatch("INSERT INTO lists(id, name) VALUES (?, ?)", [
      ["a", "1"],
      ["b", "1"],
    ]);
    const query = db
      .query({ sql: "SELECT id, name FROM lists ORDER BY id", mapper: (row) => ({ id: row.id, label: row.name }) })
      .differentialWatch({ throttleMs: 0 });
    const seen = [];
    query.registerListener({
      onDiff: (diff) =>
        void seen.push({
          added: diff.added.map((r) => r.id),
          removed: diff.removed.map((r) => r.id),
          updated: diff.updated.map((u) => u.current.label),
        }),
    });
    await until(() => query.state.data.length === 2);
    await db.writeTransaction(async (tx) => {
      await tx.execute("UPDATE lists SET name = '2' WHERE id = 'a'");
      await tx.execute("DELETE FROM lists WHERE id = 'b'");
      await tx.execute("INSERT INTO lists(id, name) VALUES ('c', '3')");
    });
    await until(() => seen.length === 2);
    return seen;
  });
  assert.deepEqual(diffs, [
    { added: ["a", "b"], removed: [], updated: [] },
    { added: ["c"], removed: ["b"], updated: ["2"] },
  ]);
});

test("a custom query runs in the tab after each change", async () => {
  const counts = await withDatabase(async () => {
    const seen = [];
    const compile = () => ({ sql: "SELECT * FROM lists", parameters: [] });
    const query = db
      .customQuery({ compile, execute: async ({ sql, db }) => [await db.getAll(sql)] })
      .watch({ throttleMs: 0 });
    query.registerListener({ onData: ([rows]) => void seen.push(rows.length) });
    await until(() => seen.length === 1);
    await db.execute("INSERT INTO lists(id) VALUES ('a')");
    await until(() => seen.length === 2);
    return seen;
  });
  assert.deepEqual(counts, [0, 1]);
});

test("a change during the first run of a custom query is not overtaken by its rows", async () => {
  const counts = await withDatabase(async () => {
    const seen = [];
    let runs = 0;
    let release;
    const query = db
      .customQuery({
        compile: () => ({ sql: "SELECT * FROM lists", parameters: [] }),
        execute: async ({ sql, db }) => {
          const isFirst = ++runs === 1;
          const rows = await db.getAll(sql);
          if (isFirst) await new Promise((resolve) => (release = resolve));
          return [rows.length];
        },
      })
      .watch({ throttleMs: 0 });
    query.registerListener({ onData: ([count]) => void seen.push(count) });
    await until(() => release);
    // A later listener is told when the query's own has been.
    const told = [];
    db.onChange({ onChange: (event) => void told.push(event) }, { tables: ["lists"], throttleMs: 0 });
    await db.execute("INSERT INTO lists(id) VALUES ('a')");
    await until(() => told.length === 1);
    await db.getAll("SELECT 1");
    release();
    await until(() => seen.length === 2);
    return { seen, latest: query.state.data };
  });
  assert.deepEqual(counts, { seen: [0, 1], latest: [1] });
});

test("the compatibility profile delivers at the trailing edge, equal or not, with internal names", async () => {
  const result = await tab.page.evaluate(async () => {
    const { PowerSyncDatabase } = await import("/dist/powersync.js");
    const db = new PowerSyncDatabase({ schema, database: { dbFilename: "compat.db" } });
    await db.init();
    const results = [];
    const tables = [];
    const calls = [];
    db.watch(
      "SELECT count(*) AS n FROM lists WHERE name = 'none'",
      [],
      { onResult: (r) => void results.push(r.rows._array[0].n) },
      { throttleMs: 50 },
    );
    db.onChange({ onChange: (event) => void tables.push(...event.changedTables) }, { tables: ["lists", "notes"] });
    await until(() => results.length === 1);
    const { getAll } = db;
    db.getAll = (sql, params) => {
      calls.push(sql);
      return getAll.call(db, sql, params);
    };
    const start = performance.now();
    await db.execute("INSERT INTO lists(id) VALUES ('a')");
    await db.execute("INSERT INTO notes(id) VALUES ('a')");
    await until(() => results.length === 2);
    const waited = performance.now() - start;
    await until(() => tables.length === 2);
    await db.close();
    return { results, tables: tables.sort(), waited, calls: calls.length };
  });
  assert.deepEqual(result.results, [0, 0]);
  assert.deepEqual(result.tables, ["ps_data__lists", "ps_data_local__notes"]);
  assert.ok(result.waited >= 45, `waited ${result.waited} ms`);
  assert.equal(result.calls, 1, "a member that was replaced is used by a running watch");
});

test("after a schema change a watch of a table that came reports its rows", async () => {
  const rows = await withDatabase(async () => {
    const { Schema, Table, column } = skerry;
    let error;
    const query = db.query({ sql: "SELECT id FROM tags" }).watch({ throttleMs: 0 });
    await until(() => (error = query.state.error));
    await db.updateSchema(new Schema({ tags: new Table({ tag: column.text }) }));
    await db.execute("INSERT INTO tags(id) VALUES ('t')");
    await until(() => query.state.data.length === 1);
    return { rows: query.state.data, error: error.message, now: query.state.error };
  });
  assert.deepEqual(rows.rows, [{ id: "t" }]);
  assert.match(rows.error, /no such table: tags/);
  assert.equal(rows.now, null);
});
