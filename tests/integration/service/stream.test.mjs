// The sync stream over HTTP: framing, compression, live changes, expiry, limits, shutdown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../support/until.mjs";
import { Service } from "./support.mjs";
import { bson, ndjson } from "./sync-stream.mjs";

const kinds = (lines) => lines.map((line) => Object.keys(line)[0]);
const firstSync = ["checkpoint", "data", "partial_checkpoint_complete", "data", "checkpoint_complete"];

test("a first sync, then a row written with the sqlite3 shell", async (t) => {
  const service = await Service.start(t);
  const stream = await service.stream();
  assert.equal(stream.headers["content-type"], ndjson);
  assert.equal(stream.headers["x-accel-buffering"], "no");
  assert.equal(stream.headers["content-encoding"], undefined);
  assert.deepEqual(kinds(await stream.complete()), firstSync);
  assert.deepEqual(
    stream
      .operations()
      .map((op) => op.object_id)
      .sort(),
    ["l1", "l2", "t1", "t2"],
  );

  const started = performance.now();
  service.sql("INSERT INTO todos VALUES ('t4', 'l2', 'by hand')");
  const lines = await stream.complete(2);
  t.diagnostic(`the row came ${Math.round(performance.now() - started)} ms after the shell began`);
  assert.deepEqual(kinds(lines.slice(5)), ["checkpoint_diff", "data", "checkpoint_complete"]);
  assert.deepEqual(JSON.parse(stream.operations().at(-1).data), { id: "t4", list_id: "l2", text: "by hand" });
  stream.close();
});

test("one transaction is one checkpoint", async (t) => {
  const service = await Service.start(t);
  const stream = await service.stream();
  await stream.complete();
  service.sql(
    "BEGIN; INSERT INTO lists VALUES ('l9', 'New', 'alice'); INSERT INTO todos VALUES ('t9', 'l9', 'x'); UPDATE lists SET owner_id = 'bob' WHERE id = 'l2'; COMMIT;",
  );
  const lines = (await stream.complete(2)).slice(5);
  assert.deepEqual(kinds(lines), [
    "checkpoint_diff",
    "data",
    "partial_checkpoint_complete",
    "data",
    "checkpoint_complete",
  ]);
  assert.deepEqual(lines[1].data.data.map((op) => `${op.op} ${op.object_id}`).sort(), ["PUT l9", "REMOVE l2"]);
  stream.close();
});

test("BSON comes when Accept ranks it first, else NDJSON [P-030]", async (t) => {
  const service = await Service.start(t);
  const plain = await service.stream();
  const lines = await plain.complete();
  plain.close();
  for (const [accept, type] of [
    [`${bson};q=0.9,${ndjson};q=0.8`, bson],
    [bson, bson],
    [`${ndjson};q=0.8,${bson};q=0.8`, ndjson],
    [`${bson};q=0.8,${ndjson};q=0.9`, ndjson],
    [`${bson};q=0`, ndjson],
    ["*/*", ndjson],
    ["text/html", ndjson],
  ]) {
    const stream = await service.stream({ headers: { accept } });
    assert.equal(stream.headers["content-type"], type, accept);
    assert.deepEqual(normalise(await stream.complete()), normalise(lines));
    stream.close();
  }
});

/** BSON leaves out what is null, and write checksums above 2^31 differently. */
function normalise(lines) {
  return JSON.parse(
    JSON.stringify(lines, (key, value) => (value === null ? undefined : key === "checksum" ? value >>> 0 : value)),
  );
}

test("a compressed stream can be read line by line as it comes [P-042][P-043]", async (t) => {
  const service = await Service.start(t);
  const gzip = await service.stream({ headers: { "accept-encoding": "gzip, deflate" } });
  assert.equal(gzip.headers["content-encoding"], "gzip");
  assert.deepEqual(kinds(await gzip.complete()), firstSync);
  service.sql("UPDATE todos SET text = 'oat milk' WHERE id = 't1'");
  await gzip.complete(2);
  assert.match(gzip.operations().at(-1).data, /oat milk/);
  gzip.close();

  const zstd = await service.stream({ headers: { "accept-encoding": "gzip, deflate, br, zstd" } });
  assert.equal(zstd.headers["content-encoding"], "zstd");
  const bytes = () => Buffer.concat(zstd.raw);
  await zstd.until(() => bytes().length >= 4, "the first bytes");
  assert.equal(bytes().readUInt32LE(0), 0xfd2fb528, "the first bytes of a zstd frame");
  zstd.close();
  const none = await service.stream({ headers: { "accept-encoding": "br" } });
  assert.equal(none.headers["content-encoding"], undefined);
  none.close();
});

test("subscriptions, legacy nested data, and a request without streams [P-020][P-067][P-090]", async (t) => {
  const service = await Service.start(t);
  const subscribed = await service.stream({
    body: {
      streams: {
        include_defaults: false,
        subscriptions: [
          { stream: "list_todos", parameters: { list_id: "l3" }, override_priority: 0 },
          { stream: "no_such_stream", parameters: null, override_priority: null },
        ],
      },
    },
  });
  const [{ checkpoint }] = await subscribed.complete();
  assert.deepEqual(checkpoint.streams, [{ name: "list_todos", is_default: false, errors: [] }]);
  assert.equal(checkpoint.buckets.length, 1);
  assert.equal(checkpoint.buckets[0].priority, 0);
  assert.deepEqual(checkpoint.buckets[0].subscriptions, [{ sub: 0 }]);
  subscribed.close();

  const nested = await service.stream({ body: { raw_data: false } });
  await nested.complete();
  assert.deepEqual(nested.operations().find((op) => op.object_id === "t1").data, {
    id: "t1",
    list_id: "l1",
    text: "milk",
  });
  nested.close();
});

test("a client that reconnects with its positions is sent only what it lacks", async (t) => {
  const service = await Service.start(t);
  const first = await service.stream();
  await first.complete();
  const after = first.lines[0].checkpoint.last_op_id;
  const buckets = first.lines[0].checkpoint.buckets.map(({ bucket }) => ({ name: bucket, after }));
  first.close();
  service.sql("INSERT INTO todos VALUES ('t5', 'l1', 'while away')");
  const second = await service.stream({ body: { buckets } });
  await second.until((s) => s.operations().length > 0, "the row");
  assert.deepEqual(
    second.operations().map((op) => op.object_id),
    ["t5"],
  );
  second.close();
});

test("a large bucket comes in chunks and whole [P-083]", async (t) => {
  const service = await Service.start(t);
  service.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
    INSERT INTO todos SELECT 'n' || i, 'l1', hex(randomblob(100)) FROM n;`);
  const stream = await service.stream();
  await stream.until((s) => s.operations().length >= 2504, "all rows");
  assert.equal(new Set(stream.operations().map((op) => op.object_id)).size, 2504);
  for (const { data } of stream.lines.filter((line) => line.data)) assert.ok(data.data.length <= 1000);
  assert.ok(stream.lines.some((line) => line.data?.has_more));
  stream.close();
});

test("a stream ends at its token's expiry, after saying so [P-100][P-101][P-102]", async (t) => {
  const service = await Service.start(t);
  // Inside the tolerance of 60 s, but past its end.
  const late = await service.stream({
    token: await service.token("alice", { iat: Math.floor(Date.now() / 1000) - 100, life: 70 }),
  });
  await late.until((s) => s.ended, "the end");
  assert.deepEqual(late.lines, [{ token_expires_in: 0 }]);

  const issued = Math.floor(Date.now() / 1000);
  const token = await service.token("alice", { iat: issued, life: 3 });
  const stream = await service.stream({ token });
  await stream.until((s) => s.ended, "the end");
  assert.ok(Date.now() >= (issued + 3) * 1000, "not before it expired");
  assert.deepEqual(stream.lines.at(-1), { token_expires_in: 0 });
  // All of the first sync, unless the machine was too slow for it.
  const sent = kinds(stream.lines.slice(0, -1));
  assert.deepEqual(sent, firstSync.slice(0, sent.length));
  assert.equal(stream.broken, false);
});

test("more streams than allowed are 429 with an empty body [P-120]", async (t) => {
  const service = await Service.start(t, { settings: "api:\n  parameters:\n    max_concurrent_connections: 3\n" });
  const streams = [];
  for (let i = 0; i < 3; ++i) streams.push(await service.stream());
  const token = await service.token();
  const refused = await service.call("POST", "/sync/stream", { token, body: {} });
  assert.deepEqual([refused.status, refused.body], [429, ""]);
  streams.pop().close();
  await until(async () => {
    const again = await service.stream();
    again.close();
    return again.status === 200;
  }, "room where a stream was closed");
  for (const stream of streams) stream.close();
});

test("more buckets than allowed break the stream before anything is sent of it [W28]", async (t) => {
  const service = await Service.start(t, { settings: "api:\n  parameters:\n    max_buckets_per_connection: 2\n" });
  const stream = await service.stream().catch(() => null); // Three buckets: the lists, and the todos of two of them.
  if (stream) {
    await stream.until((s) => s.broken || s.ended, "the break");
    assert.equal(stream.broken, true);
    assert.deepEqual(stream.lines, []);
  }
  const other = await service.stream({ user: "bob" });
  await other.complete();
  other.close();
  await service.process.logged(/PSYNC_S2305/);
});

test("SIGTERM ends it within two seconds with code 0, open streams broken", async (t) => {
  const service = await Service.start(t);
  const stream = await service.stream();
  await stream.complete();
  const { code, ms } = await service.process.end("SIGTERM");
  assert.equal(code, 0);
  t.diagnostic(`it took ${Math.round(ms)} ms`);
  assert.ok(ms < 2000, "docs/service.md promises it; it takes a tenth of that");
  await stream.until((s) => s.broken, "the break");
  assert.equal(stream.ended, false);
});

test("what a client chooses cannot write lines of its own into the log", async (t) => {
  const service = await Service.start(t);
  const stream = await service.stream({ body: { client_id: "c\nskerryd: error: forged" } });
  await stream.complete();
  stream.close();
  await service.process.logged(/closed by the client/);
  assert.ok(service.process.log.includes("alice/c?skerryd: error: forged"));
});

test("SIGTERM in the middle of a long copy ends it, and the next start finishes it", async (t) => {
  const rows = 300_000;
  const service = new Service(t, {
    sql: `CREATE TABLE lists(id TEXT PRIMARY KEY, name TEXT, owner_id TEXT);
      CREATE TABLE todos(id TEXT PRIMARY KEY, list_id TEXT, text TEXT);
      INSERT INTO lists VALUES ('l1', 'Long', 'alice');
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) INSERT INTO todos SELECT 't' || i, 'l1', 'x' FROM n;`,
  });
  service.launch();
  // A part of the work that the copy is.
  await service.process.computed(300);
  const { code, ms } = await service.process.end("SIGTERM");
  assert.equal(code, 0);
  const when = service.process.output === "" ? "in the middle of the copy" : "after the copy";
  t.diagnostic(`ended ${when}, in ${Math.round(ms)} ms`);
  await service.start();
  const stream = await service.stream();
  const [{ checkpoint }] = await stream.complete(1, 120_000);
  assert.deepEqual(
    checkpoint.buckets.map(({ count }) => count).sort((a, b) => a - b),
    [1, rows],
  );
  stream.close();
});
