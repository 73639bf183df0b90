// What an app supplies so that its database can sync.

import { nonNegative } from "./checks.js";
import type { SkerryDatabase } from "./database.js";
import { SkerryError } from "./errors.js";
import { toJson } from "./json.js";
import type { ConnectOptions, Json } from "./messages.js";
import type { Profile } from "./profile.js";

export interface Credentials {
  // The service's address, without a slash at its end.
  readonly endpoint: string;
  // A JWT. It stays in the worker's memory: never stored, never logged.
  readonly token: string;
  readonly expiresAt?: Date;
}

export interface BackendConnector {
  // Null means "not signed in".
  fetchCredentials(): Promise<Credentials | null>;
  // Sends what waits in the upload queue to the app's backend and completes it. Called again until the queue is empty.
  uploadData(database: SkerryDatabase): Promise<void>;
}

export interface SyncOptions {
  // Sent to the service as `parameters`.
  readonly params?: { readonly [key: string]: unknown };
  readonly appMetadata?: { readonly [key: string]: string };
  readonly includeDefaultStreams?: boolean;
  // How long to wait after an error before the next try (the native profile doubles it up to a minute).
  readonly retryDelayMs?: number;
  // The least time between two passes over the upload queue.
  readonly crudUploadThrottleMs?: number;
  // Only "http" is there; the WebSocket way is refused instead of being ignored.
  readonly connectionMethod?: "http" | "web-socket";
}

export function resolveSyncOptions(options: SyncOptions, profile: Profile): ConnectOptions {
  const { params, appMetadata, connectionMethod } = options;
  if (connectionMethod !== undefined && connectionMethod !== "http") {
    throw new SkerryError("invalid_argument", `connectionMethod "${connectionMethod}" is not available; use "http"`);
  }
  for (const [key, value] of Object.entries(appMetadata ?? {})) {
    if (typeof value === "string") continue;
    throw new SkerryError(
      "invalid_argument",
      `Invalid appMetadata provided. Only string values are allowed. The value of "${key}" is a ${typeof value}.`,
    );
  }
  return {
    params: toJson(params ?? {}, "params") as { readonly [key: string]: Json },
    appMetadata: appMetadata ?? {},
    includeDefaultStreams: options.includeDefaultStreams ?? true,
    retryDelayMs: nonNegative("retryDelayMs", options.retryDelayMs, profile.retryDelayMs),
    crudUploadThrottleMs: nonNegative("crudUploadThrottleMs", options.crudUploadThrottleMs, 1000),
    profile: profile.name,
  };
}

// The connector's answer as the core takes it; what is wrong with it is said in the words of client-api section 8.
export async function fetchCredentials(connector: BackendConnector): Promise<{ endpoint: string; token: string }> {
  const credentials = await connector.fetchCredentials();
  if (!credentials?.token) throw new SkerryError("credentials", "Not signed in");
  const { endpoint, token } = credentials;
  if (!endpoint) throw new SkerryError("credentials", "PowerSync endpoint not configured");
  if (endpoint.endsWith("/")) {
    throw new SkerryError(
      "credentials",
      `A trailing forward slash "/" was found in the fetchCredentials endpoint: "${endpoint}". Remove the trailing forward slash "/" to fix this error.`,
    );
  }
  return { endpoint, token };
}
