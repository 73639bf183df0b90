// Starts the real skerryd on a folder of its own and talks to it over real sockets.
import { execFileSync, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { SignJWT } from "jose";
import { root } from "../../../scripts/run.mjs";

export const binary = process.env.SKERRYD ?? join(root, "build/service-release/service/app/skerryd");
export const ndjson = "application/x-ndjson";
export const bson = "application/vnd.powersync.bson-stream";

export function temporaryFolder(test) {
  const folder = mkdtempSync(join(tmpdir(), "skerry-service-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the sqlite3 shell on a file, as a person would beside the running service. */
export function sqlite(file, sql) {
  return execFileSync("sqlite3", ["-cmd", ".timeout 5000", file], { input: sql, encoding: "utf8" }).trim();
}

const schema = `
  CREATE TABLE lists(id TEXT PRIMARY KEY, name TEXT, owner_id TEXT);
  CREATE TABLE todos(id TEXT PRIMARY KEY, list_id TEXT, text TEXT);
  INSERT INTO lists VALUES ('l1', 'Groceries', 'alice'), ('l2', 'Café ☕', 'alice'), ('l3', 'Garage', 'bob');
  INSERT INTO todos VALUES ('t1', 'l1', 'milk'), ('t2', 'l1', 'bread'), ('t3', 'l3', 'screws');`;

const streams = `
config:
  edition: 3
streams:
  lists:
    auto_subscribe: true
    priority: 1
    query: SELECT * FROM lists WHERE owner_id = auth.user_id()
  todos:
    auto_subscribe: true
    query: SELECT * FROM todos WHERE list_id IN (SELECT id FROM lists WHERE owner_id = auth.user_id())
  list_todos:
    query: SELECT * FROM todos WHERE list_id = subscription.parameter('list_id')
`;

/** Ends with the text that the child wrote until it said where it listens, or rejects with all of it. */
export function waitUntilListening(child) {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk) => {
      text += chunk;
      const match = /listening on http:\/\/[^\s]+:(\d+)/.exec(text);
      if (match) resolve(Number(match[1]));
    };
    child.stdout.on("data", read);
    child.stderr.on("data", (chunk) => (text += chunk));
    child.on("error", reject);
    child.on("close", (code) => reject(new Error(`skerryd ended with code ${code}:\n${text}`)));
  });
}

/** A program run to its end: { code, text }. */
export function runToEnd(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, text }));
  });
}

class Process {
  constructor(args) {
    this.child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.log = "";
    this.output = "";
    this.child.stderr.on("data", (chunk) => (this.log += chunk));
    this.child.stdout.on("data", (chunk) => (this.output += chunk));
    this.closed = new Promise((resolve) => this.child.once("close", (code, signal) => resolve({ code, signal })));
  }

  /** Sends the signal and resolves with { code, signal, ms }. */
  async end(signal = "SIGTERM") {
    const started = performance.now();
    this.child.kill(signal);
    return { ...(await this.closed), ms: performance.now() - started };
  }
}

/** `skerryd run` with one symmetric and one ECDSA key. */
export class Service {
  constructor(test, { settings = "", sql = schema, streamsText = streams } = {}) {
    this.folder = temporaryFolder(test);
    this.source = join(this.folder, "app.db");
    this.secret = randomBytes(32);
    this.ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = this.ec.publicKey.export({ format: "jwk" });
    sqlite(this.source, sql);
    writeFileSync(join(this.folder, "streams.yaml"), streamsText);
    writeFileSync(
      join(this.folder, "service.yaml"),
      `replication:
  connections:
    - type: sqlite
      uri: sqlite:app.db
storage:
  type: sqlite
  path: storage.db
port: 0
address: 127.0.0.1
sync_config:
  path: streams.yaml
client_auth:
  audience: [app]
  jwks:
    keys:
      - { kty: oct, alg: HS256, kid: shared, k: ${this.secret.toString("base64url")} }
      - { kty: EC, alg: ES256, kid: curve, crv: P-256, x: ${jwk.x}, y: ${jwk.y} }
${settings}`,
    );
    test.after(() => this.process?.end("SIGKILL"));
  }

  static async start(test, options) {
    const service = new Service(test, options);
    await service.start();
    return service;
  }

  launch() {
    const run = ["run", "--config", join(this.folder, "service.yaml"), "--port", String(this.port ?? 0)];
    this.process = new Process(this.arguments ?? run);
  }

  async start() {
    this.launch();
    this.port = await waitUntilListening(this.process.child);
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  sql(text) {
    return sqlite(this.source, text);
  }

  token(
    user = "alice",
    {
      iat = Math.floor(Date.now() / 1000),
      life = 600,
      aud = "app",
      kid = "shared",
      key,
      alg = "HS256",
      claims = {},
    } = {},
  ) {
    const payload = { iat, exp: iat + life, aud, ...(user === null ? {} : { sub: user }), ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(key ?? this.secret);
  }

  /** One request with any headers; resolves with { status, headers, body }. */
  async call(method, path, { token, body, headers = {} } = {}) {
    const all = { ...headers };
    if (token) all.authorization = `Token ${token}`;
    if (body !== undefined && !all["content-type"]) all["content-type"] = "application/json";
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = httpRequest(this.url + path, { method, headers: all, agent: false }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const body = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode, headers: response.headers, body, json: tryParse(body) });
        });
      });
      request.on("error", reject);
      request.end(text);
    });
  }

  /** Opens a sync stream; the answer has to be 200. */
  async stream({ token, user = "alice", body = {}, headers = {}, path = "/sync/stream" } = {}) {
    const authorization = `Token ${token ?? (await this.token(user))}`;
    const request = httpRequest(this.url + path, {
      method: "POST",
      agent: false,
      headers: { "content-type": "application/json", authorization, ...headers },
    });
    request.end(JSON.stringify({ buckets: [], raw_data: true, client_id: "c1", ...body }));
    return new Promise((resolve, reject) => {
      request.on("error", reject);
      request.on("response", (response) => resolve(new Stream(request, response)));
    });
  }
}

function tryParse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The lines of one stream as they come. */
export class Stream {
  constructor(request, response) {
    this.request = request;
    this.response = response;
    this.status = response.statusCode;
    this.headers = response.headers;
    this.lines = [];
    this.raw = [];
    this.ended = false;
    this.broken = false;
    this.wake = () => {};
    response.on("data", (chunk) => this.raw.push(chunk));
    const encoding = this.headers["content-encoding"];
    if (encoding === "zstd") return; // Node 20 cannot decode it: such a stream has raw bytes only.
    const body = encoding === "gzip" ? response.pipe(createGunzip()) : response;
    const cut = this.headers["content-type"] === bson ? cutDocuments : cutLines;
    let rest = Buffer.alloc(0);
    body.on("data", (chunk) => {
      rest = cut(Buffer.concat([rest, chunk]), this.lines);
      this.wake();
    });
    body.on("end", () => {
      this.ended = true;
      this.wake();
    });
    const fail = () => {
      this.broken = true;
      this.wake();
    };
    body.on("error", fail);
    response.on("aborted", fail);
    response.on("error", fail);
    request.on("error", fail);
  }

  /** Waits until `condition(this)` holds. */
  async until(condition, what = "the stream", timeout = 10_000) {
    const deadline = Date.now() + timeout;
    while (!condition(this)) {
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(
          `${what} did not come; got:\n${this.lines.map((line) => JSON.stringify(line).slice(0, 200)).join("\n")}`,
        );
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Waits until the `n`-th checkpoint_complete and gives the lines up to it. */
  async complete(n = 1, timeout) {
    const ends = () => this.lines.flatMap((line, i) => ("checkpoint_complete" in line ? [i] : []));
    await this.until(() => ends().length >= n, `checkpoint_complete ${n}`, timeout);
    return this.lines.slice(0, ends()[n - 1] + 1);
  }

  /** Every operation so far, in order. */
  operations() {
    return this.lines.flatMap((line) => line.data?.data ?? []);
  }

  close() {
    this.request.destroy();
  }
}

function cutLines(bytes, lines) {
  for (;;) {
    const end = bytes.indexOf(10);
    if (end < 0) return bytes;
    lines.push(JSON.parse(bytes.subarray(0, end).toString()));
    bytes = bytes.subarray(end + 1);
  }
}

function cutDocuments(bytes, lines) {
  for (;;) {
    if (bytes.length < 4) return bytes;
    const size = bytes.readInt32LE(0);
    if (bytes.length < size) return bytes;
    lines.push(decodeBson(bytes.subarray(0, size)));
    bytes = bytes.subarray(size);
  }
}

/** Enough of BSON for what the service may send (P-037); written from the format, not from the service's encoder. */
function decodeBson(bytes, isArray = false) {
  const result = isArray ? [] : {};
  let at = 4;
  const cstring = () => {
    const end = bytes.indexOf(0, at);
    const text = bytes.toString("utf8", at, end);
    at = end + 1;
    return text;
  };
  for (;;) {
    const type = bytes[at++];
    if (type === 0) return result;
    const name = cstring();
    let value;
    if (type === 2) {
      const size = bytes.readInt32LE(at);
      value = bytes.toString("utf8", at + 4, at + 4 + size - 1);
      at += 4 + size;
    } else if (type === 3 || type === 4) {
      const size = bytes.readInt32LE(at);
      value = decodeBson(bytes.subarray(at, at + size), type === 4);
      at += size;
    } else if (type === 8) value = bytes[at++] === 1;
    else if (type === 10) value = null;
    else if (type === 16) {
      value = bytes.readInt32LE(at);
      at += 4;
    } else if (type === 1) {
      value = bytes.readDoubleLE(at);
      at += 8;
    } else throw new Error(`BSON type ${type} at ${name}`);
    if (isArray) result.push(value);
    else result[name] = value;
  }
}
