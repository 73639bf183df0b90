// The two kinds of source database that the service is measured on: how each is filled, named in the configuration, and
// written to by another program.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { PostgresCluster } from "../../scripts/postgres.mjs";

const tables = `
  CREATE TABLE rows(id TEXT PRIMARY KEY, owner TEXT, name TEXT, number INTEGER, note TEXT);
  CREATE TABLE ticks(id TEXT PRIMARY KEY, owner TEXT, at TEXT);
  INSERT INTO ticks VALUES ('tick', 'listener', '0');`;
const update = (i) => `UPDATE ticks SET at = '${i}'`;

class SqliteFile {
  connection = "{ type: sqlite, path: app.db }";

  constructor(folder) {
    this.file = join(folder, "app.db");
  }

  async fill(count) {
    execFileSync("sqlite3", [this.file], {
      input: `PRAGMA journal_mode = WAL; ${tables}
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
        INSERT INTO rows SELECT printf('%08d-0000-4000-8000-000000000000', i), 'reader', 'row number ' || i, i, 'a short note' FROM n;`,
    });
    this.shell = spawn("sqlite3", ["-cmd", ".timeout 60000", this.file], { stdio: ["pipe", "pipe", "inherit"] });
  }

  /** Resolves when the commit is answered. */
  async commit(i) {
    this.shell.stdin.write(`${update(i)}; SELECT 'committed';\n`);
    await once(this.shell.stdout, "data");
  }

  async stop() {
    this.shell?.stdin.end();
  }
}

class LocalPostgres {
  constructor(folder) {
    this.cluster = new PostgresCluster(join(folder, "pg"), { settings: { max_wal_size: "8GB" } });
  }

  get connection() {
    return `{ type: postgresql, uri: "${this.cluster.url()}", sslmode: disable }`;
  }

  async fill(count) {
    await this.cluster.start();
    this.client = new pg.Client({ connectionString: this.cluster.url() });
    await this.client.connect();
    await this.client.query(`${tables} CREATE PUBLICATION powersync FOR ALL TABLES;
      INSERT INTO rows SELECT lpad(i::text, 8, '0') || '-0000-4000-8000-000000000000', 'reader', 'row number ' || i, i, 'a short note'
        FROM generate_series(1, ${count}) AS i`);
  }

  async commit(i) {
    await this.client.query(update(i));
  }

  async stop() {
    await this.client?.end();
    await this.cluster.stop();
    rmSync(this.cluster.folder, { recursive: true, force: true }); // For root it is elsewhere.
  }
}

export const sources = { sqlite: SqliteFile, postgres: LocalPostgres };
