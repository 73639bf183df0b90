// Statements, locks and transactions through the public API, in real Chromium on OPFS.
import assert from "node:assert/strict";
import { test } from "node:test";
import { testPage } from "./api/harness.mjs";

const tab = testPage("sql");
const { browser, withDatabase } = tab;

test("the database lies in OPFS, under a policy that forbids eval", async () => {
  const storage = await withDatabase(() => db.storage());
  assert.equal(storage.backend, "opfs");
  assert.equal(storage.reason, null);
  assert.ok(storage.quota > 0);
});

test("every kind of value comes back as it went in", async () => {
  const result = await withDatabase(async () => {
    const row = await db.get(
      "SELECT ?1 AS t, ?2 AS i, ?3 AS r, ?4 AS b, ?5 AS big, ?6 AS n, ?7 AS yes, ?8 AS list, ?9 AS missing",
      ["ä😀\0x", 42, 1.5, new Uint8Array([0, 255]), 2n ** 60n, null, true, [1, 2], undefined],
    );
    return { ...row, b: [...row.b], list: [...row.list], big: String(row.big), bigType: typeof row.big };
  });
  assert.deepEqual(result, {
    t: "ä😀\0x",
    i: 42,
    r: 1.5,
    b: [0, 255],
    big: String(2n ** 60n),
    bigType: "bigint",
    n: null,
    yes: 1,
    list: [1, 2],
    missing: null,
  });
});

test("integers up to 2^53 are numbers, larger ones bigints", async () => {
  const types = await withDatabase(async () => {
    const row = await db.get(
      "SELECT 9007199254740991 AS a, 9007199254740992 AS b, -9007199254740991 AS c, 9223372036854775807 AS d",
    );
    return Object.values(row).map((value) => [typeof value, String(value)]);
  });
  assert.deepEqual(types, [
    ["number", "9007199254740991"],
    ["bigint", "9007199254740992"],
    ["number", "-9007199254740991"],
    ["bigint", "9223372036854775807"],
  ]);
});

test("results have the promised shapes", async () => {
  const shapes = await withDatabase(async () => {
    const inserted = await db.execute("INSERT INTO lists(id, name) VALUES ('a', 'A'), ('b', 'B')");
    const selected = await db.execute("SELECT id, name FROM lists ORDER BY id");
    const raw = await db.executeRaw("SELECT id, id FROM lists ORDER BY id");
    const batch = await db.executeBatch("UPDATE lists SET name = ? WHERE id = ?", [
      ["x", "a"],
      ["y", "b"],
      ["z", "none"],
    ]);
    const none = await db.executeBatch("UPDATE lists SET name = ?", []);
    const returning = await db.execute("UPDATE lists SET name = 'q' WHERE id = 'a' RETURNING id, name");
    return {
      affected: inserted.rowsAffected,
      array: selected.array,
      iterated: [...selected],
      rows: { length: selected.rows.length, item: selected.rows.item(1), all: selected.rows._array.length },
      raw: { columnNames: raw.columnNames, rawRows: raw.rawRows },
      batch: { affected: batch.rowsAffected, rows: batch.rows ?? "undefined" },
      none: none.rowsAffected,
      returning: returning.array,
      optional: await db.getOptional("SELECT 1 WHERE 0"),
      allNull: await db.get("SELECT NULL AS a"),
    };
  });
  assert.deepEqual(shapes, {
    affected: 2,
    array: [
      { id: "a", name: "A" },
      { id: "b", name: "B" },
    ],
    iterated: [
      { id: "a", name: "A" },
      { id: "b", name: "B" },
    ],
    rows: { length: 2, item: { id: "b", name: "B" }, all: 2 },
    raw: {
      columnNames: ["id", "id"],
      rawRows: [
        ["a", "a"],
        ["b", "b"],
      ],
    },
    batch: { affected: 2, rows: "undefined" },
    none: 0,
    returning: [{ id: "a", name: "q" }],
    optional: null,
    allNull: { a: null },
  });
});

test("a text of several statements runs them all and gives the first result with columns", async () => {
  const result = await withDatabase(async () => {
    const script = await db.execute(
      "INSERT INTO lists(id) VALUES ('a'); SELECT 1 AS one; SELECT 2 AS two; INSERT INTO lists(id) VALUES ('b')",
    );
    return { rows: script.array, count: await db.get("SELECT count(*) AS n FROM lists") };
  });
  assert.deepEqual(result, { rows: [{ one: 1 }], count: { n: 2 } });
});

test("UPSERT, RETURNING and functions work on the app's tables", async () => {
  const rows = await withDatabase(async () => {
    await db.execute("INSERT INTO lists(id, name) VALUES ('a', 'old')");
    await db.execute(
      "INSERT INTO lists(id, name) VALUES ('a', 'new') ON CONFLICT(id) DO UPDATE SET name = excluded.name",
    );
    const { id } = (await db.execute("INSERT INTO lists(id) VALUES (uuid()) RETURNING id")).array[0];
    return { name: (await db.get("SELECT name FROM lists WHERE id = 'a'")).name, uuid: id.length };
  });
  assert.deepEqual(rows, { name: "new", uuid: 36 });
});

test("SQL errors are typed and leave the database usable", async () => {
  const errors = await withDatabase(async () => {
    await db.execute("INSERT INTO lists(id) VALUES ('a')");
    const found = {
      syntax: await rejection(db.execute("SELEC 1")),
      table: await rejection(db.getAll("SELECT * FROM nowhere")),
      duplicate: await rejection(db.execute("INSERT INTO lists(id) VALUES ('a')")),
      noId: await rejection(db.execute("INSERT INTO lists(name) VALUES ('x')")),
      newId: await rejection(db.execute("UPDATE lists SET id = 'z'")),
      drop: await rejection(db.execute("DROP TABLE lists")),
      nan: await rejection(db.execute("SELECT ?", [Number.NaN])),
      big: await rejection(db.execute("SELECT ?", [2n ** 63n])),
      empty: await rejection(db.get("SELECT 1 WHERE 0")),
      many: await rejection(db.execute("SELECT ?", [1, 2])),
    };
    found.after = (await db.get("SELECT count(*) AS n FROM lists")).n;
    return found;
  });
  assert.equal(errors.syntax.name, "SqliteError");
  assert.equal(errors.syntax.code, "sqlite");
  assert.match(errors.syntax.message, /syntax error/);
  assert.match(errors.table.message, /no such table: nowhere/);
  assert.equal(errors.duplicate.code, "constraint");
  assert.match(errors.noId.message, /id is required/);
  assert.match(errors.newId.message, /Cannot update id/);
  assert.equal(errors.drop.code, "not_authorized");
  assert.equal(errors.nan.code, "invalid_argument");
  assert.equal(errors.big.code, "invalid_argument");
  assert.equal(errors.empty.message, "Result set is empty");
  assert.ok(errors.many.message.length > 0);
  assert.equal(errors.after, 1);
});

test("a failing row of a batch takes the whole batch back", async () => {
  const left = await withDatabase(async () => {
    await rejection(db.executeBatch("INSERT INTO lists(id) VALUES (?)", [["a"], ["b"], ["a"]]));
    return db.get("SELECT count(*) AS n FROM lists");
  });
  assert.deepEqual(left, { n: 0 });
});

test("a transaction commits when its callback returns and rolls back when it throws", async () => {
  const result = await withDatabase(async () => {
    const returned = await db.writeTransaction(async (tx) => {
      await tx.execute("INSERT INTO lists(id) VALUES ('kept')");
      return (await tx.get("SELECT count(*) AS n FROM lists")).n;
    });
    const thrown = await rejection(
      db.writeTransaction(async (tx) => {
        await tx.execute("INSERT INTO lists(id) VALUES ('lost')");
        throw new TypeError("mine");
      }),
    );
    const rolledBack = await db.writeTransaction(async (tx) => {
      await tx.execute("INSERT INTO lists(id) VALUES ('undone')");
      await tx.rollback();
      await tx.rollback();
      return "fine";
    });
    const early = await db.writeTransaction(async (tx) => {
      await tx.execute("INSERT INTO lists(id) VALUES ('early')");
      await tx.commit();
      return rejection(tx.execute("SELECT 1"));
    });
    return {
      returned,
      thrown,
      rolledBack,
      early: early.message,
      ids: await db.getAll("SELECT id FROM lists ORDER BY id"),
    };
  });
  assert.equal(result.returned, 1);
  assert.deepEqual([result.thrown.name, result.thrown.message], ["TypeError", "mine"]);
  assert.equal(result.rolledBack, "fine");
  assert.equal(result.early, "Attempted to use a connection lease that has already been returned.");
  assert.deepEqual(result.ids, [{ id: "early" }, { id: "kept" }]);
});

test("a transaction kept beyond its callback is refused", async () => {
  const error = await withDatabase(async () => {
    let kept;
    await db.writeTransaction(async (tx) => {
      kept = tx;
    });
    return rejection(kept.getAll("SELECT 1"));
  });
  assert.equal(error.message, "Attempted to use a connection lease that has already been returned.");
});

test("statements of a transaction may be sent without waiting for each other", async () => {
  const n = await withDatabase(async () => {
    await db.writeTransaction(async (tx) => {
      await Promise.all(
        Array.from({ length: 100 }, (_, i) => tx.execute("INSERT INTO lists(id) VALUES (?)", [String(i)])),
      );
    });
    return (await db.get("SELECT count(*) AS n FROM lists")).n;
  });
  assert.equal(n, 100);
});

test("a read transaction sees one snapshot while others write", async () => {
  const counts = await withDatabase(async () => {
    await db.execute("INSERT INTO lists(id) VALUES ('a')");
    return db.readTransaction(async (tx) => {
      const before = (await tx.get("SELECT count(*) AS n FROM lists")).n;
      await db.execute("INSERT INTO lists(id) VALUES ('b')");
      const during = (await tx.get("SELECT count(*) AS n FROM lists")).n;
      const outside = (await db.get("SELECT count(*) AS n FROM lists")).n;
      return [before, during, outside];
    });
  });
  assert.deepEqual(counts, [1, 1, 2]);
});

test("reads go on beside an open write transaction and do not see it", async () => {
  const counts = await withDatabase(async () =>
    db.writeTransaction(async (tx) => {
      await tx.execute("INSERT INTO lists(id) VALUES ('a')");
      const inside = (await tx.get("SELECT count(*) AS n FROM lists")).n;
      const outside = (await db.get("SELECT count(*) AS n FROM lists")).n;
      return [inside, outside];
    }),
  );
  assert.deepEqual(counts, [1, 0]);
});

test("writes keep the order of their calls, and wait for an open write lock", async () => {
  const order = await withDatabase(async () => {
    const done = [];
    let release;
    const lock = db.writeLock(async (context) => {
      await context.execute("INSERT INTO lists(id) VALUES ('0')");
      await new Promise((resolve) => (release = resolve));
      done.push(0);
    });
    await until(() => release);
    const rest = [1, 2, 3].map((i) =>
      db.execute("INSERT INTO lists(id) VALUES (?)", [String(i)]).then(() => done.push(i)),
    );
    // A read does not wait: when it is answered, the writes have arrived, and they have not run.
    const { n } = await db.get("SELECT count(*) AS n FROM lists");
    release();
    await Promise.all([lock, ...rest]);
    return { n, done };
  });
  assert.deepEqual(order, { n: 1, done: [0, 1, 2, 3] });
});

test("a transaction that waits too long times out, and the queue goes on without it", async () => {
  const result = await withDatabase(async () => {
    let release;
    const held = db.writeLock(() => new Promise((resolve) => (release = resolve)));
    await until(() => release);
    const error = await rejection(db.writeTransaction(async () => "never", 20));
    release();
    await held;
    return { error, after: await db.writeTransaction(async () => "later", 60_000) };
  });
  assert.equal(result.error.name, "LockTimeoutError");
  assert.match(result.error.message, /timed out/);
  assert.equal(result.after, "later");
});

test("more read locks than readers wait for one", async () => {
  const n = await withDatabase(async () => {
    const reads = Array.from({ length: 12 }, () => db.readLock((context) => context.get("SELECT 1 AS one")));
    return (await Promise.all(reads)).length;
  });
  assert.equal(n, 12);
});

test("a lock method that was replaced on the object is used by the calls above it", async () => {
  const calls = await withDatabase(async () => {
    const seen = [];
    const { writeLock, readLock } = db;
    const spy = (name, original) => (callback) => {
      seen.push(name);
      return original.call(db, callback);
    };
    db.writeLock = spy("write", writeLock);
    db.readLock = spy("read", readLock);
    await db.execute("INSERT INTO lists(id) VALUES ('a')");
    await db.getAll("SELECT * FROM lists");
    return seen;
  });
  assert.deepEqual(calls, ["write", "read"]);
});

test("an aborted call rejects with the signal's reason", async () => {
  const result = await withDatabase(async () => {
    let release;
    const held = db.writeLock(() => new Promise((resolve) => (release = resolve)));
    await until(() => release);
    const controller = new AbortController();
    const call = rejection(db.execute("INSERT INTO lists(id) VALUES ('a')", [], { signal: controller.signal }));
    controller.abort(new Error("changed my mind"));
    const error = await call;
    release();
    await held;
    await db.execute("SELECT 1");
    return { message: error.message, rows: (await db.get("SELECT count(*) AS n FROM lists")).n };
  });
  assert.deepEqual(result, { message: "changed my mind", rows: 0 });
});

test("data survive a reload of the page", async () => {
  await tab.page.evaluate(async () => {
    await open("reload.db");
    await db.execute("INSERT INTO lists(id, name) VALUES ('a', 'kept')");
  });
  const client = await tab.page.evaluate(() => db.getClientId());
  await tab.page.reload();
  await browser.ready(tab.page);
  const after = await tab.page.evaluate(async () => {
    await open("reload.db");
    const result = { row: await db.get("SELECT name FROM lists"), client: await db.getClientId() };
    await db.close();
    return result;
  });
  assert.deepEqual(after, { row: { name: "kept" }, client });
});

test("two objects on one file share the data, and closing one leaves the other", async () => {
  const result = await tab.page.evaluate(async () => {
    const first = await open("shared.db");
    const second = await open("shared.db");
    await first.execute("INSERT INTO lists(id) VALUES ('a')");
    await first.close();
    const n = (await second.get("SELECT count(*) AS n FROM lists")).n;
    await second.close();
    const again = await open("shared.db");
    const kept = (await again.get("SELECT count(*) AS n FROM lists")).n;
    await again.close();
    return { n, kept, closed: await rejection(first.getAll("SELECT 1")) };
  });
  assert.equal(result.n, 1);
  assert.equal(result.kept, 1);
  assert.equal(result.closed.name, "DatabaseClosedError");
});

test("one file cannot be opened with two kinds of storage in a tab", async () => {
  const message = await tab.page.evaluate(async () => {
    const first = await open("kinds.db");
    let error;
    try {
      new skerry.SkerryDatabase({ schema, database: { dbFilename: "kinds.db", storage: "memory" } });
    } catch (caught) {
      error = caught.message;
    }
    await first.close();
    return error;
  });
  assert.match(message, /already open in this tab with storage "auto"/);
});

test("a database in memory says so and keeps nothing", async () => {
  const result = await tab.page.evaluate(async () => {
    const options = { database: { dbFilename: "memory.db", storage: "memory" } };
    const first = await open("", options);
    await first.execute("INSERT INTO lists(id) VALUES ('a')");
    const { backend } = await first.storage();
    await first.close();
    const second = await open("", options);
    const n = (await second.get("SELECT count(*) AS n FROM lists")).n;
    await second.close();
    return { backend, n };
  });
  assert.deepEqual(result, { backend: "memory", n: 0 });
});

test("a changed schema keeps the data, adds and removes columns and tables", async () => {
  const result = await withDatabase(async () => {
    const { Schema, Table, column } = skerry;
    await db.execute("INSERT INTO lists(id, name) VALUES ('a', 'A')");
    const events = [];
    db.registerListener({ schemaChanged: (next) => void events.push(next.tables.length) });
    const wider = new Schema({
      lists: new Table({ name: column.text, colour: column.text }),
      tags: new Table({ tag: column.text }),
    });
    await db.updateSchema(wider);
    await db.execute("INSERT INTO tags(id, tag) VALUES ('t', 'x')");
    const row = await db.get("SELECT * FROM lists");
    const gone = await rejection(db.getAll("SELECT * FROM todos"));
    return { row, events, gone: gone.message, same: db.schema === wider };
  });
  assert.deepEqual(result.row, { id: "a", name: "A", colour: null });
  assert.deepEqual(result.events, [2]);
  assert.match(result.gone, /no such table/);
  assert.equal(result.same, true);
});

test("an equal schema does not touch the database's schema version [C-024]", async () => {
  const versions = await withDatabase(async () => {
    const before = await db.get("PRAGMA schema_version");
    await db.updateSchema(schema);
    return [before, await db.get("PRAGMA schema_version")];
  });
  assert.deepEqual(versions[0], versions[1]);
});

test("a worker script that cannot be loaded rejects every call and says so", async () => {
  const quiet = await browser.newPage({ quiet: true });
  const result = await quiet.evaluate(async () => {
    const lines = [];
    const db = new skerry.SkerryDatabase({
      schema,
      database: { dbFilename: "broken.db", worker: "/missing.js" },
      logger: { log: ({ message }) => void lines.push(message) },
    });
    const ready = await rejection(db.waitForReady());
    const call = await rejection(db.getAll("SELECT 1"));
    const again = await open("broken.db");
    const works = await again.get("SELECT 1 AS one");
    await again.close();
    return { ready, call, lines, works };
  });
  assert.equal(result.ready.code, "worker_crashed");
  assert.equal(result.call.code, "worker_crashed");
  assert.ok(result.lines.some((line) => line.includes("Error in database or sync worker")));
  assert.deepEqual(result.works, { one: 1 });
  await quiet.close();
});

test("a core that cannot be loaded rejects and names its address", async () => {
  const quiet = await browser.newPage({ quiet: true });
  const error = await quiet.evaluate(async () => {
    const db = new skerry.SkerryDatabase({ schema, database: { dbFilename: "nowasm.db", wasmUrl: "/missing.wasm" } });
    return rejection(db.getAll("SELECT 1"));
  });
  assert.equal(error.code, "storage_unavailable");
  assert.match(error.message, /missing\.wasm answered HTTP 404/);
  await quiet.close();
});

test("an app's own worker can use the package", async () => {
  const result = await tab.page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const worker = new Worker("/in-worker.mjs", { type: "module" });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
      }),
  );
  assert.deepEqual(result, { rows: [{ name: "from a worker" }], backend: "opfs" });
});

test("a full disk is a typed error, what was there can be read, and writing goes on when there is space", async () => {
  const quiet = await browser.newPage({ quiet: true });
  const cdp = await browser.context.newCDPSession(quiet);
  const origin = new URL(browser.url).origin;
  await quiet.evaluate(() => open("full.db").then(() => undefined));
  await quiet.evaluate(() => db.execute("INSERT INTO lists(id, name) VALUES ('kept', 'A')").then(() => undefined));
  await cdp.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 24_000_000 });
  const full = await quiet.evaluate(async () => {
    try {
      for (let i = 0; i < 64; i++)
        await db.execute("INSERT INTO notes(id, body) VALUES (uuid(), hex(randomblob(1000000)))");
    } catch (error) {
      return { name: error.name, code: error.code };
    }
    return null;
  });
  assert.deepEqual(full, { name: "StorageFullError", code: "storage_full" });
  assert.deepEqual(await quiet.evaluate(() => db.getAll("SELECT name FROM lists")), [{ name: "A" }]);
  assert.equal(await quiet.evaluate(async () => (await db.getUploadQueueStats()).count), 1);
  await cdp.send("Storage.overrideQuotaForOrigin", { origin });
  const written = await quiet.evaluate(async () => (await db.execute("UPDATE lists SET name = 'B'")).rowsAffected);
  assert.equal(written, 1);
  await quiet.evaluate(() => db.close());
  await quiet.close();
});
