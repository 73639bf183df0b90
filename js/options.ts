// The options of a database, checked and with their defaults.

import { nonNegative } from "./checks.js";
import { SkerryError } from "./errors.js";
import { createConsoleLogger, type SkerryLogger } from "./logger.js";
import type { Profile } from "./profile.js";
import type { SchemaLike } from "./schema.js";

export const kMaxFilenameLength = 112;

export interface DatabaseOptions {
  // The name of the file in the origin's private file system.
  readonly dbFilename: string;
  // "auto": OPFS, and memory only where OPFS does not work at all. "memory": nothing is kept.
  readonly storage?: "auto" | "memory";
  // What a commit survives: "full" a power loss, "normal" any crash, "off" what the browser makes of it.
  readonly synchronous?: "full" | "normal" | "off";
  readonly cacheSizeKb?: number;
  // "ask": once something was synced, the browser is asked not to evict this origin's data. Some browsers show a question.
  readonly persist?: "ask" | "never";
  // How long to wait for a file that another context holds, before StorageBusyError.
  readonly busyTimeoutMs?: number;
  // The worker script, or a function that starts the worker: for bundlers that cannot follow `new URL`, and Trusted Types.
  readonly worker?: string | URL | (() => Worker);
  // The address of core.wasm, if it does not lie beside the worker script.
  readonly wasmUrl?: string | URL;
  // Queries are empty and writes do nothing. By default where there is no browser.
  readonly ssrMode?: boolean;
  readonly disableSSRWarning?: boolean;
  // Names of @powersync/web. "InMemoryVFS" means storage "memory", any other one the default storage.
  readonly vfs?: string;
  // Accepted for code that was written for @powersync/web; what they chose there does not exist here.
  readonly dbLocation?: string;
  readonly debugMode?: boolean;
  readonly enableMultiTabs?: boolean;
  readonly useWebWorker?: boolean;
  readonly temporaryStorage?: string;
  readonly additionalReaders?: number;
  readonly preparedStatementsCache?: number;
  readonly databaseWorkerLogLevel?: number;
  // There is no encryption yet: a key is refused rather than ignored.
  readonly encryptionKey?: string;
}

export interface SkerryDatabaseOptions<S extends SchemaLike = SchemaLike> {
  readonly schema: S;
  readonly database: DatabaseOptions;
  readonly logger?: SkerryLogger;
  readonly broadcastLogs?: boolean;
  readonly sync?: { readonly worker?: unknown; readonly logLevel?: number };
  readonly flags?: unknown;
}

export interface ResolvedOptions {
  readonly schema: SchemaLike;
  readonly schemaJson: string;
  readonly logger: SkerryLogger;
  readonly dbFilename: string;
  readonly storage: "auto" | "memory";
  readonly synchronous: "full" | "normal" | "off";
  readonly cacheSizeKb: number;
  readonly busyTimeoutMs: number;
  readonly worker: string | URL | (() => Worker) | null;
  readonly wasmUrl: string | null;
  readonly ssrMode: boolean;
  readonly warnAboutSsr: boolean;
  readonly askToPersist: boolean;
}

export function resolveOptions(options: SkerryDatabaseOptions, profile: Profile): ResolvedOptions {
  const schema = options?.schema;
  if (typeof schema?.toJSON !== "function") {
    throw invalid("The `schema` option should be provided and should be an instance of `Schema`.");
  }
  const database = options.database as DatabaseOptions | undefined;
  const dbFilename = database?.dbFilename;
  if (typeof database !== "object" || database === null || typeof dbFilename !== "string" || dbFilename === "") {
    throw invalid("The provided `database` option is invalid.");
  }
  if (dbFilename.length > kMaxFilenameLength) {
    throw invalid(`dbFilename too long (max length is ${kMaxFilenameLength})`);
  }
  if (database.encryptionKey || (options as { encryptionKey?: unknown }).encryptionKey) {
    throw invalid("Encryption is not available: a database with an `encryptionKey` would be stored as plain text.");
  }
  if (database.useWebWorker === false && database.vfs !== undefined && /OPFS|AccessHandle/.test(database.vfs)) {
    throw invalid(
      `Invalid configuration: The 'useWebWorker' flag must be true when using an OPFS-based VFS (${database.vfs}).`,
    );
  }
  const ssrMode = database.ssrMode ?? !isBrowser();
  return {
    schema,
    schemaJson: JSON.stringify(schema.toJSON()),
    logger: options.logger ?? createConsoleLogger({ prefix: profile.name === "powersync" ? "PowerSync" : "Skerry" }),
    dbFilename,
    storage: database.storage ?? (database.vfs === "InMemoryVFS" ? "memory" : "auto"),
    synchronous: database.synchronous ?? "normal",
    cacheSizeKb: nonNegative("cacheSizeKb", database.cacheSizeKb, kCacheSizeKb),
    busyTimeoutMs: nonNegative("busyTimeoutMs", database.busyTimeoutMs, 10_000),
    worker: database.worker ?? null,
    wasmUrl: database.wasmUrl === undefined ? null : absoluteUrl(database.wasmUrl),
    ssrMode,
    askToPersist: !ssrMode && database.persist !== "never",
    warnAboutSsr: ssrMode && database.disableSSRWarning !== true,
  };
}

// Upstream's 50 MB would let one database take half of the memory that the module is meant to stay under.
const kCacheSizeKb = 16_384;

// A page or a worker of one; on a server neither global exists.
function isBrowser(): boolean {
  return "window" in globalThis || "WorkerGlobalScope" in globalThis;
}

// The worker resolves relative addresses against itself, the app means its page.
function absoluteUrl(url: string | URL): string {
  const base = (globalThis as { location?: { href: string } }).location?.href;
  return new URL(url, base).href;
}

function invalid(message: string): SkerryError {
  return new SkerryError("invalid_argument", message);
}
