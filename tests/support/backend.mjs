// Starts the example backend as a user would, on a database of its own, and talks to it over real sockets.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { untilListening } from "../../scripts/listening.mjs";
import { root } from "../../scripts/run.mjs";

export const program = join(root, "examples/backend-node/server.js");
export const pageOrigin = "http://localhost:8080";

/** Ids of the first rows (sql/seed.sql). */
export const groceries = "a1f4c0de-0001-4000-8000-000000000001";
export const team = "a1f4c0de-0001-4000-8000-000000000003";
export const garage = "b0b4c0de-0001-4000-8000-000000000001";
export const milk = "70d00000-0001-4000-8000-000000000001";

export class Backend {
  /** `settings` are environment variables of the program. */
  constructor(test, settings) {
    this.folder = mkdtempSync(join(tmpdir(), "skerry-backend-"));
    this.settings = { KEYS_FILE: join(this.folder, "keys.json"), ...settings };
    this.port = 0;
    this.output = "";
    this.log = "";
    this.opIds = new Map();
    test.after(async () => {
      await this.stop();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  static async start(test, settings) {
    const backend = new Backend(test, settings);
    await backend.start();
    return backend;
  }

  async start() {
    const { PATH } = process.env;
    this.child = spawn(process.execPath, [program], {
      env: { PATH, PORT: String(this.port), ...this.settings },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout.on("data", (chunk) => {
      this.output += chunk;
    });
    this.child.stderr.on("data", (chunk) => {
      this.log += chunk;
    });
    this.port = await untilListening(this.child, "the backend");
  }

  async stop(signal = "SIGTERM") {
    const { child } = this;
    this.child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("close", done));
    child.kill(signal);
    await gone;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** { status, headers, text, json }. A body that is not text is sent as JSON. */
  async call(method, path, { token, body, headers = {} } = {}) {
    const all = { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers };
    if (token) all.authorization = `Token ${token}`;
    const sent =
      typeof body === "string" || body instanceof Uint8Array || body === undefined ? body : JSON.stringify(body);
    const response = await fetch(this.url + path, { method, headers: all, body: sent });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  }

  async token(user = "alice") {
    const { json } = await this.call("POST", "/api/token", { body: { user } });
    return json.token;
  }

  /** Uploads writes as a client's queue would: every entry gets the client's next op_id. The answer's JSON. */
  async upload(user, entries, { client = `${user}-laptop` } = {}) {
    const { status, json } = await this.send(user, this.number(entries, client), { client });
    if (status !== 200) throw new Error(`the upload was answered with ${status}: ${JSON.stringify(json)}`);
    return json;
  }

  number(entries, client) {
    return entries.map((entry) => {
      const op_id = (this.opIds.get(client) ?? 0) + 1;
      this.opIds.set(client, op_id);
      return { op_id, ...entry };
    });
  }

  /** Uploads a batch exactly as it is. */
  async send(user, batch, { client = `${user}-laptop` } = {}) {
    return this.call("POST", "/api/crud", { token: await this.token(user), body: { client_id: client, batch } });
  }
}

export const put = (type, id, data) => ({ op: "PUT", type, id, data });
export const patch = (type, id, data, old) => ({ op: "PATCH", type, id, data, ...(old ? { old } : {}) });
export const remove = (type, id, old) => ({ op: "DELETE", type, id, ...(old ? { old } : {}) });
