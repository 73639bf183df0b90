// A changed config on a Postgres: the old deployment goes on, changes and write checkpoints included, while the new one is made
// beside it (service.md, section 2.1 and W25; docs/service-storage.md).
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { startPostgres } from "../../support/postgres.mjs";
import { until } from "../../support/until.mjs";
import { Replica } from "./replica.mjs";
import { postgresConnection, Service } from "./support.mjs";

const schema = `
  CREATE TABLE lists(id text PRIMARY KEY, name text, owner_id text);
  CREATE TABLE notes(id text PRIMARY KEY, text text);
  CREATE PUBLICATION powersync FOR ALL TABLES;
  INSERT INTO lists VALUES ('l1', 'Groceries', 'alice');
  INSERT INTO notes SELECT 'n' || i, 'text' FROM generate_series(1, 500) i;`;
const stream = (name, query) => `  ${name}:\n    auto_subscribe: true\n    query: ${query}\n`;
const before = `config:\n  edition: 3\nstreams:\n${stream("lists", "SELECT * FROM lists WHERE owner_id = auth.user_id()")}`;
const after = before + stream("notes", "SELECT * FROM notes");

const checkpointOf = (line) => line.checkpoint ?? line.checkpoint_diff;
const acknowledges = (id) => (line) => checkpointOf(line)?.write_checkpoint === id;
const deploymentOf = (client) => Number.parseInt(client.lines[0].checkpoint.buckets[0].bucket, 10);

async function start(t) {
  const cluster = await startPostgres(t);
  cluster.sql(schema);
  const service = new Service(t, { sql: "", streamsText: before, connection: postgresConnection(cluster) });
  await service.start();
  return { cluster, service };
}

async function restartWith(service, streams, signal) {
  await service.process.end(signal);
  writeFileSync(join(service.folder, "streams.yaml"), streams);
  await service.start();
}

/** Keeps the copy of a table from beginning, and with it the new deployment, until it is ended. */
async function hold(t, cluster, table) {
  const client = new pg.Client({ connectionString: cluster.url() });
  client.on("error", () => {}); // The cluster may go first, when the test fails.
  await client.connect();
  t.after(() => client.end().catch(() => {}));
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  return () => client.end();
}

async function write(service) {
  const answer = await service.call("GET", "/write-checkpoint2.json?client_id=c1", { token: await service.token() });
  assert.equal(answer.status, 200, answer.body);
  return answer.json.data.write_checkpoint;
}

/** A stream of another deployment than `old`. */
async function succeeded(service, old) {
  for (;;) {
    const client = await service.stream();
    await client.complete();
    if (deploymentOf(client) !== old) return client;
    await client.until((s) => s.ended, "the end of the old deployment's stream");
  }
}

const slots = (cluster) => cluster.sql("SELECT count(*) FROM pg_replication_slots WHERE NOT temporary");

test("W25: the old deployment goes on, changes and write checkpoints included, until the new one has it all", async (t) => {
  const { cluster, service } = await start(t);
  const first = await service.stream();
  await first.complete();
  assert.equal(await write(service), "1");
  first.close();

  const release = await hold(t, cluster, "notes");
  await restartWith(service, after);
  const old = await service.stream();
  await old.complete();
  assert.equal(deploymentOf(old), 1);
  cluster.sql("INSERT INTO lists VALUES ('l2', 'Meanwhile', 'alice')");
  await old.until((s) => s.operations().some((op) => op.object_id === "l2"), "a change while the new one is made");
  assert.equal(await write(service), "2");
  await old.until((s) => s.lines.some(acknowledges("2")), "an acknowledgement while the new one is made");
  assert.equal(await write(service), "3");
  await release();
  await old.until((s) => s.ended, "the end of the old deployment's stream");
  assert.ok(!JSON.stringify(old.lines).includes('"2#'));
  assert.doesNotMatch(service.process.log, /is not of this service/);

  const next = await succeeded(service, 1);
  assert.equal(deploymentOf(next), 2);
  const replica = new Replica();
  for (const line of next.lines) replica.apply(line);
  assert.deepEqual(Object.keys(replica.rows.lists).sort(), ["l1", "l2"]);
  assert.equal(Object.keys(replica.rows.notes).length, 500);
  // What was asked of the old one is acknowledged by the new one, and counting goes on.
  await next.until((s) => s.lines.some(acknowledges("3")), "the acknowledgement of a request made before");
  assert.equal(await write(service), "4");
  await next.until((s) => s.lines.some(acknowledges("4")), "the acknowledgement of the next request");
  cluster.sql("INSERT INTO notes VALUES ('later', 'text')");
  await next.until((s) => s.operations().some((op) => op.object_id === "later"), "a change after it");
  const { last_op_id: op } = next.lines.findLast(checkpointOf).checkpoint_diff;
  const positions = next.lines[0].checkpoint.buckets.map(({ bucket }) => ({ name: bucket, after: op }));
  next.close();
  await until(() => slots(cluster) === "1", "the end of the old deployment's slot");
  assert.ok(!existsSync(join(service.folder, "storage.db")), "the old file is gone");

  // After a restart the file has its usual name, and clients go on where they were.
  await service.process.end("SIGKILL");
  await service.start();
  assert.ok(!existsSync(join(service.folder, "storage.db-next")));
  const again = await service.stream({ body: { buckets: positions } });
  await again.complete();
  assert.equal(deploymentOf(again), 2);
  assert.deepEqual(again.operations(), []);
  again.close();
  // And the next change is made beside this one.
  await restartWith(service, before);
  const third = await succeeded(service, 2);
  assert.equal(deploymentOf(third), 3);
  third.close();
});

test("W26: a config that is taken back before its deployment is ready leaves the old one as it was", async (t) => {
  const { cluster, service } = await start(t);
  const release = await hold(t, cluster, "notes");
  await restartWith(service, after);
  // The new one has its slot, and waits.
  await until(() => slots(cluster) === "2", "the slot of the new deployment");
  await restartWith(service, before, "SIGKILL");
  await release();
  const client = await service.stream();
  await client.complete();
  assert.equal(deploymentOf(client), 1);
  cluster.sql("INSERT INTO lists VALUES ('l3', 'Still here', 'alice')");
  await client.until((s) => s.operations().some((op) => op.object_id === "l3"), "a change");
  await until(() => slots(cluster) === "1", "the end of the slot that nobody needs");
  assert.ok(!existsSync(join(service.folder, "storage.db-next")));
  client.close();
});

test("W25 W27: an old deployment whose slot is lost is served as it is until the new one is ready", async (t) => {
  const { cluster, service } = await start(t);
  const first = await service.stream();
  await first.complete();
  first.close();
  await service.process.end();
  cluster.sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
  cluster.sql("INSERT INTO lists VALUES ('l2', 'Nobody saw it', 'alice')");
  const release = await hold(t, cluster, "notes");
  writeFileSync(join(service.folder, "streams.yaml"), after);
  await service.start();
  const old = await service.stream();
  await old.complete();
  assert.equal(deploymentOf(old), 1);
  assert.deepEqual(
    old.operations().map((op) => op.object_id),
    ["l1"],
  );
  await release();
  await old.until((s) => s.ended, "the end of the old deployment's stream");
  const next = await succeeded(service, 1);
  assert.equal(deploymentOf(next), 2);
  assert.deepEqual(
    next
      .operations()
      .filter((op) => op.object_type === "lists")
      .map((op) => op.object_id),
    ["l1", "l2"],
  );
  await until(() => slots(cluster) === "1", "one slot");
  next.close();
});

test("I1 W25: killed at any point of a redeployment, it ends with every row, in one deployment at a time", async (t) => {
  const { cluster, service } = await start(t);
  let number = 0;
  const add = () => cluster.sql(`INSERT INTO lists VALUES ('k${++number}', 'x', 'alice')`);
  let old = 1;
  for (let round = 0; round < 8; ++round) {
    const streams = round % 2 === 0 ? after : before;
    await restartWith(service, streams, "SIGKILL");
    add();
    // A little later each time: while it copies, catches up, takes over, or afterwards. Whichever it is, the end is the same.
    await pause(20 * round);
    await service.process.end("SIGKILL");
    add();
    await service.start();
    const client = await succeeded(service, old);
    old = deploymentOf(client);
    await client.until((s) => s.operations().some((op) => op.object_id === `k${number}`), "the last row");
    const at = client.lines.findIndex((line) => line.data?.data.some((op) => op.object_id === `k${number}`));
    await client.until((s) => s.lines.slice(at).some((line) => "checkpoint_complete" in line), "its checkpoint");
    const replica = new Replica();
    for (const line of client.lines) replica.apply(line);
    assert.equal(Object.keys(replica.rows.lists).length, 1 + number);
    assert.equal(Object.keys(replica.rows.notes ?? {}).length, streams === after ? 500 : 0);
    client.close();
  }
  await until(() => slots(cluster) === "1", "one slot");
});
