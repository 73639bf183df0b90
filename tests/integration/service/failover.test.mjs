// A Postgres that fails over to another server behind the same address.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, chownSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PostgresCluster } from "../../../scripts/postgres.mjs";
import { afterwards, removeFolder, temporaryFolder } from "../../support/cleanup.mjs";
import { FaultProxy } from "../../support/fault-proxy.mjs";
import { psql, startPostgres } from "../../support/postgres.mjs";
import { until } from "../../support/until.mjs";
import { PostgresApp } from "./crash/databases.mjs";
import { World } from "./crash/world.mjs";
import { postgresConnection, Service } from "./support.mjs";

/** A standby of the cluster, streaming from it. */
async function startStandby(t, primary) {
  const standby = new PostgresCluster(join(temporaryFolder(t, "standby"), "pg"), {});
  afterwards(t, () => removeFolder(standby.folder));
  afterwards(t, () => standby.stop("SIGQUIT"));
  const { uid, gid } = standby.user;
  mkdirSync(standby.data, { recursive: true, mode: 0o700 });
  if (uid !== undefined) chownSync(standby.data, uid, gid);
  const source = `host=127.0.0.1 port=${primary.port} user=postgres password=${primary.password}`;
  const args = ["-D", standby.data, "-d", source, "-R", "-X", "stream", "-c", "fast", "--no-sync"];
  execFileSync(join(standby.bin, "pg_basebackup"), args, { uid, gid, cwd: standby.folder, stdio: "pipe" });
  appendFileSync(
    join(standby.data, "postgresql.conf"),
    `\nunix_socket_directories = '${standby.folder}'\nhot_standby = on\n`,
  );
  copyFileSync(join(primary.folder, "password"), join(standby.folder, "password"));
  writeFileSync(join(standby.folder, "port"), "");
  await standby.start();
  return standby;
}

test("W27 I1: failed over to a standby on a new timeline, everything is copied anew and no client sees a state that never was", async (t) => {
  const primary = await startPostgres(t);
  const app = await PostgresApp.create(t, primary, "app");
  const standby = await startStandby(t, primary);
  const proxy = await FaultProxy.open(t, primary.port);
  const service = new Service(t, { connection: postgresConnection(primary, { database: "app", port: proxy.port }) });
  const world = await World.start(t, service, app, 31);
  const written = psql(primary.url(), "SELECT pg_current_wal_lsn()");
  const replayed = () => psql(standby.url(), `SELECT pg_last_wal_replay_lsn() >= '${written}'`) === "t";
  await until(replayed, "the standby's replay");

  // The primary dies. Until the promotion the address leads to a server that only reads.
  await app.disconnect();
  await primary.stop("SIGQUIT");
  proxy.target = standby.port;
  proxy.cutAll();
  await service.process.logged(/the source is a standby server/);
  const token = await service.token();
  assert.equal((await service.call("GET", "/write-checkpoint2.json?client_id=x", { token })).status, 500);
  psql(standby.url(), "SELECT pg_promote(true, 60)");
  await app.connect(standby.url({ database: "app" }));
  world.write();
  await service.process.logged(/the replication slot powersync_\w+ is gone; everything is copied again/);
  await world.count("commit", 10);
  await world.verify();
  assert.ok(world.replicas.every(({ visible }) => visible.deployment === 2));
  await world.close();
});
