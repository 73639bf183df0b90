// What the service refuses, and in which words: recorded from a PowerSync Service (tests/golden/service/errors.json).
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../../scripts/run.mjs";
import { Service } from "./support.mjs";

const recorded = JSON.parse(readFileSync(join(root, "tests/golden/service/errors.json"), "utf8"));
const now = () => Math.floor(Date.now() / 1000);

/** The tokens that the recording describes in words only. */
const tokens = {
  "no authorization header": () => undefined,
  "not a token": () => "nonsense",
  "wrong signature": (service) => service.token("alice", { key: randomBytes(32) }),
  "expired more than the 60 s tolerance ago": (service) => service.token("alice", { iat: now() - 600, life: 500 }),
  "wrong audience": (service) => service.token("alice", { aud: "elsewhere" }),
  "unknown kid": (service) => service.token("alice", { kid: "unheard-of" }),
  "lifetime over the limit of a day": (service) => service.token("alice", { life: 100_000 }),
  "no sub": (service) => service.token(null),
};

test("refusals", async (t) => {
  const service = await Service.start(t);
  for (const { title, method, path, body, content_type, status, response } of recorded) {
    await t.test(`${title} [P-002][P-012]`, async () => {
      const token = title in tokens ? await tokens[title](service) : await service.token();
      if (status === 200) {
        const stream = await service.stream({ token, body, headers: { "content-type": content_type } });
        assert.equal(stream.status, 200);
        await stream.complete();
        return stream.close();
      }
      const answer = await service.call(method, path, {
        token,
        body,
        headers: content_type ? { "content-type": content_type } : {},
      });
      assert.equal(answer.status, status);
      assert.match(answer.headers["content-type"], /^application\/json/);
      assert.deepEqual(answer.json, response);
    });
  }

  await t.test("a bad body is told before a bad token [P-012]", async () => {
    const answer = await service.call("POST", "/sync/stream", { token: "nonsense", body: { buckets: 5 } });
    assert.equal(answer.status, 400);
  });

  await t.test("an empty body and an unknown media type are refused", async () => {
    const token = await service.token();
    const empty = await service.call("POST", "/sync/stream", { token, body: "" });
    assert.deepEqual([empty.status, empty.json.error.code], [400, "FST_ERR_CTP_EMPTY_JSON_BODY"]);
    const xml = await service.call("POST", "/sync/stream", {
      token,
      body: "<a/>",
      headers: { "content-type": "text/xml" },
    });
    assert.deepEqual([xml.status, xml.json.error.code], [415, "FST_ERR_CTP_INVALID_MEDIA_TYPE"]);
    const packed = await service.call("POST", "/sync/stream", {
      token,
      body: "{}",
      headers: { "content-encoding": "gzip" },
    });
    assert.equal(packed.status, 415);
  });

  await t.test("Bearer is as good as Token, and an EC key as good as a secret [P-010]", async () => {
    const token = await service.token("alice", { alg: "ES256", kid: "curve", key: service.ec.privateKey });
    const answer = await service.call("GET", "/write-checkpoint2.json", {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(answer.status, 200);
  });

  await t.test("any page may call with a token [P-005]", async () => {
    const preflight = await service.call("OPTIONS", "/sync/stream", {
      headers: {
        origin: "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
      },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers["access-control-allow-origin"], "*");
    assert.match(preflight.headers["access-control-allow-headers"], /Authorization/);
    assert.equal(preflight.headers["access-control-max-age"], "3600");
    const refused = await service.call("POST", "/sync/stream", {
      body: {},
      headers: { origin: "https://app.example" },
    });
    assert.equal(refused.status, 401);
    assert.equal(refused.headers["access-control-allow-origin"], "*");
  });

  await t.test("the probes say that all is well", async () => {
    for (const name of ["startup", "liveness", "readiness"]) {
      const answer = await service.call("GET", `/probes/${name}`);
      assert.equal(answer.status, 200, name);
      assert.equal(answer.json.ready, true);
    }
  });
});
