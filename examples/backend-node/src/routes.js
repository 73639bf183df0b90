// The routes: a token for a demo user, the public keys, an upload, and whether we are well.
import express from "express";
import { readBatch } from "./batch.js";
import { policies } from "./conflicts/index.js";
import { applyBatch } from "./crud.js";
import { Refusal } from "./refusal.js";
import { tables } from "./tables.js";

export function routes({ settings, tokens, pool, log }) {
  const router = express.Router();
  // Everything is JSON: another type would let a foreign page's form through without asking (no CORS preflight).
  const json = (limit) => [express.json({ limit, type: "application/json" }), requireJson];

  router.get("/.well-known/jwks.json", (_request, response) => {
    response.set("Cache-Control", "public, max-age=300").json(tokens.keys.jwks);
  });

  router.get("/health", async (_request, response) => {
    await pool.query("SELECT 1").catch((error) => {
      throw new Refusal(503, "database_unavailable", "The database does not answer", error);
    });
    response.json({ status: "ok" });
  });

  // For the demo only: your app knows its users by its own session, and gives a token to whoever is signed in.
  router.post("/api/token", json(1024), async (request, response) => {
    const { user } = request.body;
    if (typeof user !== "string") throw new Refusal(400, "bad_request", 'Send {"user": "..."}');
    if (!settings.demoUsers.includes(user)) throw new Refusal(404, "unknown_user", "There is no such demo user");
    const { token, expiresAt } = await tokens.issue(user);
    response.set("Cache-Control", "no-store").json({ token, endpoint: settings.syncUrl, expiresAt });
  });

  // Who it is comes first: a stranger's megabytes are not even read.
  const authenticate = async (request, response, next) => {
    response.locals.user = await tokens.userOf(request.headers.authorization);
    next();
  };
  router.post("/api/crud", authenticate, json(settings.maxBodyBytes), async (request, response) => {
    const { user } = response.locals;
    const { clientId, entries } = readBatch(request.body, { user, tables, maxEntries: settings.maxBatchEntries });
    const result = await applyBatch(pool, { user, clientId, entries, policy: policies[settings.conflicts] });
    for (const { op_id, type, id, reason } of result.rejected)
      log.info("rejected", { user, clientId, op_id, type, id, reason });
    response.json(result);
  });
  return router;
}

function requireJson(request, _response, next) {
  if (request.body === undefined) throw new Refusal(415, "unsupported_media_type", "Send a body as application/json");
  if (request.body === null || typeof request.body !== "object")
    throw new Refusal(400, "bad_request", "Send a JSON object");
  next();
}
