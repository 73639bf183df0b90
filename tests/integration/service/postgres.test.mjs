// `skerryd run` on a real Postgres, seen by a client over HTTP: first download, changes, read your writes, a source that goes away.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startPostgres } from "../../support/postgres.mjs";
import { runToEnd } from "../../support/skerryd.mjs";
import { postgresConnection, Service } from "./support.mjs";

const schema = `
  CREATE TABLE lists(id text PRIMARY KEY, name text, owner_id text);
  CREATE TABLE todos(id text PRIMARY KEY, list_id text, text text);
  INSERT INTO lists VALUES ('l1', 'Groceries', 'alice'), ('l2', 'Café ☕', 'alice'), ('l3', 'Garage', 'bob');
  INSERT INTO todos VALUES ('t1', 'l1', 'milk'), ('t2', 'l1', 'bread'), ('t3', 'l3', 'screws');
  CREATE PUBLICATION powersync FOR ALL TABLES;`;

const ids = (stream) => stream.operations().map((op) => `${op.op} ${op.object_type}/${op.object_id}`);

test("a client downloads, sees changes, and reads its own writes", async (t) => {
  const cluster = await startPostgres(t);
  cluster.sql(schema);
  const service = new Service(t, { connection: postgresConnection(cluster) });
  await service.start();
  const stream = await service.stream();
  await stream.complete();
  assert.deepEqual(ids(stream).sort(), ["PUT lists/l1", "PUT lists/l2", "PUT todos/t1", "PUT todos/t2"]);
  assert.equal(JSON.parse(stream.operations().find((op) => op.object_id === "l2").data).name, "Café ☕");

  cluster.sql("BEGIN; UPDATE lists SET owner_id = 'alice' WHERE id = 'l3'; DELETE FROM todos WHERE id = 't2'; COMMIT");
  await stream.until((s) => ids(s).includes("PUT todos/t3"), "the list that was handed over, with its todos");
  await stream.until((s) => ids(s).includes("REMOVE todos/t2"), "the deletion of the same transaction");
  assert.ok(ids(stream).includes("PUT lists/l3"));

  // A write, then a write checkpoint: acknowledged with a checkpoint that has the write.
  cluster.sql("INSERT INTO todos VALUES ('mine', 'l1', 'x')");
  const answer = await service.call("GET", "/write-checkpoint2.json?client_id=c1", { token: await service.token() });
  assert.equal(answer.status, 200);
  const acknowledges = (line) =>
    (line.checkpoint ?? line.checkpoint_diff)?.write_checkpoint === answer.json.data.write_checkpoint;
  await stream.until((s) => s.lines.some(acknowledges), "the acknowledgement");
  const after = stream.lines.findIndex(acknowledges);
  await stream.until((s) => s.lines.slice(after).some((line) => "checkpoint_complete" in line), "its end");
  assert.ok(ids(stream).includes("PUT todos/mine"));
  stream.close();
});

test("killed during writes, it goes on in the same deployment with every row", async (t) => {
  const cluster = await startPostgres(t);
  cluster.sql(schema);
  const service = new Service(t, { connection: postgresConnection(cluster) });
  await service.start();
  const first = await service.stream();
  await first.complete();
  const bucket = first.lines[0].checkpoint.buckets[0].bucket;
  first.close();
  for (let kill = 0; kill < 3; ++kill) {
    cluster.sql(`INSERT INTO todos SELECT 'k${kill}-' || i, 'l1', 'x' FROM generate_series(1, 2000) i`);
    await service.process.end("SIGKILL");
    cluster.sql(`DELETE FROM todos WHERE id = 'k${kill}-7'`);
    await service.start();
  }
  cluster.sql("INSERT INTO todos VALUES ('last', 'l1', 'the end')");
  const stream = await service.stream();
  await stream.until((s) => ids(s).includes("PUT todos/last"), "the last row");
  const rows = new Set();
  for (const op of stream.operations()) {
    if (op.op === "PUT") rows.add(op.object_id);
    else rows.delete(op.object_id);
  }
  const expected = cluster.sql(
    "SELECT id FROM todos WHERE list_id = 'l1' UNION SELECT id FROM lists WHERE owner_id = 'alice'",
  );
  assert.deepEqual([...rows].sort(), expected.split("\n").sort());
  assert.equal(stream.lines[0].checkpoint.buckets[0].bucket.split("#")[0], bucket.split("#")[0]);
  assert.equal(cluster.sql("SELECT count(*) FROM pg_replication_slots"), "1");
  stream.close();
});

test("while the source is away, what is stored is served; then the changes come", async (t) => {
  const cluster = await startPostgres(t);
  cluster.sql(schema);
  const service = new Service(t, { connection: postgresConnection(cluster) });
  await service.start();
  const connected = await service.stream();
  await connected.complete();
  // A server that stops in order waits until the service has acknowledged the end of its log.
  await cluster.stop("SIGINT");
  await service.process.end("SIGKILL");
  await service.start();
  const stream = await service.stream();
  await stream.complete();
  assert.equal(ids(stream).length, 4);
  await service.process.logged(/the source cannot be read, trying again: connecting to Postgres/);
  const token = await service.token();
  assert.equal((await service.call("GET", "/write-checkpoint2.json?client_id=c1", { token })).status, 500);
  await cluster.start();
  cluster.sql("INSERT INTO todos VALUES ('t9', 'l1', 'back')");
  await stream.until((s) => ids(s).includes("PUT todos/t9"), "the row written after the outage");
  stream.close();
});

test("what is missing in Postgres ends the first start, with the statement that mends it", async (t) => {
  const cluster = await startPostgres(t, { settings: { wal_level: "replica" } });
  const service = new Service(t, { connection: postgresConnection(cluster) });
  const run = () => runToEnd(["run", "--config", join(service.folder, "service.yaml")]);
  const first = await run();
  assert.equal(first.code, 1);
  assert.match(first.text, /wal_level 'replica'; run: ALTER SYSTEM SET wal_level = logical; and restart Postgres/);
  cluster.sql("ALTER SYSTEM SET wal_level = logical");
  await cluster.stop();
  await cluster.start();
  writeFileSync(
    join(service.folder, "service.yaml"),
    readFileSync(join(service.folder, "service.yaml"), "utf8").replace(
      /port: \d+\n {6}database/,
      `port: ${cluster.port}\n      database`,
    ),
  );
  const second = await run();
  assert.equal(second.code, 1);
  assert.match(second.text, /PSYNC_S1141.*run: CREATE PUBLICATION powersync FOR ALL TABLES/);
  cluster.sql(schema);
  await service.start();
});
