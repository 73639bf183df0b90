// The example backend's tokens, keys and doors: who gets in, from which page, and what the sync service can verify.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  createRemoteJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
  SignJWT,
} from "jose";
import { Backend, pageOrigin, program } from "../support/backend.mjs";
import { createExampleDatabase, startPostgres } from "../support/postgres.mjs";

test("tokens and doors of the example backend", { timeout: 540_000 }, async (t) => {
  const cluster = await startPostgres(t);
  const database = await createExampleDatabase(cluster);
  const start = (sub, settings) => Backend.start(sub, { DATABASE_URL: database.app, ...settings });
  const empty = { client_id: "c", batch: [] };
  const upload = (backend, token) => backend.call("POST", "/api/crud", { token, body: empty });

  for (const algorithm of ["ES256", "RS256"]) {
    await t.test(
      `an ${algorithm} token is short-lived and verifies by the JWKS, which holds no private part`,
      async (sub) => {
        const backend = await start(sub, {
          KEY_ALG: algorithm,
          TOKEN_SECONDS: "120",
          SYNC_URL: "http://localhost:9999/",
          AUDIENCE: "my-app",
        });
        const { status, json, headers } = await backend.call("POST", "/api/token", { body: { user: "bob" } });
        assert.equal(status, 200);
        assert.equal(headers.get("cache-control"), "no-store");
        assert.equal(json.endpoint, "http://localhost:9999");
        const keySet = createRemoteJWKSet(new URL(`${backend.url}/.well-known/jwks.json`));
        const { payload } = await jwtVerify(json.token, keySet, { audience: "my-app", algorithms: [algorithm] });
        assert.equal(payload.sub, "bob");
        assert.equal(payload.exp - payload.iat, 120);
        assert.equal(payload.exp, json.expiresAt);
        const { keys } = (await backend.call("GET", "/.well-known/jwks.json")).json;
        assert.deepEqual(
          Object.keys(keys[0]).sort(),
          algorithm === "ES256"
            ? ["alg", "crv", "kid", "kty", "use", "x", "y"]
            : ["alg", "e", "kid", "kty", "n", "use"],
        );
        assert.equal(statSync(join(backend.folder, "keys.json")).mode & 0o777, 0o600);
        assert.equal((await upload(backend, json.token)).status, 200);
      },
    );
  }

  await t.test("tokens are for demo users only", async (sub) => {
    const backend = await start(sub, { DEMO_USERS: "alice, carol" });
    const ask = (body) => backend.call("POST", "/api/token", { body });
    assert.equal((await ask({ user: "carol" })).status, 200);
    assert.equal((await ask({ user: "bob" })).status, 404);
    for (const body of [{}, { user: 5 }, { user: ["alice"] }, "[]", "null", "{", { user: "x".repeat(2000) }]) {
      assert.ok([400, 413].includes((await ask(body)).status), JSON.stringify(body));
    }
  });

  await t.test("a forged, foreign or expired token is refused", async (sub) => {
    const backend = await start(sub);
    const own = JSON.parse(readFileSync(join(backend.folder, "keys.json"), "utf8"))[0];
    const key = await importJWK(own, own.alg);
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: "alice", aud: "skerry-demo", iat: now, exp: now + 300 };
    const sign = (payload, { signer = key, header = { alg: own.alg, kid: own.kid } } = {}) =>
      new SignJWT(payload).setProtectedHeader(header).sign(signer);
    assert.equal((await upload(backend, await sign(claims))).status, 200);

    const other = await generateKeyPair("ES256", { extractable: true });
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const withSecret = (secret) => {
      const text = `${part({ alg: "HS256", kid: own.kid })}.${part(claims)}`;
      return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
    };
    const { d, ...publicKey } = own;
    const good = await sign(claims);
    const forged = {
      "no signature": `${part({ alg: "none", kid: own.kid })}.${part(claims)}.`,
      "the public key as a secret": withSecret(JSON.stringify(publicKey)),
      "another key under our name": await sign(claims, { signer: other.privateKey }),
      "a key that the token brings": await sign(claims, {
        signer: other.privateKey,
        header: { alg: "ES256", jwk: await exportJWK(other.publicKey) },
      }),
      "an unknown key": await sign(claims, { signer: other.privateKey, header: { alg: "ES256", kid: "other" } }),
      "another user under our signature": [
        good.split(".")[0],
        part({ ...claims, sub: "bob" }),
        good.split(".")[2],
      ].join("."),
      expired: await sign({ ...claims, iat: now - 600, exp: now - 300 }),
      "another audience": await sign({ ...claims, aud: "other" }),
      "no audience": await sign({ sub: "alice", iat: now, exp: now + 300 }),
      "no end": await sign({ sub: "alice", aud: "skerry-demo", iat: now }),
      "no user": await sign({ aud: "skerry-demo", iat: now, exp: now + 300 }),
      "no token": "x",
    };
    for (const [what, token] of Object.entries(forged)) {
      const { status, json } = await upload(backend, token);
      assert.equal(status, 401, what);
      assert.equal(json.error, "unauthorized");
    }
    for (const authorization of [undefined, "", "Basic YTpi", `Token  ${good}`, good]) {
      const headers = authorization === undefined ? {} : { authorization };
      assert.equal(
        (await backend.call("POST", "/api/crud", { body: empty, headers })).status,
        401,
        String(authorization),
      );
    }
    assert.equal(
      (await backend.call("POST", "/api/crud", { body: empty, headers: { authorization: `Bearer ${good}` } })).status,
      200,
    );
  });

  await t.test(
    "a key that was put in front signs, and tokens of the one before stay good until it is removed",
    async (sub) => {
      const backend = await start(sub);
      const file = join(backend.folder, "keys.json");
      const old = await backend.token();
      const { privateKey } = await generateKeyPair("RS256", { extractable: true });
      const fresh = { ...(await exportJWK(privateKey)), kid: "fresh", alg: "RS256", use: "sig" };
      writeFileSync(file, JSON.stringify([fresh, ...JSON.parse(readFileSync(file, "utf8"))]));
      await backend.stop();
      await backend.start();
      const token = await backend.token();
      assert.deepEqual(decodeProtectedHeader(token), { alg: "RS256", kid: "fresh" });
      assert.equal((await upload(backend, token)).status, 200);
      assert.equal((await upload(backend, old)).status, 200);
      writeFileSync(file, JSON.stringify([fresh]));
      await backend.stop();
      await backend.start();
      assert.equal((await upload(backend, old)).status, 401);
    },
  );

  await t.test("only the app's own pages may call from a browser", async (sub) => {
    const backend = await start(sub, { PAGE_ORIGINS: `${pageOrigin}, https://app.example/` });
    const from = (origin, method = "POST", path = "/api/token") =>
      backend.call(method, path, {
        headers: { origin, "access-control-request-method": "POST" },
        body: method === "POST" ? { user: "alice" } : undefined,
      });
    for (const origin of [pageOrigin, "https://app.example"]) {
      const preflight = await from(origin, "OPTIONS", "/api/crud");
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers.get("access-control-allow-origin"), origin);
      assert.match(preflight.headers.get("access-control-allow-headers"), /Authorization/);
      const answer = await from(origin);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("access-control-allow-origin"), origin);
      assert.match(answer.headers.get("vary"), /Origin/);
    }
    for (const origin of [
      "http://evil.example",
      "null",
      "http://localhost:8080.evil.example",
      "http://localhost:80800",
      "https://localhost:8080",
    ]) {
      for (const method of ["OPTIONS", "POST"]) {
        const answer = await from(origin, method);
        assert.equal(answer.status, 403, origin);
        assert.equal(answer.headers.get("access-control-allow-origin"), null);
      }
    }
  });

  await t.test("a stranger's body is not read, and a small one that unfolds to a large one is refused", async (sub) => {
    const backend = await start(sub, { MAX_BODY_BYTES: "100000" });
    const bomb = gzipSync(Buffer.alloc(5_000_000, " "));
    const headers = { "content-encoding": "gzip" };
    assert.equal((await backend.call("POST", "/api/crud", { body: bomb, headers })).status, 401);
    assert.equal(
      (await backend.call("POST", "/api/crud", { token: await backend.token(), body: bomb, headers })).status,
      413,
    );
  });

  await t.test("it listens on this machine only, unless it is told otherwise", async (sub) => {
    assert.match((await start(sub)).output, /listening on http:\/\/127\.0\.0\.1:\d+\n/);
  });

  await t.test("unknown routes are a 404, and health tells of the database", async (sub) => {
    const backend = await start(sub);
    assert.deepEqual((await backend.call("GET", "/health")).json, { status: "ok" });
    assert.equal((await backend.call("GET", "/nowhere")).json.error, "not_found");
    assert.equal((await backend.call("GET", "/api/crud")).status, 404);
    assert.equal((await backend.call("GET", "/health")).headers.get("x-powered-by"), null);
  });

  await t.test("a wrong setting ends the program with its name", () => {
    const run = (settings) =>
      spawnSync(process.execPath, [program], { env: { PATH: process.env.PATH, ...settings }, encoding: "utf8" });
    const wrong = [
      [{}, /DATABASE_URL is missing/],
      [{ DATABASE_URL: database.app, PORT: "http" }, /PORT is "http"/],
      [{ DATABASE_URL: database.app, PAGE_ORIGINS: "*" }, /PAGE_ORIGINS: "\*" is not an origin/],
      [{ DATABASE_URL: database.app, CONFLICTS: "mine" }, /CONFLICTS is "mine".*last-write-wins/],
      [{ DATABASE_URL: database.app, TOKEN_SECONDS: "999999" }, /TOKEN_SECONDS/],
      [{ DATABASE_URL: database.app, KEY_ALG: "none" }, /KEY_ALG/],
      [{ DATABASE_URL: database.app, DEMO_USERS: " , " }, /DEMO_USERS is empty/],
    ];
    for (const [settings, message] of wrong) {
      const { status, stderr } = run(settings);
      assert.equal(status, 1, JSON.stringify(settings));
      assert.match(stderr, message);
    }
  });
});
