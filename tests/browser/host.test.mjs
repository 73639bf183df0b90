// js/worker/host.ts in a real browser: loading the module, opening, typed failures, and what a crash leaves behind.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFloor, startHarness } from "./vfs/harness.mjs";

const schemaJson = JSON.stringify({
  tables: [{ name: "todos", columns: [{ name: "text", type: "text" }], indexes: [] }],
});

let harness;
let page;

before(async () => {
  harness = await startHarness();
  page = await harness.newPage();
});
after(() => harness?.close());

const startHost = () => startFloor(page, "/host-worker.js");

test("a database opens with its schema, keeps what was written, and is closed for good", async () => {
  const host = await startHost();
  const storage = await host("open", { dbFilename: "host.db", schemaJson });
  assert.equal(storage.backend, "opfs");
  await host("execute", "INSERT INTO todos(id, text) VALUES (?, ?)", "1", "grüße 🌊");
  const { clientId } = await host("info");
  await host("close");
  await assert.rejects(host("info"), { code: "database_closed" });
  await host("close");

  const again = await host("open", { dbFilename: "host.db", schemaJson });
  assert.ok(again.fileSizeBytes > 0);
  assert.equal(await host("execute", "SELECT text FROM todos"), "grüße 🌊");
  assert.equal((await host("info")).clientId, clientId);
  await host("close");
});

test("every durability opens and writes", async () => {
  const host = await startHost();
  for (const synchronous of ["full", "normal", "off"]) {
    await host("open", { dbFilename: `${synchronous}.db`, schemaJson, synchronous });
    await host("execute", "INSERT INTO todos(id, text) VALUES ('1', 'x')");
    assert.equal(await host("execute", "SELECT count(*) FROM todos"), 1);
    await host("close");
  }
});

test("the module loads from a server that does not know its type", async () => {
  const host = await startHost();
  await host("open", { dbFilename: "type.db", wasmUrl: "/core-of-unknown-type" });
  await host("close");
});

test("a SQL error names the statement and leaves the database usable", async () => {
  const host = await startHost();
  await host("open", { dbFilename: "error.db", schemaJson });
  await assert.rejects(host("execute", "SELECT * FROM nothing"), { code: "sqlite", message: /no such table: nothing/ });
  assert.equal(await host("execute", "SELECT 1 + 1"), 2);
  await host("close");
});

for (const [what, options, error] of [
  ["a module that is not there", { wasmUrl: "/nowhere.wasm" }, { message: /nowhere\.wasm answered HTTP 404/ }],
  ["a schema that cannot be", { schemaJson: '{"tables":[{"name":""}]}' }, { code: "invalid_schema" }],
  ["a schema that is no JSON", { schemaJson: "{" }, {}],
]) {
  test(`${what} fails the open and leaves the files free`, async () => {
    const host = await startHost();
    await assert.rejects(host("open", { dbFilename: "free.db", ...options }), error);
    await host("open", { dbFilename: "free.db", schemaJson });
    assert.equal(await host("execute", "SELECT count(*) FROM todos"), 0);
    await host("close");
  });
}

test("a crash is worker_crashed from then on, and another worker can open the file with every commit", async () => {
  const host = await startHost();
  await host("open", { dbFilename: "crash.db", schemaJson });
  await host("breakRandomness");
  let committed = 0;
  await assert.rejects(
    async () => {
      for (; committed < 1000; ++committed)
        await host("execute", `INSERT INTO todos(id, text) VALUES ('${committed}', 'x')`);
    },
    { code: "worker_crashed", message: /no randomness left/ },
  );
  await assert.rejects(host("execute", "SELECT 1"), { code: "worker_crashed" });

  const other = await startHost();
  await other("open", { dbFilename: "crash.db", schemaJson });
  const rows = await other("execute", "SELECT count(*) FROM todos");
  // The call that crashed was never answered: it may have happened.
  assert.ok(rows === committed || rows === committed + 1, `${rows} rows after ${committed} commits`);
  assert.equal(await other("execute", "PRAGMA integrity_check"), "ok");
  await other("close");
});
