// A real Postgres for a test: a cluster in a temporary folder that leaves with the test.
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { PostgresCluster } from "../../scripts/postgres.mjs";
import { root } from "../../scripts/run.mjs";
import { afterwards, temporaryFolder } from "./cleanup.mjs";

/**
 * A started cluster. It forgets to sync: a test's power does not fail, and a killed server loses nothing by it.
 * `sql(text, database)` runs SQL as its superuser.
 */
export async function startPostgres(test, { settings = {} } = {}) {
  const folder = temporaryFolder(test, "postgres");
  chmodSync(folder, 0o711); // Below it the server's user has a folder of its own.
  const cluster = new PostgresCluster(join(folder, "pg"), { settings: { fsync: "off", ...settings } });
  afterwards(test, () => cluster.stop("SIGQUIT"));
  await cluster.start();
  cluster.sql = (text, database) => psql(cluster.url({ database }), text);
  return cluster;
}

/** Rows of one statement, or of the last of several, as the owner of everything. */
export async function query(url, text, values) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const result = await client.query(text, values);
    return (Array.isArray(result) ? result.at(-1) : result).rows;
  } finally {
    await client.end();
  }
}

/** Runs SQL with psql, as a person would beside the running service. */
export function psql(url, text) {
  const quiet = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"];
  return execFileSync("psql", [...quiet, url], { input: text, encoding: "utf8" }).trim();
}

const example = (name) => readFileSync(join(root, "examples/backend-node/sql", name), "utf8");

const password = "of-the-test";
const template = "example_template";

/** A database of its own with the example's schema, roles and first rows; its URLs by role. */
export async function createExampleDatabase(cluster, name = "skerry") {
  const made = await query(cluster.url(), "SELECT FROM pg_database WHERE datname = $1", [template]);
  if (made.length === 0) {
    await query(cluster.url(), `CREATE DATABASE ${template}`);
    const owner = cluster.url({ database: template });
    for (const file of ["schema.sql", "roles.sql", "seed.sql"]) await query(owner, example(file));
    for (const role of ["skerry_app", "skerry_sync"]) await query(owner, `ALTER ROLE ${role} PASSWORD '${password}'`);
  }
  await query(cluster.url(), `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return {
    owner: cluster.url({ database: name }),
    app: cluster.url({ user: "skerry_app", password, database: name }),
    sync: cluster.url({ user: "skerry_sync", password, database: name }),
  };
}
