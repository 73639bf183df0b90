// kill -9 at seeded moments, on a SQLite source. SKERRY_CRASH_RUNS=1000 for a night; SKERRY_CRASH_SEED=7 for one world of it again.
import { test } from "node:test";
import { SqliteApp } from "./crash/databases.mjs";
import { crashRuns, seeds } from "./crash/runs.mjs";
import { World } from "./crash/world.mjs";
import { Service } from "./support.mjs";

for (const [seed, runs] of seeds(1000)) {
  test(`I1 I13 I14 W09 W23 W25 W26: SQLite: killed in ${runs} runs of seed ${seed}, every client shows states that the source had`, async (t) => {
    const service = new Service(t, { sql: "" });
    const world = new World(service, SqliteApp.create(t, service), seed);
    t.diagnostic(JSON.stringify(await crashRuns(world, seed, runs)));
  });
}
