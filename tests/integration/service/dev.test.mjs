// `skerryd dev`: tokens and writes for demo users, a page's files, and nobody else.
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../../scripts/run.mjs";
import { temporaryFolder } from "../../support/cleanup.mjs";
import { runToEnd } from "../../support/skerryd.mjs";
import { until } from "../../support/until.mjs";
import { Service } from "./support.mjs";

const demo = (name) => join(root, "web-demo/service", name);

/** skerryd dev with the demo's own files and a page of three. */
async function startDemo(t) {
  const service = new Service(t);
  const site = join(service.folder, "site");
  mkdirSync(join(site, "assets"), { recursive: true });
  writeFileSync(join(site, "index.html"), "<title>Demo</title>");
  writeFileSync(join(site, "assets/app-1234.js"), "export {};");
  writeFileSync(join(site, "core.wasm"), "\0asm");
  writeFileSync(join(site, ".hidden"), "secret");
  writeFileSync(join(service.folder, "outside.txt"), "secret");
  symlinkSync(join(service.folder, "outside.txt"), join(site, "link.txt"));
  service.source = join(service.folder, "demo.db");
  service.arguments = [
    "dev",
    "--source",
    service.source,
    "--storage",
    join(service.folder, "demo-storage.db"),
    "--port",
    "0",
    "--streams",
    demo("streams.yaml"),
    "--dev-config",
    demo("dev.yaml"),
    "--static",
    site,
  ];
  await service.start();
  return service;
}

async function devToken(service, user = "alice") {
  const answer = await service.call("POST", "/dev/token", { body: { user } });
  assert.equal(answer.status, 200);
  return answer.json.token;
}

const write = (service, token, batch) => service.call("POST", "/dev/crud", { token, body: { batch } });

test("each demo user sees the own lists and those shared with them", async (t) => {
  const service = await startDemo(t);
  assert.deepEqual((await service.call("GET", "/dev/users")).json, { users: ["alice", "bob"] });
  const names = async (user) => {
    const stream = await service.stream({ token: await devToken(service, user) });
    await stream.complete();
    stream.close();
    return stream
      .operations()
      .filter((op) => op.object_type === "lists")
      .map((op) => JSON.parse(op.data).name)
      .sort();
  };
  assert.deepEqual(await names("alice"), ["Groceries", "Team", "Weekend"]);
  assert.deepEqual(await names("bob"), ["Books", "Garage", "Team"]);
});

test("a token is for demo users only, and lives ten minutes", async (t) => {
  const service = await startDemo(t);
  assert.equal((await service.call("POST", "/dev/token", { body: { user: "mallory" } })).status, 404);
  assert.equal((await service.call("POST", "/dev/token", { body: {} })).status, 400);
  assert.equal((await service.call("POST", "/dev/token", { body: "{" })).status, 400);
  const { token, expiresAt, endpoint } = (await service.call("POST", "/dev/token", { body: { user: "alice" } })).json;
  const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
  assert.equal(claims.exp, expiresAt);
  assert.equal(claims.exp - claims.iat, 600);
  assert.equal(endpoint, service.url);
});

test("writes arrive at every stream that may see them", async (t) => {
  const service = await startDemo(t);
  const alice = await devToken(service);
  const bob = await service.stream({ token: await devToken(service, "bob") });
  await bob.complete();
  const team = "a1f4c0de-0001-4000-8000-000000000003";
  const answer = await write(service, alice, [
    {
      op_id: 1,
      op: "PUT",
      type: "todos",
      id: "n1",
      tx_id: 1,
      data: { list_id: team, description: "Shared ☕", completed: false },
    },
    { op_id: 2, op: "PATCH", type: "todos", id: "n1", tx_id: 1, data: { completed: true } },
  ]);
  assert.deepEqual(answer.json, { applied: 2, rejected: [] });
  await bob.until((s) => s.operations().some((op) => op.object_id === "n1"), "the shared todo");
  assert.deepEqual(JSON.parse(bob.operations().at(-1).data), {
    ...JSON.parse(bob.operations().at(-1).data),
    description: "Shared ☕",
    completed: 1,
  });
  bob.close();
});

test("a write that is not allowed or not possible is rejected by itself, with its reason", async (t) => {
  const service = await startDemo(t);
  const alice = await devToken(service);
  const garage = "b0b4c0de-0001-4000-8000-000000000001";
  const { status, json } = await write(service, alice, [
    { op_id: 1, op: "PUT", type: "lists", id: "mine", data: { name: "Mine", owner_id: "alice" } },
    { op_id: 2, op: "PUT", type: "lists", id: "theirs", data: { name: "Theirs", owner_id: "bob" } },
    { op_id: 3, op: "PATCH", type: "lists", id: garage, data: { name: "Taken" } },
    { op_id: 4, op: "PUT", type: "lists", id: garage, data: { name: "Taken", owner_id: "alice" } },
    { op_id: 5, op: "DELETE", type: "lists", id: garage },
    { op_id: 6, op: "PATCH", type: "lists", id: "mine", data: { owner_id: "bob" } },
    { op_id: 7, op: "PUT", type: "todos", id: "x", data: { list_id: garage, description: "intruder" } },
    { op_id: 8, op: "PUT", type: "sqlite_schema", id: "x", data: {} },
    { op_id: 9, op: "PUT", type: "lists", id: "y", data: { 'name" = 1; --': "x" } },
    { op_id: 10, op: "PUT", type: "lists", id: "z", data: { name: null, owner_id: "alice" } },
    { op_id: 11, op: "MERGE", type: "lists", id: "mine", data: {} },
    { op_id: 12, op: "PATCH", type: "lists", id: "nowhere", data: { name: "x" } },
    { op_id: 13, op: "PUT", type: "lists", id: "huge", data: { name: "x".repeat(2 << 20), owner_id: "alice" } },
    { op_id: 14, op: "DELETE", type: "lists", id: "never-was" },
    { op_id: 15, op: "PATCH", type: "lists", id: "mine", data: { name: "Still mine" } },
  ]);
  assert.equal(status, 200);
  assert.equal(json.applied, 3);
  assert.deepEqual(
    json.rejected.map((entry) => entry.op_id),
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
  );
  for (const { reason } of json.rejected) assert.ok(reason.length > 10, reason);
  assert.equal(
    service.sql(
      "SELECT id || ' ' || name || ' ' || owner_id FROM lists WHERE id IN ('mine', 'theirs', 'y', 'z', 'huge')",
    ),
    "mine Still mine alice",
  );
  assert.equal(service.sql(`SELECT name FROM lists WHERE id = '${garage}'`), "Garage");
  assert.equal(service.sql("SELECT count(*) FROM todos WHERE id = 'x'"), "0");
});

test("the same batch a second time changes nothing", async (t) => {
  const service = await startDemo(t);
  const alice = await devToken(service);
  const batch = [
    {
      op_id: 1,
      op: "PUT",
      type: "lists",
      id: "l",
      data: { name: "List", owner_id: "alice", created_at: "2026-01-01T00:00:00Z" },
    },
    { op_id: 2, op: "PATCH", type: "lists", id: "l", data: { name: "Renamed" } },
    { op_id: 3, op: "DELETE", type: "todos", id: "70d00000-0001-4000-8000-000000000001" },
  ];
  const dump = () => service.sql("SELECT * FROM lists ORDER BY id; SELECT * FROM todos ORDER BY id;");
  await write(service, alice, batch);
  const once = dump();
  assert.deepEqual((await write(service, alice, batch)).json, { applied: 3, rejected: [] });
  assert.equal(dump(), once);
});

test("a batch needs a token and a sensible body", async (t) => {
  const service = await startDemo(t);
  const alice = await devToken(service);
  assert.equal((await write(service, undefined, [])).status, 401);
  assert.equal((await write(service, `${alice.slice(0, -3)}AAA`, [])).status, 401);
  for (const body of ["[]", "{}", '{"batch":5}', '{"batch":[5]}', '{"batch":[{"op":"PUT"}]}', "nonsense"]) {
    assert.equal((await service.call("POST", "/dev/crud", { token: alice, body })).status, 400, body);
  }
  const plain = await service.call("POST", "/dev/crud", {
    token: alice,
    body: '{"batch":[]}',
    headers: { "content-type": "text/plain" },
  });
  assert.equal(plain.status, 415);
});

test("ten thousand writes in one batch", async (t) => {
  const service = await startDemo(t);
  const alice = await devToken(service);
  const batch = Array.from({ length: 10_000 }, (_, i) => ({
    op_id: i,
    op: "PUT",
    type: "todos",
    id: `bulk-${i}`,
    data: { list_id: "a1f4c0de-0001-4000-8000-000000000001", description: `Todo ${i}`, completed: 0 },
  }));
  const started = performance.now();
  assert.equal((await write(service, alice, batch)).json.applied, 10_000);
  t.diagnostic(`10,000 writes applied in ${Math.round(performance.now() - started)} ms`);
  assert.equal(service.sql("SELECT count(*) FROM todos WHERE id LIKE 'bulk-%'"), "10000");
});

test("a foreign page gets nothing: Host and Origin are checked", async (t) => {
  const service = await startDemo(t);
  const body = { user: "alice" };
  for (const headers of [
    { origin: "https://evil.example" },
    { origin: "http://localhost.evil.example" },
    { origin: "http://127.0.0.1.evil.example:8080" },
    { origin: "null" },
    { host: "evil.example" },
    { host: `evil.example:${service.port}` },
    { "sec-fetch-site": "cross-site" },
  ]) {
    const answer = await service.call("POST", "/dev/token", { body, headers });
    assert.equal(answer.status, 403, JSON.stringify(headers));
    assert.equal(answer.json.token, undefined);
    assert.equal(answer.headers["access-control-allow-origin"] === "*", false);
  }
  assert.equal((await service.call("GET", "/", { headers: { host: "rebound.example" } })).status, 403);
  assert.equal(
    (
      await service.call("POST", "/dev/token", {
        body: JSON.stringify(body),
        headers: { "content-type": "text/plain" },
      })
    ).status,
    415,
  );
  for (const origin of [service.url, `http://localhost:${service.port}`, "http://localhost:5173"]) {
    const answer = await service.call("POST", "/dev/token", { body, headers: { origin } });
    assert.equal(answer.status, 200, origin);
    assert.equal(answer.headers["access-control-allow-origin"], origin);
  }
});

test("files are served with their types and a policy, and nothing outside the folder", async (t) => {
  const service = await startDemo(t);
  const page = await service.call("GET", "/");
  assert.match(page.body, /<title>Demo/);
  assert.match(page.headers["content-type"], /^text\/html/);
  assert.match(page.headers["content-security-policy"], /script-src 'self' 'wasm-unsafe-eval';/);
  assert.equal(page.headers["cache-control"], "no-cache");
  assert.equal((await service.call("GET", "/", { headers: { "if-none-match": page.headers.etag } })).status, 304);
  assert.equal((await service.call("HEAD", "/")).body, "");
  assert.equal((await service.call("GET", "/core.wasm")).headers["content-type"], "application/wasm");
  const script = await service.call("GET", "/assets/app-1234.js");
  assert.match(script.headers["content-type"], /^text\/javascript/);
  assert.match(script.headers["cache-control"], /immutable/);
  const route = await service.call("GET", "/inspect?x=1", { headers: { accept: "text/html,*/*" } });
  assert.match(route.body, /<title>Demo/);

  const raw = (path) =>
    new Promise((resolve, reject) => {
      const get = request({ host: "127.0.0.1", port: service.port, path, agent: false }, (response) => {
        let body = "";
        response.on("data", (chunk) => (body += chunk));
        response.on("end", () => resolve({ status: response.statusCode, body }));
      });
      get.on("error", reject);
      get.end();
    });
  for (const path of [
    "/../outside.txt",
    "/%2e%2e/outside.txt",
    "/..%2foutside.txt",
    "/assets/../../outside.txt",
    "/assets/%2e%2e/%2e%2e/outside.txt",
    "/..%5coutside.txt",
    "//../outside.txt",
    "/.hidden",
    "/%2ehidden",
    "/link.txt",
    "/index.html%00.txt",
    "/%zz",
    "/missing.js",
    "/../demo.db",
  ]) {
    const { status, body } = await raw(path);
    assert.equal(status, 404, path);
    assert.doesNotMatch(body, /secret/);
  }
});

test("it listens on this machine only and says what it is", async (t) => {
  const folder = temporaryFolder(t, "dev");
  const args = [
    "dev",
    "--source",
    join(folder, "a.db"),
    "--storage",
    join(folder, "s.db"),
    "--streams",
    demo("streams.yaml"),
    "--dev-config",
    demo("dev.yaml"),
  ];
  const refused = await runToEnd([...args, "--address", "0.0.0.0"]);
  assert.equal(refused.code, 1);
  assert.match(refused.text, /listens on this machine only/);
  const service = await startDemo(t);
  await until(() => /DEVELOPMENT MODE, not for production/.test(service.process.output), "the warning");
});

test("the set-up runs once: what was changed stays changed", async (t) => {
  const service = await startDemo(t);
  service.sql("DELETE FROM lists WHERE name = 'Groceries'");
  await service.process.end("SIGTERM");
  await service.start();
  assert.equal(service.sql("SELECT count(*) FROM lists WHERE name = 'Groceries'"), "0");
});
