// The demo's database in a Postgres cluster: made once with the example's schema, roles and first rows; new passwords at each start.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { root } from "./run.mjs";

const name = "skerry";
const roles = { app: "skerry_app", sync: "skerry_sync" };
const sql = (file) => readFileSync(join(root, "examples/backend-node/sql", file), "utf8");

async function connected(url, action) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await action(client);
  } finally {
    await client.end();
  }
}

/** URLs for the person at the keyboard, for the backend and for skerryd. */
export async function prepareDatabase(cluster) {
  await connected(cluster.url(), async (client) => {
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${name}`);
  });
  const owner = cluster.url({ database: name });
  const urls = { owner };
  await connected(owner, async (client) => {
    await client.query("BEGIN");
    const { rows } = await client.query("SELECT to_regclass('lists') IS NULL AS empty");
    if (rows[0].empty) for (const file of ["schema.sql", "roles.sql", "seed.sql"]) await client.query(sql(file));
    for (const [use, user] of Object.entries(roles)) {
      const password = randomBytes(18).toString("base64url");
      await client.query(`ALTER ROLE ${user} PASSWORD ${client.escapeLiteral(password)}`);
      urls[use] = cluster.url({ user, password, database: name });
    }
    await client.query("COMMIT");
  });
  return urls;
}
