// The demo as a real app is built: Postgres, a backend that writes to it, skerryd that follows it, and a page that knows only the two.
//
// Everything is kept in one folder. A part that is stopped and started again keeps its address, so the others find it.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { prepareDatabase } from "./demo-database.mjs";
import { untilListening } from "./listening.mjs";
import { PageServer } from "./page-server.mjs";
import { freePort, PostgresCluster } from "./postgres.mjs";
import { root } from "./run.mjs";

const audience = "skerry-demo";

/** One of our programs: `start` resolves when it listens, `stop` when it is gone. */
class Program {
  constructor(name, command, log) {
    this.name = name;
    this.command = command;
    this.log = log;
    this.port = 0;
    this.child = null;
    this.onEnd = () => {};
  }

  get url() {
    return `http://localhost:${this.port}`;
  }

  async start() {
    const { args, env } = this.command(this.port);
    const child = spawn(args[0], args.slice(1), {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", this.log],
    });
    this.child = child;
    child.on("close", (code, signal) => {
      if (this.child === child) this.onEnd(`${this.name} ended with ${signal ?? `code ${code}`}`);
    });
    this.port = await untilListening(child, this.name);
  }

  async stop(signal = "SIGTERM") {
    const { child } = this;
    this.child = null; // From here on its end is expected.
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("close", done));
    child.kill(signal);
    await gone;
  }
}

/** skerryd's configuration. What is JSON is YAML too, and its quoting is nobody's puzzle. */
function serviceConfig({ database, jwksUri, storage }) {
  const text = JSON.stringify;
  return `# Written by the demo at each start; docs/service.md explains the members.
replication:
  connections:
    - type: postgresql
      uri: ${text(database)}
      sslmode: disable
storage: { type: sqlite, path: ${text(storage)} }
sync_config: { path: ${text(join(root, "web-demo/service/streams.yaml"))} }
address: 127.0.0.1
client_auth:
  audience: [${audience}]
  # The backend's public keys.
  jwks_uri: ${jwksUri}
`;
}

export class PostgresDemo {
  /** `log` is where the programs' messages go: "inherit" or a file descriptor. */
  constructor(
    folder,
    { clusterSettings = {}, log = "inherit", skerryd = join(root, "build/service-release/service/app/skerryd") } = {},
  ) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.cluster = new PostgresCluster(join(folder, "cluster"), { settings: clusterSettings });
    this.configFile = join(folder, "service.yaml");
    const run = (port) => ({ args: [skerryd, "run", "--config", this.configFile, "--port", String(port)] });
    this.service = new Program("skerryd", run, log);
    this.backend = new Program("the backend", (port) => this.#backendCommand(port), log);
    const at = (path) => `${this.backend.url}${path}`;
    this.page = new PageServer(join(root, "web-demo/dist"), () => ({ token: at("/api/token"), crud: at("/api/crud") }));
  }

  get url() {
    return `http://localhost:${this.page.port}`;
  }

  /** Starts all parts, the page on `port` (0: any free one). */
  async start(port = 0) {
    this.startedCluster = await this.cluster.start();
    this.database = await prepareDatabase(this.cluster);
    await this.page.start(port);
    // The backend names skerryd's address in its answers, and skerryd asks it for its keys: one of them has to be known before.
    this.service.port = await freePort();
    await this.backend.start();
    const config = serviceConfig({
      database: this.database.sync,
      jwksUri: `http://127.0.0.1:${this.backend.port}/.well-known/jwks.json`,
      storage: join(this.folder, "storage.db"),
    });
    writeFileSync(this.configFile, config, { mode: 0o600 });
    await this.service.start();
  }

  /** Rejects with a sentence when one of the programs ends by itself. */
  untilBroken() {
    return new Promise((_, reject) => {
      for (const program of [this.service, this.backend]) program.onEnd = (message) => reject(new Error(message));
    });
  }

  /** Ends all parts; a server that was running before is left running. */
  async stop() {
    await Promise.all([this.page.stop(), this.backend.stop(), this.service.stop()]);
    if (this.startedCluster !== false) await this.cluster.stop();
  }

  #backendCommand(port) {
    const env = {
      DATABASE_URL: this.database.app,
      PORT: String(port),
      HOST: "127.0.0.1",
      PAGE_ORIGINS: `${this.url},http://127.0.0.1:${this.page.port}`,
      SYNC_URL: this.service.url,
      AUDIENCE: audience,
      KEYS_FILE: join(this.folder, "keys.json"),
      DEMO_USERS: "alice,bob",
    };
    return { args: [process.execPath, join(root, "examples/backend-node/server.js")], env };
  }
}
