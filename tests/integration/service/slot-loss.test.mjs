// What the stream of changes hangs on is taken away while the service runs: its slot, its publication.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startPostgres } from "../../support/postgres.mjs";
import { until } from "../../support/until.mjs";
import { PostgresApp } from "./crash/databases.mjs";
import { World } from "./crash/world.mjs";
import { postgresConnection, Service } from "./support.mjs";

async function startWorld(t, seed) {
  const cluster = await startPostgres(t);
  const app = await PostgresApp.create(t, cluster, "app");
  const service = new Service(t, { connection: postgresConnection(cluster, { database: "app" }) });
  const world = await World.start(t, service, app, seed);
  return { cluster, service, world };
}

test("W27: a slot that is dropped while the service runs leads to a new deployment", async (t) => {
  const { cluster, service, world } = await startWorld(t, 61);
  const slot = cluster.sql("SELECT slot_name FROM pg_replication_slots");
  world.write();
  // It comes back at once and takes the slot again, so this needs some luck.
  await until(() => {
    cluster.sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active");
    try {
      cluster.sql(`SELECT pg_drop_replication_slot('${slot}')`);
      return true;
    } catch {
      return false;
    }
  }, "a moment in which the slot is not in use");
  await service.process.logged(new RegExp(`the replication slot ${slot} is gone; everything is copied again`));
  await world.count("commit", 5);
  await world.verify();
  assert.ok(world.replicas.every(({ visible }) => visible.deployment === 2));
  await world.close();
});

test("W27: a publication that is dropped is told with what to run, and when it is back everything is copied", async (t) => {
  const { cluster, service, world } = await startWorld(t, 62);
  world.write();
  cluster.sql("DROP PUBLICATION powersync", "app");
  await service.process.logged(/PSYNC_S1141.*run: CREATE PUBLICATION powersync FOR ALL TABLES/);
  await world.count("commit", 5);
  cluster.sql("CREATE PUBLICATION powersync FOR ALL TABLES", "app");
  await world.count("commit", 5);
  await world.verify();
  assert.ok(world.replicas.every(({ visible }) => visible.deployment === 2));
  await world.close();
});
