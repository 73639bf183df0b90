// A network between the service and its Postgres that swallows bytes or cuts connections.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FaultProxy } from "../../support/fault-proxy.mjs";
import { startPostgres } from "../../support/postgres.mjs";
import { Seeded } from "../../support/seeded.mjs";
import { until } from "../../support/until.mjs";
import { PostgresApp } from "./crash/databases.mjs";
import { World } from "./crash/world.mjs";
import { postgresConnection, Service } from "./support.mjs";

async function startWorld(t, seed) {
  const cluster = await startPostgres(t);
  const app = await PostgresApp.create(t, cluster, "app");
  const proxy = await FaultProxy.open(t, cluster.port);
  const service = new Service(t, { connection: postgresConnection(cluster, { database: "app", port: proxy.port }) });
  const world = await World.start(t, service, app, seed);
  return { cluster, proxy, service, world };
}

const probe = async (service, name) => (await service.call("GET", `/probes/${name}`)).status;

test("a network that swallows everything is noticed within a minute; clients are served and the probes say yes meanwhile", async (t) => {
  const { proxy, service, world } = await startWorld(t, 41);
  proxy.blackHole();
  const began = performance.now();
  world.write();
  await world.count("commit", 20);
  await world.pauseWriting();
  // Somebody who asks for something has it noticed sooner than the next look at the tables.
  const token = await service.token();
  const refused = service.call("GET", "/write-checkpoint2.json?client_id=x", { token });
  const seen = new Set();
  await until(async () => {
    seen.add(await probe(service, "liveness"));
    return /the source cannot be read, trying again/.test(service.process.log);
  }, "the log's word that Postgres is silent");
  // Its own limits are 30 s for an answer, and 35 s without a word on the stream.
  const noticed = performance.now() - began;
  t.diagnostic(`noticed after ${Math.round(noticed)} ms`);
  assert.ok(noticed < 90_000, `noticed after ${noticed} ms`);
  const client = await service.stream();
  await client.complete();
  client.close();
  assert.equal((await refused).status, 500);
  const attempts = proxy.accepted;
  await until(() => proxy.accepted > attempts, "another attempt to connect");
  seen.add(await probe(service, "liveness"));
  assert.deepEqual([...seen], [200]);
  assert.equal(await probe(service, "readiness"), 200);
  proxy.heal();
  await service.process.logged(/the source can be read again/);
  await world.verify();
  await world.close();
});

test("connections that are cut at random bytes lose nothing and show nothing wrong [I1 I13]", async (t) => {
  const seed = 42;
  const random = new Seeded(seed);
  const { proxy, world } = await startWorld(t, seed);
  proxy.cutNewAfter(() => random.between(1, 60_000));
  proxy.cutAll();
  world.write();
  await until(() => proxy.cuts >= 4, "four cuts");
  proxy.heal();
  await world.verify();
  await world.close();
});
