// What the environment says, checked once at the start: a wrong setting ends the program with its name, not a request hours later.
import { policies } from "./conflicts/index.js";

const algorithms = ["ES256", "RS256"];

function number(env, name, fallback, least, most) {
  const value = Number(env[name] ?? fallback);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`${name} is "${env[name]}", it has to be a whole number from ${least} to ${most}`);
  }
  return value;
}

function oneOf(env, name, fallback, choices) {
  const value = env[name] ?? fallback;
  if (!choices.includes(value)) throw new Error(`${name} is "${value}", it has to be one of ${choices.join(", ")}`);
  return value;
}

function list(env, name, fallback) {
  const items = (env[name] ?? fallback)
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean);
  if (items.length === 0) throw new Error(`${name} is empty`);
  return items;
}

/** An origin as browsers send it: scheme, host and port, without a path. */
function origin(text) {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url?.protocol.startsWith("http"))
    throw new Error(`PAGE_ORIGINS: "${text}" is not an origin like https://app.example`);
  return url.origin;
}

export function readSettings(env) {
  if (!env.DATABASE_URL) throw new Error("DATABASE_URL is missing: postgresql://user:password@host:port/database");
  return {
    databaseUrl: env.DATABASE_URL,
    host: env.HOST ?? "127.0.0.1",
    port: number(env, "PORT", 8081, 0, 65_535),
    // Pages that may call from a browser.
    pageOrigins: list(env, "PAGE_ORIGINS", "http://localhost:8080").map(origin),
    // Where clients find the sync service, and the audience that it expects in a token.
    syncUrl: (env.SYNC_URL ?? "http://localhost:8090").replace(/\/$/, ""),
    audience: env.AUDIENCE ?? "skerry-demo",
    keysFile: env.KEYS_FILE ?? "keys.json",
    keyAlgorithm: oneOf(env, "KEY_ALG", "ES256", algorithms),
    // The sync service refuses more than a day; an hour is plenty, since clients fetch a new one by themselves.
    tokenSeconds: number(env, "TOKEN_SECONDS", 300, 30, 86_400),
    demoUsers: list(env, "DEMO_USERS", "alice,bob"),
    conflicts: oneOf(env, "CONFLICTS", "last-write-wins", Object.keys(policies)),
    // How long a batch waits for rows that somebody else is writing, before the client is asked to send it again.
    lockTimeoutMs: number(env, "LOCK_TIMEOUT_MS", 10_000, 1, 600_000),
    maxBatchEntries: number(env, "MAX_BATCH_ENTRIES", 10_000, 1, 1_000_000),
    maxBodyBytes: number(env, "MAX_BODY_BYTES", 16 << 20, 1024, 1 << 30),
  };
}
