// Replication from a local Postgres, from commit to bucket and to a client's line.
//
//   SKERRYD=path/to/skerryd node bench/service/postgres.mjs [rows, default 1000000]
//
// Snapshot: rows of 200 bytes in one bucket per list of 1,000. Streaming: one large transaction, many small ones from one
// connection (which waits for the disk at each commit) and from sixteen.
// Latency: from inside the INSERT, so its commit counts, to the client's data line, with quiet before each.
import { execFileSync, spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { PostgresCluster } from "../../scripts/postgres.mjs";
import { root } from "../../scripts/run.mjs";

const rows = Number(process.argv[2] ?? 1_000_000);
const binary = process.env.SKERRYD ?? join(root, "build/service-release/service/app/skerryd");
const folder = mkdtempSync(join(tmpdir(), "skerry-bench-"));
const secret = randomBytes(32);
const cluster = new PostgresCluster(join(folder, "pg"), { settings: { max_wal_size: "8GB", fsync: "on" } });
let service;

const sql = (text) =>
  execFileSync(join(cluster.bin, "psql"), ["-XqAt", "-v", "ON_ERROR_STOP=1", cluster.url()], {
    input: text,
  }).toString();
/** The same beside others. */
function sqlBeside(text) {
  const child = spawn(join(cluster.bin, "psql"), ["-XqAt", "-v", "ON_ERROR_STOP=1", cluster.url()], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  child.stdin.end(text);
  return new Promise((resolve, reject) =>
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`psql ended with ${code}`)))),
  );
}
const seconds = (from) => (performance.now() - from) / 1000;
const tell = (what, count, time, unit) =>
  console.log(`${what}: ${Math.round(count / time).toLocaleString("en")} ${unit}/s (${count} in ${time.toFixed(1)} s)`);

function token(user) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: "HS256", kid: "k" })}.${part({ sub: user, aud: "bench", iat: now, exp: now + 3600 })}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

function start() {
  const from = performance.now();
  service = spawn(binary, ["run", "--config", join(folder, "service.yaml")], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    service.once("exit", (code) => reject(new Error(`skerryd ended with ${code}`)));
    let text = "";
    service.stdout.on("data", (chunk) => {
      text += chunk;
      const port = /:(\d+)\n/.exec(text);
      if (port) resolve({ port: Number(port[1]), time: seconds(from) });
    });
  });
}

/** Opens a stream and calls `onLine` for each of its lines. */
function listen(port, user, onLine) {
  const call = request({
    port,
    host: "127.0.0.1",
    path: "/sync/stream",
    method: "POST",
    headers: { authorization: `Token ${token(user)}`, "content-type": "application/json" },
  });
  call.end(JSON.stringify({ buckets: [], raw_data: true, client_id: "bench" }));
  call.on("response", (response) => {
    let rest = "";
    response.setEncoding("utf8");
    response.on("data", (chunk) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop();
      for (const line of lines) onLine(line);
    });
  });
  call.on("error", () => {});
  return call;
}

/** Resolves when a line of the watcher's stream has `text`. */
const waiting = new Map();
function heard(line) {
  for (const [text, resolve] of waiting) {
    if (!line.includes(text)) continue;
    waiting.delete(text);
    resolve(performance.now());
  }
}
const hear = (text) => new Promise((resolve) => waiting.set(text, resolve));

const peakMegabytes = () =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${service.pid}/status`, "utf8"))[1]) / 1024;

try {
  await cluster.start();
  sql(`CREATE TABLE items(id uuid PRIMARY KEY, list text NOT NULL, text text);
    CREATE TABLE watched(id text PRIMARY KEY, v text);
    CREATE PUBLICATION powersync FOR ALL TABLES;
    INSERT INTO items SELECT gen_random_uuid(), 'list' || (i % ${Math.ceil(rows / 1000)}), repeat('x', 140)
      FROM generate_series(1, ${rows}) i;`);
  writeFileSync(
    join(folder, "service.yaml"),
    `replication:
  connections: [{ type: postgresql, uri: "${cluster.url()}", sslmode: disable }]
storage: { type: sqlite, path: storage.db }
port: 0
address: 127.0.0.1
sync_config:
  content: |
    config: { edition: 3 }
    streams:
      items: { query: "SELECT * FROM items WHERE list = subscription.parameter('list')" }
      watched: { auto_subscribe: true, query: SELECT * FROM watched }
client_auth:
  audience: [bench]
  jwks: { keys: [{ kty: oct, alg: HS256, kid: k, k: ${secret.toString("base64url")} }] }
`,
  );
  const { port, time } = await start();
  tell("snapshot", rows, time, "rows");
  const stream = listen(port, "u", heard);

  const after = async (name, statements) => {
    const marked = hear(name);
    const from = performance.now();
    sql(`${statements}; INSERT INTO watched VALUES ('${name}', 'x')`);
    const written = seconds(from);
    await marked;
    return { total: seconds(from), replicated: seconds(from) - written };
  };
  const large = await after("large", `UPDATE items SET text = repeat('y', 140)`);
  tell("large transaction, after its commit", rows, large.replicated, "row changes");
  const small = 5_000;
  const inserts = Array.from(
    { length: small },
    (_, i) => `INSERT INTO items VALUES (gen_random_uuid(), 'small', 'row ${i}')`,
  );
  const many = await after("small", inserts.join(";"));
  tell(
    "small transactions of one connection, from the first commit to the last line",
    small,
    many.total,
    "transactions",
  );

  const writers = 16;
  const parts = Array.from({ length: writers }, () => inserts.slice(0, 1_000).join(";"));
  const marked = hear("beside");
  const from = performance.now();
  await Promise.all(parts.map(sqlBeside));
  const written = seconds(from);
  sql(`INSERT INTO watched VALUES ('beside', 'x')`);
  await marked;
  tell(`small transactions of ${writers} connections, Postgres alone`, writers * 1_000, written, "transactions");
  tell("the same, to the last line", writers * 1_000, seconds(from), "transactions");

  const latencies = [];
  for (let i = 0; i < 30; ++i) {
    await pause(200);
    const marked = hear(`quiet${i}.`);
    const written = sql(`INSERT INTO watched VALUES ('quiet${i}.', 'x')
      RETURNING extract(epoch FROM clock_timestamp()) * 1000`);
    latencies.push(performance.timeOrigin + (await marked) - Number(written));
  }
  latencies.sort((a, b) => a - b);
  console.log(
    `INSERT (its commit included) to line: median ${latencies[15].toFixed(1)} ms, worst ${latencies[29].toFixed(1)} ms`,
  );
  console.log(`peak memory: ${Math.round(peakMegabytes())} MB`);
  stream.destroy();
} finally {
  service?.removeAllListeners("exit");
  service?.kill("SIGKILL");
  await cluster.stop("SIGQUIT");
  for (const left of [cluster.folder, folder])
    rmSync(left, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
