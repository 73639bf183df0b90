// The Postgres that the demo and the tests make for themselves: scripts/postgres.mjs.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { PostgresCluster } from "../../scripts/postgres.mjs";
import { root } from "../../scripts/run.mjs";
import { psql, query, startPostgres } from "../support/postgres.mjs";

const again = (cluster) => new PostgresCluster(cluster.folder);

test("a cluster is made once, and a second start finds the running one", async (t) => {
  const cluster = await startPostgres(t);
  await query(cluster.url(), "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)");
  const other = again(cluster);
  assert.equal(await other.start(), false);
  assert.equal(other.url(), cluster.url());
  assert.equal(psql(other.url(), "SHOW wal_level"), "logical");

  await cluster.stop();
  await cluster.stop();
  const later = again(cluster);
  assert.equal(await later.start(), true);
  assert.equal(later.url(), cluster.url());
  assert.deepEqual(await query(later.url(), "SELECT n FROM kept"), [{ n: 1 }]);
});

test("it is open to this machine only, and there to those who know the password", async (t) => {
  const cluster = await startPostgres(t);
  assert.equal(psql(cluster.url(), "SHOW listen_addresses"), "127.0.0.1");
  assert.equal(
    psql(
      cluster.url(),
      "SELECT count(*) FROM pg_hba_file_rules WHERE type = 'host' AND auth_method <> 'scram-sha-256'",
    ),
    "0",
  );
  await assert.rejects(query(cluster.url({ password: "guessed" }), "SELECT 1"), /password authentication failed/);
  for (const path of [cluster.folder, cluster.data]) assert.equal(statSync(path).mode & 0o077, 0, path);
  assert.equal(statSync(join(cluster.folder, "password")).mode & 0o077, 0);
});

test("after a crash it comes back with what was committed", async (t) => {
  const cluster = await startPostgres(t);
  await query(cluster.url(), "CREATE TABLE kept (n int); INSERT INTO kept SELECT generate_series(1, 1000)");
  await cluster.stop("SIGKILL");
  await cluster.start();
  assert.equal(psql(cluster.url(), "SELECT count(*) FROM kept"), "1000");
});

test("a port that somebody took is given up for a free one", async (t) => {
  const first = await startPostgres(t);
  const second = await startPostgres(t);
  await second.stop();
  second.port = first.port;
  await second.start();
  assert.notEqual(second.port, first.port);
  assert.equal(psql(second.url(), "SELECT 1"), "1");
});

test("root's own folder, where the server's user cannot go, is replaced by one it can use", {
  skip: process.getuid() === 0 ? false : "only root has such a folder",
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "skerry-closed-"));
  chmodSync(folder, 0o700);
  let cluster = null;
  t.after(async () => {
    await cluster?.stop("SIGQUIT");
    for (const path of [folder, cluster?.folder]) if (path) rmSync(path, { recursive: true, force: true });
  });
  cluster = new PostgresCluster(join(folder, "pg"), { settings: { fsync: "off" } });
  assert.notEqual(cluster.folder, join(folder, "pg"));
  await cluster.start();
  assert.equal(new PostgresCluster(join(folder, "pg")).folder, cluster.folder);
});

test("the command line starts and stops it", async (t) => {
  const { folder, data } = await startPostgres(t);
  const run = (...args) =>
    execFileSync(process.execPath, [join(root, "scripts/postgres.mjs"), ...args], { encoding: "utf8" }).trim();
  assert.equal(run("stop", folder), "");
  assert.throws(() => statSync(join(data, "postmaster.pid")));
  assert.equal(psql(run("start", folder), "SELECT 1"), "1");
});
