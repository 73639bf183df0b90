// Tokens whose keys come from a remote key set: fetched, cached, rotated, and never from where they should not.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { join } from "node:path";
import { test } from "node:test";
import { afterwards, temporaryFolder } from "../../support/cleanup.mjs";
import { until } from "../../support/until.mjs";
import { Service } from "./support.mjs";

const makeKey = (kid) => {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { kid, ...pair, jwk: { ...pair.publicKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" } };
};

/** A key server on this machine; `answer` may be replaced. */
async function keyServer(t, keys, tls) {
  const state = { keys, requests: 0 };
  state.answer = (response) => response.end(JSON.stringify({ keys: state.keys.map((key) => key.jwk) }));
  const handle = (_request, response) => {
    state.requests++;
    state.answer(response);
  };
  const server = tls ? createHttps(tls, handle) : createHttp(handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterwards(t, () => {
    server.closeAllConnections();
    server.close();
  });
  state.url = `${tls ? "https://localhost" : "http://127.0.0.1"}:${server.address().port}/jwks.json`;
  return state;
}

/** A service whose client_auth has these lines more. */
async function serviceWith(t, lines) {
  const service = new Service(t);
  const path = join(service.folder, "service.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replace("  audience: [app]\n", `  audience: [app]\n${lines}`));
  await service.start();
  return service;
}

const status = async (service, key, options = {}) => {
  const token = await service.token("alice", { alg: "RS256", kid: key.kid, key: key.privateKey, ...options });
  const answer = await service.call("GET", "/write-checkpoint2.json", { token });
  return { status: answer.status, code: answer.json?.error?.code };
};

/** The service waits for its keys only for a while when it starts. */
const works = (service, key) =>
  until(async () => (await status(service, key)).status === 200, "a token that is believed");

test("remote keys are used, and a rotated one is found by its unknown kid", async (t) => {
  const [first, second] = [makeKey("k1"), makeKey("k2")];
  const server = await keyServer(t, [first]);
  const service = await serviceWith(t, `  jwks_uri: ${server.url}\n`);
  await works(service, first);
  assert.equal((await status(service, second)).code, "PSYNC_S2101");
  server.keys = [second];
  await works(service, second);
  assert.equal((await status(service, first)).code, "PSYNC_S2101");
  assert.ok(server.requests <= 12, `${server.requests} requests`);
});

test("unknown kids cannot make the service ask all the time", async (t) => {
  const [known, unknown] = [makeKey("k1"), makeKey("nobody")];
  const server = await keyServer(t, [known]);
  const service = await serviceWith(t, `  jwks_uri: [${server.url}]\n`);
  await works(service, known);
  for (let i = 0; i < 200; i++) assert.equal((await status(service, unknown)).code, "PSYNC_S2101");
  assert.ok(server.requests <= 12, `${server.requests} requests`);
  await works(service, known);
});

test("a public RSA key does not verify HMAC, and alg none verifies nothing", async (t) => {
  const key = makeKey("k1");
  const service = await serviceWith(t, `  jwks_uri: ${(await keyServer(t, [key])).url}\n`);
  await works(service, key);
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const iat = Math.floor(Date.now() / 1000);
  const claims = encode({ sub: "alice", aud: "app", iat, exp: iat + 600 });
  const secret = key.publicKey.export({ type: "spki", format: "pem" });
  const confused = `${encode({ alg: "HS256", kid: "k1" })}.${claims}`;
  const forged = [
    `${confused}.${createHmac("sha256", secret).update(confused).digest("base64url")}`,
    `${encode({ alg: "none", kid: "k1" })}.${claims}.`,
    `${encode({ alg: "none" })}.${claims}.`,
  ];
  for (const token of forged) {
    const answer = await service.call("GET", "/write-checkpoint2.json", { token });
    assert.equal(answer.status, 401);
    assert.equal(answer.json.error.code, "PSYNC_S2101");
  }
  assert.equal((await status(service, key, { aud: "other" })).code, "PSYNC_S2105");
  assert.equal((await status(service, key, { life: -61 })).code, "PSYNC_S2103");
  assert.equal((await status(service, key, { life: 86_401 })).code, "PSYNC_S2104");
  const nbf = Math.floor(Date.now() / 1000) + 600;
  assert.equal((await status(service, key, { claims: { nbf } })).code, "PSYNC_S2101");
});

test("private addresses are not asked where the configuration blocks them", async (t) => {
  const key = makeKey("k1");
  const server = await keyServer(t, [key]);
  const service = await serviceWith(t, `  jwks_uri: ${server.url}\n  block_local_jwks: true\n`);
  await service.process.logged(/PSYNC_S2203.*block_local_jwks/);
  await until(async () => (await status(service, key)).code === "PSYNC_S2203", "the reason");
  assert.equal(server.requests, 0);
  assert.equal((await service.call("GET", "/write-checkpoint2.json", { token: await service.token() })).status, 200);
});

test("a key server that fails, floods or hangs up leaves the static keys working", async (t) => {
  const key = makeKey("k1");
  const server = await keyServer(t, [key]);
  const answers = [
    (response) => response.writeHead(500).end(),
    (response) => response.end("x".repeat(10_000_000)),
    (response) => response.destroy(),
    (response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
  ];
  server.answer = (response) => answers[(server.requests - 1) % answers.length](response);
  const service = await serviceWith(t, `  jwks_uri: ${server.url}\n`);
  assert.deepEqual(await status(service, key), { status: 401, code: "PSYNC_S2204" });
  assert.equal((await service.call("GET", "/write-checkpoint2.json", { token: await service.token() })).status, 200);
});

test("TLS is verified: a certificate that nobody trusts is refused, a trusted one is not", async (t) => {
  const folder = temporaryFolder(t, "tls");
  const [keyFile, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", keyFile, "-out", certificate, ...names],
    { stdio: "ignore" },
  );
  const key = makeKey("k1");
  const server = await keyServer(t, [key], { key: readFileSync(keyFile), cert: readFileSync(certificate) });
  const lines = `  jwks_uri: ${server.url}\n`;
  const distrustful = await serviceWith(t, lines);
  assert.deepEqual(await status(distrustful, key), { status: 401, code: "PSYNC_S2204" });
  assert.equal(server.requests, 0);

  process.env.SSL_CERT_FILE = certificate; // Read by the service that is started next.
  afterwards(t, () => delete process.env.SSL_CERT_FILE);
  const trustful = await serviceWith(t, lines);
  await works(trustful, key);
});

test("an address that is none is a fault of the configuration", async (t) => {
  for (const [uri, code] of [
    ["ftp://example.com/jwks", "S3103"],
    ["example.com/jwks", "S3102"],
  ]) {
    await assert.rejects(serviceWith(t, `  jwks_uri: ${uri}\n`), new RegExp(`service.yaml:\\d+:\\d+.*PSYNC_${code}`));
  }
});
