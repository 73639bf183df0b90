// Runs that each kill the service once or twice, at a moment that the seed chooses among things that can be observed, and then compare.
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Seeded } from "../../../support/seeded.mjs";
import { Skerryd } from "../../../support/skerryd.mjs";
import { kLimitMs, until } from "../../../support/until.mjs";
import { configNames } from "./app.mjs";

/** SIGKILL while changes stream. */
async function killWhileStreaming(world, random) {
  world.write();
  const moment = random.pick(["line", "commit", "delay"]);
  if (moment === "delay") await pause(random.below(120));
  else await world.count(moment, random.between(1, 25));
  await world.kill();
  world.service.launch();
}

/** The second SIGKILL while what the first one left is being read. */
async function killWhileStarting(world, random) {
  await killWhileStreaming(world, random);
  await pause(random.below(60));
  await world.kill();
  world.service.launch();
}

/** SIGKILL while everything is copied into a new deployment; sometimes the old config comes back after it. */
async function killWhileCopying(world, random) {
  const before = world.config;
  world.write();
  await world.kill();
  world.deploy(configNames.find((name) => name !== before));
  world.service.launch();
  const { process } = world.service;
  // It says so when it begins; a Postgres source names each table that is done, too.
  const said = world.app.constructor.dialect === "postgres" ? random.between(1, 5) : 1;
  await until(() => (process.log.match(/copied (again|table)/g) ?? []).length >= said, "the copy in the log");
  await pause(random.below(40));
  await world.kill();
  if (random.isOneIn(3)) world.deploy(before);
  world.service.launch();
}

/** SIGKILL to `skerryd compact`, on the storage of a service that was killed itself. */
async function killWhileCompacting(world, random) {
  world.write();
  await world.count("commit", random.between(1, 10));
  await world.kill();
  const compaction = new Skerryd(["compact", "--config", join(world.service.folder, "service.yaml")]);
  await pause(random.below(60));
  await compaction.end("SIGKILL");
  world.service.launch();
}

const kinds = {
  streaming: [killWhileStreaming, 10],
  starting: [killWhileStarting, 3],
  copying: [killWhileCopying, 4],
  compacting: [killWhileCompacting, 3],
};

/** Does `count` runs and gives how many there were of each kind. Every failure names the seed. */
export async function crashRuns(world, seed, count) {
  const random = new Seeded(seed);
  const choices = Object.entries(kinds).flatMap(([kind, [, weight]]) => Array(weight).fill(kind));
  const done = {};
  let run = 0;
  let kind = "the first copy";
  try {
    await world.open();
    world.write();
    world.service.launch();
    await pause(random.below(120));
    await world.kill();
    world.service.port = undefined; // Nobody knows it yet.
    await world.service.start();
    for (run = 1; run <= count; ++run) {
      kind = random.pick(choices);
      await kinds[kind][0](world, random);
      await limited(world.verify(), world);
      done[kind] = (done[kind] ?? 0) + 1;
    }
    kind = "the end";
    await world.close();
    return { ...done, "killed while clients were behind": world.killedBehind };
  } catch (error) {
    error.message = `seed ${seed}, run ${run} (${kind}): ${error.message}\nskerryd said:\n${world.service.process?.log.slice(-4000)}`;
    throw error;
  } finally {
    await world.abandon();
    await world.kill();
  }
}

/** Turns a hang into an error that says how far everybody is. */
async function limited(work, world) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${kLimitMs} ms: ${world}`)), kLimitMs);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** The worlds of one source, as [seed, runs]: fixed ones for every day, as many others as SKERRY_CRASH_RUNS asks for. */
export function seeds(first) {
  const perWorld = 10;
  const { SKERRY_CRASH_RUNS: runs, SKERRY_CRASH_SEED: seed } = process.env;
  if (seed) return [[Number(seed), Number(runs ?? perWorld)]];
  if (!runs) return Array.from({ length: 10 }, (_, i) => [first + i, perWorld]);
  const from = Date.now() % 1_000_000_000;
  return Array.from({ length: Math.ceil(Number(runs) / perWorld) }, (_, i) => [from + i, perWorld]);
}
