// Clients that mean harm: what they can send, hold or wait for is bounded, and others are served meanwhile.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { kLimitMs } from "../../support/until.mjs";
import { Service } from "./support.mjs";

/** Sends bytes and resolves with { text, ms } when the server closes the connection. */
function exchange(port, bytes, { trickle } = {}) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`still open after ${kLimitMs} ms; got ${JSON.stringify(text)}`));
    }, kLimitMs);
    const drip = trickle && setInterval(() => socket.write(trickle), 200);
    socket.on("data", (chunk) => (text += chunk));
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      clearInterval(drip);
      resolve({ text, ms: performance.now() - started });
    });
    socket.write(bytes);
  });
}

async function stillServes(service) {
  const stream = await service.stream();
  await stream.complete();
  stream.close();
}

test("malformed HTTP is answered 400 or closed, and the service goes on", async (t) => {
  const service = await Service.start(t);
  for (const bytes of [
    "\r\n\r\n\r\n",
    "GET\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "GARBAGE \x00\x01\x02\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", // A TLS hello.
    "GET / HTTP/1.1\r\nno colon here\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999999\r\n\r\n",
    "POST /sync/stream HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nZZZ\r\n",
    "POST /sync/stream HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
  ]) {
    const { text } = await exchange(service.port, Buffer.from(`${bytes}\r\n`, "latin1"));
    assert.ok(text === "" || /^HTTP\/1\.1 4\d\d /.test(text), JSON.stringify([bytes, text]));
  }
  await stillServes(service);
});

test("headers over the limit are 431", async (t) => {
  const service = await Service.start(t);
  const { text } = await exchange(service.port, `GET / HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(64 * 1024)}\r\n\r\n`);
  assert.match(text, /^HTTP\/1\.1 431 /);
});

test("a body of 100 MB is refused by its length or after the limit, without being kept [P-023]", async (t) => {
  const service = await Service.start(t);
  const before = service.process.memoryKib();
  const announced = await exchange(
    service.port,
    "POST /sync/stream HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100000000\r\n\r\n{",
  );
  assert.match(announced.text, /^HTTP\/1\.1 413 [\s\S]*FST_ERR_CTP_BODY_TOO_LARGE/);

  const piece = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  const head =
    "POST /sync/stream HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
  const chunked = await exchange(service.port, head + piece.repeat(1600));
  assert.match(chunked.text, /^HTTP\/1\.1 413 /);
  assert.ok(service.process.memoryKib() - before < 32 * 1024, "memory stays bounded");

  const token = await service.token();
  const just_over = await service.call("POST", "/sync/stream", {
    token,
    body: JSON.stringify({ client_id: "x".repeat(1 << 20) }),
  });
  assert.equal(just_over.status, 413);
  await stillServes(service);
});

test("deeply nested JSON costs neither stack nor time", async (t) => {
  const service = await Service.start(t);
  const token = await service.token();
  const body = `{"parameters":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`;
  const answer = await service.call("POST", "/sync/stream", { token, body });
  assert.equal(answer.status, 400);
  await stillServes(service);
});

test("a client that sends its headers byte by byte is cut off, and does not keep others waiting", async (t) => {
  const service = await Service.start(t);
  const slow = Array.from({ length: 50 }, () =>
    exchange(service.port, "POST /sync/stream HTTP/1.1\r\nhost: x\r\n", { trickle: "x: y\r\n" }),
  );
  await stillServes(service);
  // Each is cut off although it never stops sending, and none before it had its time.
  for (const { ms } of await Promise.all(slow)) assert.ok(ms > 5000, `cut off after ${ms} ms`);
});

test("a compressed body is refused before it is unpacked, however little it weighs", async (t) => {
  const service = await Service.start(t);
  const before = service.process.memoryKib();
  const bomb = gzipSync(Buffer.alloc(512 << 20)); // Half a megabyte that is half a gigabyte.
  const head = `POST /sync/stream HTTP/1.1\r\nhost: x\r\nauthorization: Token ${await service.token()}\r\nconnection: close\r\n`;
  for (const encoding of ["gzip", "deflate", "zstd"]) {
    const lines = `content-type: application/json\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${bomb.length}\r\n\r\n`;
    const { text } = await exchange(service.port, Buffer.concat([Buffer.from(head + lines), bomb]));
    assert.match(text, /^HTTP\/1\.1 415 /);
  }
  assert.ok(service.process.memoryKib() - before < 32 * 1024, "memory stays bounded");
  await stillServes(service);
});

test("ten thousand forged tokens are refused and leave nothing behind", async (t) => {
  const service = await Service.start(t);
  const before = service.process.memoryKib();
  const good = await service.token();
  const [head, body] = good.split(".");
  const forge = (i) => `${head}.${body}.${Buffer.from(`forged-${i}`.padEnd(32)).toString("base64url")}`;
  const call = (token) => service.call("GET", "/write-checkpoint2.json", { token });
  for (let i = 0; i < 10_000; i += 50) {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, k) => call(forge(i + k))));
    for (const { status } of answers) assert.equal(status, 401);
  }
  assert.ok(service.process.memoryKib() - before < 32 * 1024, "memory stays bounded");
  assert.equal((await call(good)).status, 200);
});

test("a client that does not read holds a bounded buffer", async (t) => {
  const service = await Service.start(t);
  service.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
    INSERT INTO todos SELECT 'big' || i, 'l1', hex(randomblob(50000)) FROM n;`); // 40 MB.
  const probe = await service.stream();
  await probe.until((s) => s.operations().length >= 404, "all rows");
  probe.close();
  await service.process.idle();
  const before = service.process.memoryKib();
  const token = await service.token();
  const body = JSON.stringify({ buckets: [], raw_data: true });
  const head = `POST /sync/stream HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Token ${token}\r\ncontent-length: ${body.length}\r\n\r\n`;
  const sockets = Array.from({ length: 10 }, () => {
    const socket = connect(service.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(head + body);
    return socket;
  });
  // Each reads the beginning of its answer and no more.
  await Promise.all(sockets.map((socket) => once(socket, "data").then(() => socket.pause())));
  await stillServes(service);
  await service.process.idle();
  const grown = service.process.memoryKib() - before;
  for (const socket of sockets) socket.destroy();
  assert.ok(grown < 10 * 8 * 1024, `ten readers that read nothing cost ${grown} KiB`);
});

test("pipelined requests are answered in order", async (t) => {
  const service = await Service.start(t);
  const get = (path, more = "") => `GET ${path} HTTP/1.1\r\nhost: x\r\n${more}\r\n`;
  const { text } = await exchange(
    service.port,
    get("/probes/liveness") + get("/nothing") + get("/probes/startup", "connection: close\r\n"),
  );
  assert.deepEqual(
    [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]),
    ["200", "404", "200"],
  );
});

test("HTTP/1.0 gets a stream that ends with the connection", async (t) => {
  const service = await Service.start(t);
  const token = await service.token("alice", { life: 2 });
  const body = JSON.stringify({ buckets: [], raw_data: true });
  const { text } = await exchange(
    service.port,
    `POST /sync/stream HTTP/1.0\r\ncontent-type: application/json\r\nauthorization: Token ${token}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  const [head, lines] = text.split("\r\n\r\n");
  assert.doesNotMatch(head, /transfer-encoding/);
  assert.deepEqual(JSON.parse(lines.trim().split("\n").at(-1)), { token_expires_in: 0 });
});
