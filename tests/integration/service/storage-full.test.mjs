// The disk of the bucket storage is full: a small file system of its own, and ballast on it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { afterwards } from "../../support/cleanup.mjs";
import { psql, startPostgres } from "../../support/postgres.mjs";
import { sqlite } from "../../support/skerryd.mjs";
import { until } from "../../support/until.mjs";
import { PostgresApp } from "./crash/databases.mjs";
import { World } from "./crash/world.mjs";
import { postgresConnection, Service } from "./support.mjs";

/** Mounts a file system of so many MiB; null where that is not allowed. */
function smallDisk(t, folder, size) {
  mkdirSync(folder);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}m`, "tmpfs", folder], { stdio: "pipe" });
  } catch {
    return null;
  }
  afterwards(t, () => execFileSync("umount", [folder]));
  const ballast = join(folder, "ballast");
  return {
    /** Leaves so many bytes free. */
    fill(left) {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(ballast, Buffer.alloc(Math.max(bavail * bsize - left, 0)));
    },
    free: () => rmSync(ballast),
  };
}

async function startOnSmallDisk(t) {
  const cluster = await startPostgres(t);
  const app = await PostgresApp.create(t, cluster, "app");
  const service = new Service(t, { connection: postgresConnection(cluster, { database: "app" }) });
  const disk = smallDisk(t, join(service.folder, "disk"), 64);
  afterwards(t, () => service.process?.end("SIGKILL"));
  const file = join(service.folder, "service.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("path: storage.db", "path: disk/storage.db"));
  return { cluster, app, service, disk };
}

const isFull = /there is no room for the bucket storage, trying again/;

test("a disk that is full in the first copy is told in the log, and the copy is made when there is room", async (t) => {
  const { app, service, disk } = await startOnSmallDisk(t);
  if (disk === null) return t.skip("file systems cannot be mounted here");
  const world = new World(service, app, 51);
  afterwards(t, () => world.abandon());
  await world.open();
  disk.fill(400_000);
  service.launch();
  await service.process.logged(isFull);
  assert.equal(service.process.output, "");
  disk.free();
  service.port = await service.process.listening();
  await world.verify();
  await world.close("disk/storage.db");
});

test("a disk that fills up while changes stream loses none: nothing is acknowledged to Postgres that is not stored [I1]", async (t) => {
  const { cluster, app, service, disk } = await startOnSmallDisk(t);
  if (disk === null) return t.skip("file systems cannot be mounted here");
  const world = await World.start(t, service, app, 52);
  disk.fill(100_000);
  world.write();
  await service.process.logged(isFull);
  await world.pauseWriting();
  // Places in the log, as the storage writes them.
  const place = (lsn) =>
    lsn
      .split("/")
      .map((half) => half.padStart(8, "0"))
      .join("");
  const confirmed = () => place(psql(cluster.url(), "SELECT confirmed_flush_lsn FROM pg_replication_slots"));
  const stored = () => sqlite(join(service.folder, "disk/storage.db"), "SELECT position FROM state");
  // What is stored is served meanwhile, and a request that has to be stored is refused.
  const client = await service.stream();
  await client.complete();
  client.close();
  const token = await service.token();
  assert.equal((await service.call("GET", "/write-checkpoint2.json?client_id=x", { token })).status, 500);
  assert.equal((await service.call("GET", "/probes/liveness")).status, 200);
  const before = stored();
  assert.match(before, /^[0-9A-F]{16}$/);
  assert.ok(confirmed() <= before, `${confirmed()} is acknowledged, ${before} stored`);
  disk.free();
  await service.process.logged(/the source can be read again/);
  await world.verify();
  await until(() => confirmed() > before, "the acknowledgement of what is stored now");
  await world.close("disk/storage.db");
});
