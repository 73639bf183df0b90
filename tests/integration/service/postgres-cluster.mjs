// A Postgres cluster for a test of the service, and a service whose configuration names it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PostgresCluster } from "../../../scripts/postgres.mjs";
import { afterwards, removeFolder, temporaryFolder } from "../../support/cleanup.mjs";
import { Service } from "./support.mjs";

/** A started cluster that leaves with the test. It forgets to sync: a test's power does not fail. */
export async function startCluster(t, settings = {}) {
  const cluster = new PostgresCluster(join(temporaryFolder(t, "postgres"), "pg"), {
    settings: { fsync: "off", ...settings },
  });
  await cluster.start();
  afterwards(t, () => removeFolder(cluster.folder)); // For root it is elsewhere.
  afterwards(t, () => cluster.stop("SIGQUIT"));
  cluster.sql = (text, database) => psql(cluster, cluster.url({ database }), text);
  return cluster;
}

/** Runs SQL as a person would beside the running service. */
export function psql(cluster, url, text) {
  return execFileSync(join(cluster.bin, "psql"), ["-XqAt", "-v", "ON_ERROR_STOP=1", url], {
    input: text,
    encoding: "utf8",
  }).trim();
}

/** A service, not started, whose source is the cluster. `connection` are more lines of the connection. */
export function configure(
  t,
  cluster,
  { port = cluster.port, database = "postgres", connection = {}, ...options } = {},
) {
  const service = new Service(t, options);
  process.env.PS_TEST_PASSWORD = cluster.password;
  pointAt(service, {
    type: "postgresql",
    hostname: "127.0.0.1",
    port,
    database,
    username: "postgres",
    password: "!env PS_TEST_PASSWORD",
    sslmode: "disable",
    ...connection,
  });
  return service;
}

/** Writes another connection into the service's configuration. A text of several lines becomes a block. */
export function pointAt(service, members) {
  const file = join(service.folder, "service.yaml");
  const text = readFileSync(file, "utf8");
  const lines = Object.entries(members).map(([name, value]) => {
    const isBlock = String(value).includes("\n");
    return `${name}: ${isBlock ? `|\n${String(value).replace(/^/gm, "        ").trimEnd()}` : value}`;
  });
  const replaced = text.replace(
    /( {2}connections:\n {4}- )[\s\S]*?(?=\nstorage:)/,
    (_, head) => head + lines.join("\n      "),
  );
  assert.ok(replaced.includes(lines.join("\n      ")));
  writeFileSync(file, replaced);
}
