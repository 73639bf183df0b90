// Starts the real skerryd on a folder of its own and talks to it over real sockets.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { SignJWT } from "jose";
import { afterwards, temporaryFolder } from "../../support/cleanup.mjs";
import { Skerryd, sqlite } from "../../support/skerryd.mjs";
import { SyncStream } from "./sync-stream.mjs";

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

const sqliteConnection = { type: "sqlite", uri: "sqlite:app.db" };

/** A connection of the configuration, to a cluster. `members` add to it or stand for others; the password comes by the environment. */
export function postgresConnection(cluster, members = {}) {
  process.env.PS_TEST_PASSWORD = cluster.password;
  return {
    type: "postgresql",
    hostname: "127.0.0.1",
    port: cluster.port,
    database: "postgres",
    username: "postgres",
    password: "!env PS_TEST_PASSWORD",
    sslmode: "disable",
    ...members,
  };
}

/** The members of a connection as YAML. A text of several lines becomes a block. */
function connectionYaml(connection) {
  const given = Object.entries(connection).filter(([, value]) => value !== undefined);
  const lines = given.map(([name, value]) => {
    const isBlock = String(value).includes("\n");
    return `${name}: ${isBlock ? `|\n${String(value).replace(/^/gm, "        ").trimEnd()}` : value}`;
  });
  return `    - ${lines.join("\n      ")}`;
}

/** `skerryd run` with one symmetric and one ECDSA key. */
export class Service {
  constructor(test, { settings = "", sql = schema, streamsText = streams, connection = sqliteConnection } = {}) {
    this.folder = temporaryFolder(test, "service");
    this.source = join(this.folder, "app.db");
    this.secret = randomBytes(32);
    this.ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.settings = settings;
    sqlite(this.source, sql);
    writeFileSync(join(this.folder, "streams.yaml"), streamsText);
    this.connect(connection);
    afterwards(test, () => this.process?.end("SIGKILL"));
  }

  /** Names the source in the configuration, for the next start. */
  connect(connection) {
    const jwk = this.ec.publicKey.export({ format: "jwk" });
    writeFileSync(
      join(this.folder, "service.yaml"),
      `replication:
  connections:
${connectionYaml(connection)}
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
${this.settings}`,
    );
  }

  static async start(test, options) {
    const service = new Service(test, options);
    await service.start();
    return service;
  }

  launch() {
    const run = ["run", "--config", join(this.folder, "service.yaml"), "--port", String(this.port ?? 0)];
    this.process = new Skerryd(this.arguments ?? run);
  }

  async start() {
    this.launch();
    this.port = await this.process.listening();
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
      request.on("response", (response) => resolve(new SyncStream(request, response)));
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
