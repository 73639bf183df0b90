// The app's database while the service is killed: one writer with transactions, and what every user has to see after each.
import { spawn } from "node:child_process";
import { once } from "node:events";
import pg from "pg";
import { afterwards } from "../../../support/cleanup.mjs";
import { evaluations, schema } from "./app.mjs";

/** Rows by config and user: Map of "config user" to [type, object]. */
function grouped() {
  const groups = new Map();
  for (const { config, user } of evaluations()) groups.set(`${config} ${user}`, []);
  return groups;
}

export class SqliteApp {
  static dialect = "sqlite";
  #shell;
  #output = "";
  #heard = () => {};

  static create(t, service) {
    service.sql(`PRAGMA journal_mode = WAL; ${schema}`);
    return new SqliteApp(t, service.source);
  }

  constructor(t, file) {
    // Its errors in the midst of its answers, so that they belong to a statement.
    this.#shell = spawn("sh", ["-c", 'exec sqlite3 -json -cmd ".timeout 60000" "$0" 2>&1', file], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#shell.stdout.setEncoding("utf8");
    this.#shell.stdout.on("data", (text) => {
      this.#output += text;
      this.#heard();
    });
    afterwards(t, async () => {
      const closed = once(this.#shell, "close");
      this.#shell.stdin.end();
      await closed;
    });
  }

  async begin(statements) {
    await this.#run([["BEGIN IMMEDIATE", ...statements].join(";\n")]);
  }

  async evaluate() {
    const asked = evaluations();
    const answers = await this.#run(asked.map(({ sql }) => sql));
    const groups = grouped();
    asked.forEach(({ config, user, type }, i) => {
      for (const row of answers[i] ? JSON.parse(answers[i]) : []) groups.get(`${config} ${user}`).push([type, row]);
    });
    return groups;
  }

  async end(word) {
    await this.#run([word]);
  }

  /** The answers of some statements, as texts. */
  async #run(texts) {
    const mark = "--end of the answer--";
    this.#output = "";
    this.#shell.stdin.write(texts.map((text) => `${text};\n.print ${mark}\n`).join(""));
    const parts = () => this.#output.split(`${mark}\n`);
    while (parts().length <= texts.length) {
      await new Promise((resolve) => {
        this.#heard = resolve;
      });
    }
    const answers = parts().slice(0, texts.length);
    const problem = answers.find((answer) => /^(Parse|Runtime) error/m.test(answer));
    if (problem) throw new Error(`sqlite3: ${problem}`);
    return answers;
  }
}

export class PostgresApp {
  static dialect = "postgres";
  #client;
  #evaluation;

  /** In a database of its own. */
  static async create(t, cluster, database) {
    cluster.sql(`CREATE DATABASE ${database}`);
    cluster.sql(
      `${schema} ALTER TABLE notes REPLICA IDENTITY FULL; CREATE PUBLICATION powersync FOR ALL TABLES`,
      database,
    );
    const app = new PostgresApp();
    await app.connect(cluster.url({ database }));
    afterwards(t, () => app.disconnect());
    return app;
  }

  constructor() {
    const parts = evaluations().map(
      ({ config, user, type, sql }) =>
        `SELECT '${config} ${user}' AS who, '${type}' AS type, to_json(t) AS row FROM (${sql}) t`,
    );
    this.#evaluation = parts.join(" UNION ALL ");
  }

  async connect(url) {
    this.#client = new pg.Client({ connectionString: url });
    this.#client.on("error", () => {}); // A server that ends fails the next statement, if there is one.
    await this.#client.connect();
  }

  async disconnect() {
    await this.#client?.end();
    this.#client = null;
  }

  async begin(statements) {
    await this.#client.query(["BEGIN", ...statements].join(";\n"));
  }

  async evaluate() {
    const groups = grouped();
    for (const { who, type, row } of (await this.#client.query(this.#evaluation)).rows)
      groups.get(who).push([type, row]);
    return groups;
  }

  async end(word) {
    await this.#client.query(word);
  }
}
