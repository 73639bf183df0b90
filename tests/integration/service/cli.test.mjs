// What a person reads when something is wrong: each message names the thing at fault.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../../scripts/run.mjs";
import { temporaryFolder } from "../../support/cleanup.mjs";
import { runToEnd } from "../../support/skerryd.mjs";
import { Service } from "./support.mjs";

const streamsOfDemo = join(root, "web-demo/service/streams.yaml");

async function fails(args, pattern, code = 1) {
  const result = await runToEnd(args);
  assert.match(result.text, pattern);
  assert.equal(result.code, code);
}

test("the command line explains itself and its mistakes", async () => {
  const help = await runToEnd(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.text, /skerryd run --config FILE/);
  assert.match((await runToEnd(["--version"])).text, /^skerryd \d+\.\d+\.\d+$/m);
  await fails(["serve"], /unknown command 'serve'/, 2);
  await fails(["run"], /option '--config' is missing/, 2);
  await fails(
    ["dev", "--streams", streamsOfDemo, "--port", "70000"],
    /--port has to be a number from 0 to 65535, not '70000'/,
    2,
  );
  await fails(["check", "--streams"], /option '--streams' needs a value/, 2);
  await fails(["check", "--source", "x"], /option '--streams' is missing/, 2);
  await fails(["check", "--storage", "x"], /unknown option '--storage' for this command/, 2);
});

test("check names file, line and column", async (t) => {
  const file = join(temporaryFolder(t, "cli"), "streams.yaml");
  const told = await runToEnd(["check", "--streams", streamsOfDemo]);
  assert.equal(told.code, 0);
  assert.match(told.text, /^stream \w+, /m);
  assert.match(told.text, /^tables: /m);
  writeFileSync(file, "config:\n  edition: 3\nstreams:\n  a:\n    query: SELECT * FROM t GROUP BY x\n");
  await fails(["check", "--streams", file], /streams\.yaml:5:\d+: error SS\d+: /);
  writeFileSync(file, "config: [\n");
  await fails(["check", "--streams", file], /streams\.yaml:\d+:\d+: error/);
  await fails(["check", "--streams", `${file}.missing`], /cannot read .*streams\.yaml\.missing: No such file/);
});

test("a wrong configuration is told by line and column, all faults at once", async (t) => {
  const folder = temporaryFolder(t, "cli");
  const file = join(folder, "service.yaml");
  await fails(["run", "--config", file], /cannot read .*service\.yaml: No such file/);
  writeFileSync(file, "port: [1\n");
  await fails(["run", "--config", file], /service\.yaml:\d+:\d+: /);
  writeFileSync(
    file,
    `replication:
  connections:
    - type: mysql
storage: { type: sqlite, path: s.db }
port: many
sync_config: { path: nowhere.yaml }
client_auth:
  audience: [app]
  jwks:
    keys:
      - { kty: oct, kid: k, k: c2hvcnQ }
  supabase: true
`,
  );
  await fails(
    ["run", "--config", file],
    /service\.yaml:3:7: .*'type' has to be postgresql or sqlite, not 'mysql'[\s\S]*service\.yaml:6:14: cannot read .*nowhere\.yaml[\s\S]*service\.yaml:11:9: key 'k': an HMAC secret must have at least 32 bytes[\s\S]*service\.yaml:12:13: 'client_auth\.supabase' needs a source at Supabase[\s\S]*service\.yaml:5:7: 'port' has to be a whole number from 0 to 65535, not 'many'/,
  );
});

test("what PowerSync's files have and this service does not use is a warning", async (t) => {
  const service = await Service.start(t, {
    settings: "telemetry:\n  disable_telemetry_sharing: true\nmigrations:\n  disable_auto_migration: true\n",
  });
  await service.process.logged(/service\.yaml:\d+:1: 'migrations' is not used by skerryd/);
});

test("a port in use", async (t) => {
  const blocker = createServer();
  await new Promise((resolve) => blocker.listen(0, "127.0.0.1", resolve));
  t.after(() => blocker.close());
  const service = new Service(t);
  service.port = blocker.address().port;
  await assert.rejects(service.start(), new RegExp(`port ${service.port} on 127\\.0\\.0\\.1 is in use`));
});

test("a source that is not there, or is no database", async (t) => {
  const service = new Service(t, { sql: "SELECT 1;" });
  const missing = join(service.folder, "elsewhere.db");
  await fails(
    ["dev", "--source", missing, "--storage", join(service.folder, "s.db"), "--streams", streamsOfDemo, "--port", "0"],
    /the source .*elsewhere\.db does not exist/,
  );
  writeFileSync(missing, "this is text, not a database, and long enough to be noticed".repeat(100));
  await fails(
    ["dev", "--source", missing, "--storage", join(service.folder, "s.db"), "--streams", streamsOfDemo, "--port", "0"],
    /elsewhere\.db.*(not a database|damaged)|not a database/,
  );
  mkdirSync(join(service.folder, "folder.db"));
  await fails(
    [
      "dev",
      "--source",
      join(service.folder, "folder.db"),
      "--storage",
      join(service.folder, "s.db"),
      "--streams",
      streamsOfDemo,
      "--port",
      "0",
    ],
    /folder\.db|unable to open/,
  );
});

test("a table that the source lacks is told by its name, and streams of others work", async (t) => {
  const service = await Service.start(t, {
    sql: "CREATE TABLE lists(id TEXT PRIMARY KEY, name TEXT, owner_id TEXT); INSERT INTO lists VALUES ('l1', 'Groceries', 'alice');",
  });
  await service.process.logged(
    /table 'todos' is not in the source database; it is replicated as soon as it is created/,
  );
  const stream = await service.stream();
  await stream.complete();
  assert.deepEqual(
    stream.operations().map((op) => op.object_id),
    ["l1"],
  );
  stream.close();
});

test("a storage file that another skerryd holds", async (t) => {
  const service = await Service.start(t);
  const second = await runToEnd(["run", "--config", join(service.folder, "service.yaml")]);
  assert.equal(second.code, 1);
  assert.match(second.text, /storage\.db/);
  assert.match(second.text, /another|in use|held|locked/);
});

test("a source that another program holds locked", async (t) => {
  const service = new Service(t);
  const shell = spawn("sqlite3", [service.source], { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => shell.stdin.end());
  shell.stdin.write("BEGIN EXCLUSIVE; INSERT INTO lists VALUES ('x', 'y', 'z'); SELECT 'locked';\n");
  await new Promise((resolve) => shell.stdout.once("data", resolve));
  const message = /source database .*app\.db: another program holds a lock on it/;
  await fails(["run", "--config", join(service.folder, "service.yaml")], message);
  const dev = ["dev", "--source", service.source, "--storage", join(service.folder, "d.db"), "--port", "0"];
  await fails([...dev, "--streams", streamsOfDemo, "--dev-config", join(root, "web-demo/service/dev.yaml")], message);
});
