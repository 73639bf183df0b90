// js/worker/host.ts in a real browser: loading the module, opening, typed failures, and what a crash leaves behind.
import assert from "node:assert/strict";
import { test } from "node:test";
import { testFloor } from "./vfs/harness.mjs";

const schemaJson = JSON.stringify({
  tables: [{ name: "todos", columns: [{ name: "text", type: "text" }], indexes: [] }],
});

const tab = testFloor();
const startHost = () => tab.start("/host-worker.js");

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
  await assert.rejects(host("execute", "SELECT * FROM nowhere"), { code: "sqlite", message: /no such table: nowhere/ });
  assert.equal(await host("execute", "SELECT 1 + 1"), 2);
  await host("close");
});

for (const [what, options, error] of [
  ["a module that is not there", { wasmUrl: "/nowhere.wasm" }, { message: /nowhere\.wasm answered HTTP 404/ }],
  ["a schema that cannot be", { schemaJson: '{"tables":[{"name":""}]}' }, { code: "invalid_schema" }],
  ["a schema that is no JSON", { schemaJson: "{" }, { code: "invalid_schema" }],
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
  for (let n = 0; n < 20; ++n) await host("execute", `INSERT INTO todos(id, text) VALUES ('${n}', 'x')`);
  await host("breakClock");
  // The clock is asked in the middle of the statement, when the first row is in.
  const crashing =
    "INSERT INTO todos(id, text) SELECT 'a' || value, iif(value > 1, datetime('now'), '') FROM json_each('[1,2]')";
  await assert.rejects(host("execute", crashing), { code: "worker_crashed", message: /the clock stopped/ });
  await assert.rejects(host("execute", "SELECT 1"), { code: "worker_crashed" });
  await host("close");

  const other = await startHost();
  await other("open", { dbFilename: "crash.db", schemaJson });
  assert.equal(await other("execute", "SELECT count(*) FROM todos"), 20);
  assert.equal(await other("execute", "PRAGMA integrity_check"), "ok");
  await other("close");
});
