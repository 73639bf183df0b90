// What a running service tells about itself: metrics on a port of their own, logs as JSON.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { query, startPostgres } from "../../support/postgres.mjs";
import { until } from "../../support/until.mjs";
import { postgresConnection, Service } from "./support.mjs";

/** Every name of the specification, and its kind. */
const names = {
  powersync_data_replicated_bytes_total: "counter",
  powersync_rows_replicated_total: "counter",
  powersync_transactions_replicated_total: "counter",
  powersync_chunks_replicated_total: "counter",
  powersync_data_synced_bytes_total: "counter",
  powersync_data_sent_bytes_total: "counter",
  powersync_operations_synced_total: "counter",
  powersync_concurrent_connections: "gauge",
  powersync_replication_lag_seconds: "gauge",
  powersync_replication_storage_size_bytes: "gauge",
  powersync_operation_storage_size_bytes: "gauge",
  powersync_parameter_storage_size_bytes: "gauge",
};

const settings = `telemetry: { prometheus_port: 0, disable_telemetry_sharing: true }
system: { logging: { level: info, format: json } }
`;

/** The address in the log's line, and what it answers: { name: value }. */
async function metricsOf(service) {
  await service.process.logged(/metrics at http:/);
  const url = /metrics at (http:\/\/127\.0\.0\.1:\d+\/metrics)/.exec(service.process.log)[1];
  const answer = await fetch(url);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type"), /^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  const lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
  const values = Object.fromEntries(lines.map((line) => [line.split(" ")[0], Number(line.split(" ")[1])]));
  return { url, text, values };
}

test("metrics count what happens, under PowerSync's names and on loopback", async (t) => {
  const service = await Service.start(t, { settings });
  const before = (await metricsOf(service)).values;
  assert.equal(before.powersync_concurrent_connections, 0);
  assert.equal(before.powersync_operations_synced_total, 0);
  const stream = await service.stream({ headers: { "accept-encoding": "gzip" } });
  await stream.complete();
  const received = Buffer.concat(stream.raw).length;
  const { values } = await metricsOf(service);
  assert.equal(values.powersync_concurrent_connections, 1);
  assert.equal(values.powersync_operations_synced_total, stream.operations().length);
  assert.ok(values.powersync_data_sent_bytes_total >= received); // A keepalive may follow.
  assert.ok(values.powersync_data_synced_bytes_total > 500);
  stream.close();
  await until(async () => (await metricsOf(service)).values.powersync_concurrent_connections === 0, "the stream's end");

  const { url } = await metricsOf(service);
  assert.equal((await fetch(new URL("/sync/stream", url), { method: "POST" })).status, 404);
  assert.equal((await service.call("GET", "/metrics")).status, 404);
});

test("every metric of the specification is there, described and of its kind", async (t) => {
  const service = await Service.start(t, { settings });
  const { text, values } = await metricsOf(service);
  assert.deepEqual(Object.keys(values).toSorted(), Object.keys(names).toSorted());
  for (const [name, kind] of Object.entries(names)) {
    assert.match(text, new RegExp(`^# HELP ${name} \\S.+\\n# TYPE ${name} ${kind}\\n${name} [0-9.]+$`, "m"));
  }
});

test("metrics of replication count copied rows, changes and transactions of the source", async (t) => {
  const service = await Service.start(t, { settings });
  const copied = (await metricsOf(service)).values;
  assert.equal(copied.powersync_rows_replicated_total, 6);
  assert.equal(copied.powersync_chunks_replicated_total, 1);
  assert.equal(copied.powersync_transactions_replicated_total, 0);
  assert.equal(copied.powersync_replication_lag_seconds, 0);
  // The values of the six rows, as UTF-8: every one of them is text.
  const [bytes] = service
    .sql(
      `SELECT sum(length(CAST(value AS BLOB))) FROM (
         SELECT id || name || owner_id AS value FROM lists UNION ALL SELECT id || list_id || text FROM todos)`,
    )
    .split("\n");
  assert.equal(copied.powersync_data_replicated_bytes_total, Number(bytes));

  service.sql("INSERT INTO todos VALUES ('t4', 'l1', 'eggs'); DELETE FROM todos WHERE id = 't2'");
  const changed = await until(async () => {
    const { values } = await metricsOf(service);
    return values.powersync_rows_replicated_total === 8 && values.powersync_transactions_replicated_total > 0 && values;
  }, "both changes");
  assert.ok([1, 2].includes(changed.powersync_transactions_replicated_total)); // SQLite: as many as looks found something.
  assert.ok(changed.powersync_data_replicated_bytes_total >= Number(bytes) + "t4l1eggs".length);
  assert.equal(changed.powersync_chunks_replicated_total, 1);
});

test("the storage sizes add up to the file and its log, and follow what is stored", async (t) => {
  const service = await Service.start(t, { settings });
  const sum = (values) =>
    values.powersync_replication_storage_size_bytes +
    values.powersync_operation_storage_size_bytes +
    values.powersync_parameter_storage_size_bytes;
  const size = (suffix) => statSync(join(service.folder, `storage.db${suffix}`)).size;
  const before = await until(async () => {
    const { values } = await metricsOf(service); // Between the two looks, the log may grow.
    return sum(values) === size("") + size("-wal") && values;
  }, "the sum");
  assert.ok(before.powersync_parameter_storage_size_bytes >= 8192);
  // Four thousand lists: each is a row of the parameter index, and a record.
  service.sql(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
     INSERT INTO lists SELECT 'list-' || i, 'List ' || i, 'owner-' || i FROM n`,
  );
  await until(async () => {
    const { values } = await metricsOf(service);
    return (
      values.powersync_parameter_storage_size_bytes > before.powersync_parameter_storage_size_bytes + 100_000 &&
      values.powersync_replication_storage_size_bytes > before.powersync_replication_storage_size_bytes + 100_000 &&
      sum(values) > sum(before) + 400_000
    );
  }, "larger sizes");
});

test("on Postgres, transactions are those that changed synced tables, and lag grows while the source is away", async (t) => {
  const cluster = await startPostgres(t);
  await query(
    cluster.url(),
    `CREATE TABLE lists(id text PRIMARY KEY, name text, owner_id text);
     CREATE TABLE todos(id text PRIMARY KEY, list_id text, text text);
     CREATE TABLE others(id int);
     INSERT INTO lists SELECT i, 'List', 'alice' FROM generate_series(1, 5000) AS i;
     CREATE PUBLICATION powersync FOR ALL TABLES`,
  );
  const service = await Service.start(t, { settings, connection: postgresConnection(cluster) });
  const copied = (await metricsOf(service)).values;
  assert.equal(copied.powersync_rows_replicated_total, 5000);
  assert.ok(copied.powersync_chunks_replicated_total >= 3); // Of two thousand rows each, or what had come.
  assert.equal(copied.powersync_transactions_replicated_total, 0);

  const change = (text) => query(cluster.url(), text);
  await change("INSERT INTO todos SELECT i, 1, 'x' FROM generate_series(1, 100) AS i");
  await change("INSERT INTO others VALUES (1)");
  await change("BEGIN; UPDATE todos SET text = 'y' WHERE id < '2'; INSERT INTO others VALUES (2); COMMIT");
  await change("DELETE FROM todos WHERE id = '100'");
  const [{ updated }] = await change("SELECT count(*)::int + 1 AS updated FROM todos WHERE text = 'y'"); // One is deleted.
  const moved = await until(async () => {
    const { values } = await metricsOf(service);
    return values.powersync_rows_replicated_total >= 5000 + 100 + updated + 1 && values;
  }, "every change");
  assert.equal(moved.powersync_rows_replicated_total, 5000 + 100 + updated + 1);
  assert.equal(moved.powersync_chunks_replicated_total, copied.powersync_chunks_replicated_total);
  await change("INSERT INTO todos VALUES ('last', '1', 'x')");
  const last = await until(async () => {
    const { values } = await metricsOf(service);
    return values.powersync_transactions_replicated_total >= 4 && values;
  }, "the last transaction");
  assert.equal(last.powersync_transactions_replicated_total, 4); // Not the two of the other table.

  const lag = async () => (await metricsOf(service)).values.powersync_replication_lag_seconds;
  await until(async () => (await lag()) === 0, "no lag");
  await cluster.stop();
  await until(async () => (await lag()) > 0.1, "lag");
  await cluster.start();
  await until(async () => (await lag()) === 0, "no lag again");
});

/** The log's lines, as objects. */
const logOf = (service) =>
  service.process.log
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

test("logs are one JSON object per line when asked for, with the parts of an event as members", async (t) => {
  const service = await Service.start(t, { settings });
  const stream = await service.stream({ headers: { "x-user-agent": "test/1" } });
  await stream.complete();
  stream.close();
  await service.process.logged(/stream of alice\/c1 closed by the client/);
  assert.equal((await service.process.end()).code, 0);
  for (const { time_ms, level, message } of logOf(service)) {
    assert.ok(Math.abs(time_ms - Date.now()) < 600_000);
    assert.match(level, /^(info|warn)$/);
    assert.equal(typeof message, "string");
  }
  const event = (name) => logOf(service).find((line) => line.event === name);
  const { user_id, client_id, user_agent } = event("stream_opened");
  assert.deepEqual({ user_id, client_id, user_agent }, { user_id: "alice", client_id: "c1", user_agent: "test/1" });
  const ended = event("stream_ended");
  assert.equal(ended.user_id, "alice");
  assert.equal(ended.reason, "closed by the client");
  assert.equal(ended.operations, stream.operations().length);
  assert.ok(ended.checkpoints >= 1 && ended.bytes > 0 && ended.ms >= 0);
});

test("a busy source is no line per checkpoint, unless details are asked for", async (t) => {
  const busy = async (level) => {
    const service = await Service.start(t, { settings: settings.replace("level: info", `level: ${level}`) });
    const stream = await service.stream();
    await stream.complete();
    const changes = 20;
    for (let i = 0; i < changes; ++i) {
      service.sql(`INSERT INTO todos VALUES ('n${i}', 'l1', 'x')`);
      await stream.until((s) => s.operations().some((op) => op.object_id === `n${i}`), `change ${i}`);
    }
    const last = (s, ...kinds) => s.lines.findLastIndex((line) => kinds.some((kind) => kind in line));
    await stream.until(
      (s) => last(s, "checkpoint_complete") > last(s, "checkpoint", "checkpoint_diff"),
      "the end of the last checkpoint",
    );
    stream.close();
    await service.process.logged(/"event":"stream_ended"/);
    await service.process.end();
    return { changes, stream, lines: logOf(service) };
  };
  const quiet = await busy("info");
  assert.deepEqual(
    quiet.lines.filter((line) => line.event).map((line) => line.event),
    ["stream_opened", "stream_ended"],
  );
  assert.ok(quiet.lines.length < 8, JSON.stringify(quiet.lines));

  const { changes, stream, lines } = await busy("debug");
  const events = (name) => lines.filter((line) => line.event === name);
  assert.ok(events("checkpoint_published").length >= changes);
  assert.ok(events("checkpoint_published").every((line) => line.position && line.deployment === 1));
  const sent = stream.lines.filter((line) => line.checkpoint ?? line.checkpoint_diff);
  assert.equal(events("stream_checkpoint").length, sent.length);
  const complete = events("stream_checkpoint_complete");
  assert.equal(complete.length, stream.lines.filter((line) => "checkpoint_complete" in line).length);
  assert.equal(
    complete.reduce((sum, line) => sum + line.operations, 0),
    stream.operations().length,
  );
});

test("what a client calls itself is cut short, and cannot write lines of its own", async (t) => {
  const service = await Service.start(t);
  const stream = await service.stream({ body: { client_id: `\nskerryd: error: forged ${"é".repeat(5000)}` } });
  await stream.complete();
  stream.close();
  await service.process.logged(/closed by the client/);
  await service.process.end();
  const lines = service.process.log.trim().split("\n");
  assert.ok(lines.every((line) => !line.startsWith("skerryd: error") && line.length < 1000));
  assert.ok(lines.some((line) => /stream of alice\/\?skerryd: error: forged é+\.\.\. opened$/.test(line)));
});
