// kill -9 at seeded moments, on a Postgres source. SKERRY_CRASH_RUNS=1000 for a night; SKERRY_CRASH_SEED=7 for one world of it again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startPostgres } from "../../support/postgres.mjs";
import { until } from "../../support/until.mjs";
import { PostgresApp } from "./crash/databases.mjs";
import { crashRuns, seeds } from "./crash/runs.mjs";
import { World } from "./crash/world.mjs";
import { postgresConnection, Service } from "./support.mjs";

test("I1 I13 I14 W09 W23 W25 W26 W27: Postgres: killed at seeded moments", async (t) => {
  const cluster = await startPostgres(t, { settings: { max_wal_senders: 40, max_replication_slots: 40 } });
  for (const [seed, runs] of seeds(2000)) {
    await t.test(`killed in ${runs} runs of seed ${seed}, every client shows states that the source had`, async (t) => {
      const database = `world_${seed}`;
      const app = await PostgresApp.create(t, cluster, database);
      const service = new Service(t, { connection: postgresConnection(cluster, { database }) });
      const world = new World(service, app, seed);
      t.diagnostic(JSON.stringify(await crashRuns(world, seed, runs)));
      // Of all the slots that were made, the one in use is left: each start drops those that no crash may leave behind.
      const slots = () => cluster.sql(`SELECT count(*) FROM pg_replication_slots WHERE database = '${database}'`);
      await service.start();
      // With the next change that it confirms.
      await until(
        () => cluster.sql("UPDATE clock SET n = n", database) === "" && slots() === "1",
        "the end of the slots",
      );
      await service.process.end();
      cluster.sql(
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '${database}'`,
      );
      assert.equal(slots(), "0");
    });
  }
});
