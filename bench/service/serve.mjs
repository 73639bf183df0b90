// What the service serves: operations per second to one client, and the time from a commit in the source to the client's
// line while many others wait, with the memory that each of those costs.
//
//   node bench/service/serve.mjs [--source sqlite|postgres] [--operations 1000000] [--idle 2000] [--commits 200] [--encoding bson|ndjson]
//
// The source is in a temporary folder; source, client and service share the machine.
import { spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../../scripts/run.mjs";
import { sources } from "./serve-sources.mjs";

const { values: options } = parseArgs({
  options: {
    source: { type: "string", default: "sqlite" },
    operations: { type: "string", default: "1000000" },
    idle: { type: "string", default: "2000" },
    commits: { type: "string", default: "200" },
    encoding: { type: "string", default: "bson" },
  },
});
const [operations, idle, commits] = [options.operations, options.idle, options.commits].map(Number);
const binary = process.env.SKERRYD ?? join(root, "build/service-release/service/app/skerryd");
const types = { bson: "application/vnd.powersync.bson-stream", ndjson: "application/x-ndjson" };

const folder = mkdtempSync(join(tmpdir(), "skerry-bench-"));
const source = new sources[options.source](folder);
const secret = randomBytes(32);

function token(user) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const iat = Math.floor(Date.now() / 1000);
  const text = `${encode({ alg: "HS256", kid: "k" })}.${encode({ sub: user, aud: "app", iat, exp: iat + 3600 })}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/** A bare socket with the request for a stream sent: a parser of HTTP would be what is measured. */
function openStream(port, user, { encoding = "ndjson", compression = "identity" } = {}) {
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  const body = JSON.stringify({ buckets: [], raw_data: true, client_id: user });
  socket.write(
    `POST /sync/stream HTTP/1.1\r\nhost: bench\r\nauthorization: Token ${token(user)}\r\naccept: ${types[encoding]}\r\n` +
      `accept-encoding: ${compression}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

/** Resolves when the mark has come; gives the bytes until then. */
function readUntil(socket, mark) {
  const wanted = Buffer.from(mark);
  let tail = Buffer.alloc(0);
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const fail = () => end(reject, new Error("the service closed the stream"));
    const read = (chunk) => {
      bytes += chunk.length;
      // Only the end of a large piece can hold the mark, which is a stream's last line.
      const last = Buffer.concat([tail, chunk.subarray(Math.max(0, chunk.length - 4096))]);
      if (last.indexOf(wanted) >= 0) return end(resolve, bytes);
      tail = last.subarray(Math.max(0, last.length - wanted.length));
    };
    const end = (settle, value) => {
      socket.off("data", read).off("error", fail).off("close", fail);
      settle(value);
    };
    socket.on("data", read).on("error", fail).on("close", fail);
  });
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const memoryKib = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

await source.fill(operations);
writeFileSync(
  join(folder, "streams.yaml"),
  `config: { edition: 3 }
streams:
  rows: { auto_subscribe: true, query: SELECT * FROM rows WHERE owner = auth.user_id() }
  ticks: { auto_subscribe: true, query: SELECT * FROM ticks WHERE owner = auth.user_id() }
`,
);
writeFileSync(
  join(folder, "service.yaml"),
  `replication: { connections: [${source.connection}] }
storage: { type: sqlite, path: storage.db }
sync_config: { path: streams.yaml }
port: 0
address: 127.0.0.1
client_auth:
  audience: [app]
  jwks: { keys: [{ kty: oct, alg: HS256, kid: k, k: ${secret.toString("base64url")} }] }
api: { parameters: { max_concurrent_connections: ${idle + 100} } }
`,
);
const service = spawn(binary, ["run", "--config", join(folder, "service.yaml"), "--log-level", "warn"], {
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  const started = performance.now();
  const [line] = await once(service.stdout, "data");
  const port = Number(/:(\d+)/.exec(line.toString().split("//")[1])[1]);
  const copied = (performance.now() - started) / 1000;
  console.log(`${cpus().length} cores, ${cpus()[0].model}; ${operations} rows copied in ${copied.toFixed(1)} s`);

  const rates = [];
  let bytes = 0;
  for (let round = 0; round < 3; round++) {
    const begin = performance.now();
    const socket = openStream(port, "reader", { encoding: options.encoding });
    bytes = await readUntil(socket, "checkpoint_complete");
    rates.push(operations / ((performance.now() - begin) / 1000));
    socket.removeAllListeners("close").destroy();
  }
  const rate = Math.round(median(rates)).toLocaleString("en");
  console.log(`${operations} operations as ${options.encoding}: ${rate} operations/s (${(bytes / 1e6).toFixed(0)} MB)`);

  const before = memoryKib(service.pid);
  const sockets = [];
  for (let i = 0; i < idle; i += 100) {
    const some = Array.from({ length: Math.min(100, idle - i) }, (_, n) =>
      openStream(port, `idle ${i + n}`, { compression: "gzip" }),
    );
    await Promise.all(some.map((socket) => once(socket, "data")));
    sockets.push(...some);
  }
  const listener = openStream(port, "listener");
  await readUntil(listener, "checkpoint_complete");
  const each = (memoryKib(service.pid) - before) / idle;
  console.log(`${idle} idle streams with gzip: ${each.toFixed(1)} KiB each`);

  const fromStart = [];
  const fromAnswer = [];
  for (let i = 1; i <= commits; i++) {
    const line = readUntil(listener, "checkpoint_complete");
    const begun = performance.now();
    const answered = source.commit(i).then(() => performance.now());
    await line;
    const seen = performance.now();
    fromStart.push(seen - begun);
    fromAnswer.push(Math.max(0, seen - (await answered)));
  }
  const tell = (times) => {
    const sorted = times.toSorted((a, b) => a - b);
    const at = (part) => sorted[Math.floor(part * (sorted.length - 1))].toFixed(1);
    return `median ${at(0.5)} ms, 95 % ${at(0.95)} ms`;
  };
  console.log(
    `commit to client line beside ${idle} idle streams: ${tell(fromAnswer)}; from the statement on: ${tell(fromStart)}`,
  );
  for (const socket of [listener, ...sockets]) socket.removeAllListeners("close").destroy();
} finally {
  service.kill();
  await once(service, "close");
  await source.stop();
  rmSync(folder, { recursive: true, force: true });
}
