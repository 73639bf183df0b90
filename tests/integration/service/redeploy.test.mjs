// A changed config: the old deployment is served until the new one is complete (I14, W25, W26).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { afterwards } from "../../support/cleanup.mjs";
import { Service } from "./support.mjs";

/** Keeps every other program from writing to the source, and so the service from preparing it, until it is ended. */
async function lockSource(t, service) {
  const shell = spawn("sqlite3", ["-cmd", ".timeout 60000", service.source], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(shell, "close");
  const release = async () => {
    shell.stdin.end();
    await closed;
  };
  afterwards(t, release);
  shell.stdin.write("BEGIN IMMEDIATE; SELECT 'locked';\n");
  await once(shell.stdout, "data");
  return release;
}

/** Restarts with a config that has one stream more. */
async function redeploy(service, table) {
  await service.process.end();
  const path = join(service.folder, "streams.yaml");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, `${text}  ${table}:\n    auto_subscribe: true\n    query: SELECT * FROM ${table}\n`);
  await service.start();
}

const names = (stream) => stream.lines[0].checkpoint.buckets.map((bucket) => bucket.bucket);

test("I14 W25: clients see the old buckets until the new ones are there, and then only those", async (t) => {
  const service = await Service.start(t);
  service.sql("CREATE TABLE notes(id TEXT PRIMARY KEY, text TEXT); INSERT INTO notes VALUES ('n1', 'hello');");
  const before = await service.stream();
  await before.complete();
  assert.ok(names(before).every((name) => name.startsWith("1#")));
  const position = { name: names(before)[0], after: before.lines[0].checkpoint.last_op_id };
  before.close();

  const release = await lockSource(t, service);
  await redeploy(service, "notes");
  const meanwhile = await service.stream({ body: { buckets: [position] } });
  await meanwhile.complete();
  assert.deepEqual(names(meanwhile), names(before));
  assert.ok(!meanwhile.lines.some((line) => JSON.stringify(line).includes("2#")));
  await release();
  await meanwhile.until((stream) => stream.ended, "the end of the old deployment's stream");
  assert.ok(!JSON.stringify(meanwhile.lines).includes("2#"));

  const after = await service.stream({ body: { buckets: [position] } });
  await after.complete();
  assert.ok(names(after).length > names(before).length);
  assert.ok(names(after).every((name) => name.startsWith("2#")));
  assert.ok(after.operations().some((op) => op.data === '{"id":"n1","text":"hello"}'));
  after.close();
});

test("W26: a deployment that is given up before it is complete leaves the active one as it was", async (t) => {
  const service = await Service.start(t);
  service.sql("CREATE TABLE notes(id TEXT PRIMARY KEY, text TEXT); CREATE TABLE tags(id TEXT PRIMARY KEY);");
  const release = await lockSource(t, service);
  await redeploy(service, "notes");
  await redeploy(service, "tags");
  const old = await service.stream();
  await old.complete();
  assert.ok(names(old).every((name) => name.startsWith("1#")));
  await release();
  await old.until((stream) => stream.ended, "the end of the old deployment's stream");
  const stream = await service.stream();
  await stream.complete();
  assert.deepEqual(stream.lines[0].checkpoint.streams.map((one) => one.name).sort(), [
    "lists",
    "notes",
    "tags",
    "todos",
  ]);
  stream.close();
});
