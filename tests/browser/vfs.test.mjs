// The VFS and the opening of its files in a real browser, on a persistent profile: bare SQLite connections in the floor module.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPrivateWindow } from "../support/chromium.mjs";
import { until } from "../support/until.mjs";
import { startFloor, testFloor } from "./vfs/harness.mjs";

const kFull = 13;
const kBusy = 5;
const wasmUrl = "/floor.wasm";
const setup =
  "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE IF NOT EXISTS t(n INTEGER, data BLOB)";

const tab = testFloor();

// A file that somebody else still holds is waited for, unless a test is about that.
async function opened(name, { script, busyTimeoutMs = 60_000, ...options } = {}) {
  const floor = await tab.start(script);
  const storage = await floor("open", { name, wasmUrl, busyTimeoutMs, ...options });
  return { floor, storage };
}

async function connected(name, options) {
  const { floor, storage } = await opened(name, options);
  const db = await floor("connect");
  return { floor, storage, db, run: (sql, connection = db) => floor("run", connection, sql) };
}

async function expectValue(run, sql, connection) {
  const { code, message, rows } = await run(sql, connection);
  assert.equal(code, 0, `${sql}: ${message}`);
  return rows.at(-1);
}

async function closed({ floor, db }) {
  assert.equal(await floor("disconnect", db), 0);
  await floor("close");
  await floor.kill();
}

test("several connections share one WAL, and a reader keeps its snapshot during a write transaction", async () => {
  const one = await connected("shared.db");
  const { floor, run } = one;
  await expectValue(run, setup);
  const reader = await floor("connect");
  await expectValue(run, "INSERT INTO t VALUES (1, 'a'); BEGIN IMMEDIATE; INSERT INTO t VALUES (2, 'b')");
  assert.equal(await expectValue(run, "BEGIN; SELECT count(*) FROM t", reader), "1");
  assert.equal((await run("INSERT INTO t VALUES (3, 'c')", await floor("connect"))).code, kBusy);
  await expectValue(run, "COMMIT");
  assert.equal(await expectValue(run, "SELECT count(*) FROM t", reader), "1");
  assert.equal(await expectValue(run, "COMMIT; SELECT count(*) FROM t", reader), "2");
  await floor.kill();
});

test("a database is plain SQLite files that open again with their content", async () => {
  const first = await connected("folder/plain.db");
  assert.equal(first.storage.backend, "opfs");
  assert.equal(first.storage.fileSizeBytes, 0);
  await expectValue(first.run, `${setup}; INSERT INTO t VALUES (42, zeroblob(100000))`);
  await closed(first);

  const sizes = await tab.page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle("folder");
    const main = await (await folder.getFileHandle("plain.db")).getFile();
    const wal = await (await folder.getFileHandle("plain.db-wal")).getFile();
    return { header: await main.slice(0, 15).text(), main: main.size, wal: wal.size };
  });
  assert.equal(sizes.header, "SQLite format 3");
  assert.ok(sizes.main > 100_000);
  assert.equal(sizes.wal, 0);

  const second = await connected("folder/plain.db");
  assert.equal(second.storage.fileSizeBytes, sizes.main);
  assert.equal(await expectValue(second.run, "SELECT n FROM t"), "42");
  await closed(second);
});

test("killing the worker in the middle of a transaction loses no commit and damages nothing", async () => {
  for (let round = 0; round < 2; ++round) {
    const { floor, db, run } = await connected("killed.db");
    await expectValue(run, setup);
    const before = Number(await expectValue(run, "SELECT count(*) FROM t"));
    // A transaction of some 200 pages through a cache of 10: frames are pushed and rewritten before it commits.
    await run("PRAGMA cache_size = 10");
    await floor(
      "writeForever",
      db,
      "BEGIN; WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 200) " +
        "INSERT INTO t SELECT ?, randomblob(12000) FROM c; UPDATE t SET data = randomblob(12000) WHERE n = ? AND rowid % 3 = 0; COMMIT",
    );
    await until(async () => (await floor.committed()) >= 2 + round, "a few commits");
    await floor.kill();

    const again = await connected("killed.db");
    const rows = Number(await expectValue(again.run, "SELECT count(*) FROM t"));
    assert.equal(rows % 200, 0, "no half transaction");
    assert.ok(rows >= before + ((await floor.committed()) + 1) * 200, "every commit that was reported");
    assert.equal(await expectValue(again.run, "PRAGMA integrity_check"), "ok");
    await closed(again);
  }
});

test("an exceeded quota is SQLITE_FULL, reads go on, and so do writes once there is room", async () => {
  const one = await connected("quota.db");
  const { run } = one;
  await expectValue(run, `${setup}; INSERT INTO t VALUES (1, 'before')`);
  const session = await tab.site.context.newCDPSession(tab.page);
  const origin = new URL(tab.site.url).origin;
  const quota = (quotaSize) =>
    session.send("Storage.overrideQuotaForOrigin", { origin, ...(quotaSize ? { quotaSize } : {}) });
  await quota(30_000_000);
  let answer = { code: 0 };
  for (let n = 0; n < 60 && answer.code === 0; ++n)
    answer = await run(`INSERT INTO t VALUES (${n}, randomblob(1000000))`);
  assert.equal(answer.code, kFull, answer.message);
  assert.match(answer.message, /full/);
  assert.equal(await expectValue(run, "SELECT data FROM t WHERE n = 1 LIMIT 1"), "before");
  const rows = await expectValue(run, "SELECT count(*) FROM t");

  await quota(null);
  assert.equal((await run("INSERT INTO t VALUES (99, randomblob(1000000))")).code, 0);
  assert.equal(Number(await expectValue(run, "SELECT count(*) FROM t")), Number(rows) + 1);
  assert.equal(await expectValue(run, "PRAGMA integrity_check"), "ok");
  await closed(one);
});

test("a file that another worker holds is storage_busy within the budget, never a second database", async () => {
  const holder = await connected("busy.db");
  const started = performance.now();
  await assert.rejects(opened("busy.db", { busyTimeoutMs: 600 }), { code: "storage_busy" });
  const waited = performance.now() - started;
  assert.ok(waited >= 598, `it tried for ${waited} ms`);

  const waiting = opened("busy.db");
  await closed(holder);
  const { floor, storage } = await waiting;
  assert.equal(storage.backend, "opfs");
  await floor("close");
  await floor.kill();
});

test("a failed open leaves no handle behind", async () => {
  // The main file can be taken and the WAL cannot: the main file must be free again afterwards.
  const blocker = await tab.start();
  await blocker("open", { name: "half.db-wal", wasmUrl });
  await assert.rejects(opened("half.db", { busyTimeoutMs: 100 }), { code: "storage_busy" });
  await blocker("close");
  const { floor, storage } = await opened("half.db", { busyTimeoutMs: 100 });
  assert.equal(storage.backend, "opfs");
  await floor("close");
});

test("deleting removes the files, and fails with storage_busy while they are open", async () => {
  const one = await connected("deleted.db");
  await expectValue(one.run, setup);
  const other = await tab.start();
  await assert.rejects(other("remove", "deleted.db"), { code: "storage_busy" });
  await closed(one);
  await other("remove", "deleted.db");
  const names = await tab.page.evaluate(async () => {
    const all = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) all.push(name);
    return all;
  });
  assert.deepEqual(
    names.filter((name) => name.startsWith("deleted") || name.startsWith(".skerry-probe")),
    [],
  );
  await other("remove", "never-there.db");
});

for (const [script, reason] of [
  ["/worker-without-opfs.js", /no Origin Private File System/],
  ["/worker-opfs-refused.js", /SecurityError/],
]) {
  test(`memory takes over and says why where OPFS does not work at all (${script})`, async () => {
    const one = await connected("fallback.db", { script });
    assert.equal(one.storage.backend, "memory");
    assert.match(one.storage.reason, reason);
    const second = await one.floor("connect");
    await expectValue(one.run, `${setup}; INSERT INTO t VALUES (7, randomblob(500000))`);
    assert.equal(await expectValue(one.run, "SELECT n FROM t", second), "7");
    await one.floor.kill();
  });
}

test("one file that cannot be opened is an error, not a reason for memory", async () => {
  await assert.rejects(opened("broken.db", { script: "/worker-one-file-broken.js" }), {
    code: "storage_unavailable",
    message: /broken\.db.*NotReadableError/,
  });
});

test("a private window works or says why it is in memory", async () => {
  const window = await openPrivateWindow();
  try {
    const privatePage = await tab.site.newPage({ from: window.context });
    const floor = await startFloor(privatePage);
    const storage = await floor("open", { name: "private.db", wasmUrl });
    assert.ok(storage.backend === "opfs" || storage.reason !== null);
    const db = await floor("connect");
    const run = (sql) => floor("run", db, sql);
    assert.equal(await expectValue(run, `${setup}; INSERT INTO t VALUES (1, 'x'); SELECT n FROM t`), "1");
  } finally {
    await window.close();
  }
});
