// The errors of the public API: one small hierarchy, each with a `code` to switch on (docs/errors.md).
//
// An error crosses a worker as a WireError and is rebuilt on the other side, so `instanceof` and every field survive. A plain
// structured clone (postMessage by the app) keeps name, message, stack and cause, which is why no message depends on a field.

import type { ErrorCode } from "./error-codes.js";

export type { ErrorCode } from "./error-codes.js";

// An error as plain data.
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly sqliteCode?: number;
  readonly sql?: string;
  readonly status?: number;
  readonly stack?: string;
  readonly cause?: WireError;
}

export interface ErrorDetails {
  readonly cause?: unknown;
  // SQLite's extended result code.
  readonly sqliteCode?: number;
  readonly sql?: string;
  // HTTP status.
  readonly status?: number;
}

export class SkerryError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "SkerryError";
    this.code = code;
  }
}

// SQLite refused a statement. `message` is SQLite's own text.
export class SqliteError extends SkerryError {
  // SQLite's extended result code, and the primary one in its low byte.
  readonly extendedCode: number;
  readonly sqliteCode: number;
  readonly sql: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
    this.name = "SqliteError";
    this.extendedCode = details.sqliteCode ?? 0;
    this.sqliteCode = this.extendedCode & 0xff;
    this.sql = details.sql;
  }
}

export class StorageError extends SkerryError {
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
    this.name = "StorageError";
  }
}

// The quota or the disk is full. Reads go on, and nothing that waits for upload is lost.
export class StorageFullError extends StorageError {
  constructor(message: string, details: ErrorDetails = {}) {
    super("storage_full", message, details);
    this.name = "StorageFullError";
  }
}

// Another context holds the database file, or another tab runs a version that cannot be joined.
export class StorageBusyError extends StorageError {
  constructor(message: string, details: ErrorDetails = {}) {
    super("storage_busy", message, details);
    this.name = "StorageBusyError";
  }
}

export class LockTimeoutError extends SkerryError {
  constructor(message: string, details: ErrorDetails = {}) {
    super("lock_timeout", message, details);
    this.name = "LockTimeoutError";
  }
}

export class DatabaseClosedError extends SkerryError {
  constructor(message = "The database is closed.", details: ErrorDetails = {}) {
    super("database_closed", message, details);
    this.name = "DatabaseClosedError";
  }
}

// The worker that owned the database went away in the middle of a call. A write may or may not have happened.
export class ConnectionClosedError extends SkerryError {
  constructor(message: string, details: ErrorDetails = {}) {
    super("connection_closed", message, details);
    this.name = "ConnectionClosedError";
  }
}

export class WorkerCrashedError extends SkerryError {
  constructor(message: string, details: ErrorDetails = {}) {
    super("worker_crashed", message, details);
    this.name = "WorkerCrashedError";
  }
}

// Syncing failed. `status` is the HTTP status where there was an answer.
export class SyncError extends SkerryError {
  readonly status: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
    this.name = "SyncError";
    this.status = details.status;
  }
}

export class CredentialsError extends SyncError {
  constructor(message: string, details: ErrorDetails = {}) {
    super("credentials", message, details);
    this.name = "CredentialsError";
  }
}

export class UploadError extends SyncError {
  constructor(message: string, details: ErrorDetails = {}) {
    super("upload", message, details);
    this.name = "UploadError";
  }
}

// The error of the right class for a code.
export function errorFor(code: ErrorCode, message: string, details: ErrorDetails = {}): SkerryError {
  switch (code) {
    case "sqlite":
    case "constraint":
    case "not_authorized":
    case "interrupted":
      return new SqliteError(code, message, details);
    case "storage_full":
      return new StorageFullError(message, details);
    case "storage_busy":
      return new StorageBusyError(message, details);
    case "storage_unavailable":
    case "storage_corrupt":
    case "storage_io":
      return new StorageError(code, message, details);
    case "lock_timeout":
      return new LockTimeoutError(message, details);
    case "database_closed":
      return new DatabaseClosedError(message, details);
    case "connection_closed":
      return new ConnectionClosedError(message, details);
    case "worker_crashed":
      return new WorkerCrashedError(message, details);
    case "protocol":
    case "checksum_mismatch":
    case "sync_http":
    case "network":
    case "not_connected":
    case "unauthorized":
      return new SyncError(code, message, details);
    case "credentials":
      return new CredentialsError(message, details);
    case "upload":
      return new UploadError(message, details);
    default:
      return new SkerryError(code, message, details);
  }
}

const kMaxCauses = 5;

// Any thrown value as plain data; `fallback` is the code of an error that is not Skerry's own.
export function toWire(error: unknown, fallback: ErrorCode = "internal", depth = 0): WireError {
  if (!(error instanceof Error)) return { code: fallback, message: String(error) };
  const fields = error as Error & Partial<Record<"code" | "extendedCode" | "sql" | "status", unknown>>;
  return {
    code: error instanceof SkerryError ? error.code : fallback,
    message: error.message,
    ...(typeof fields.extendedCode === "number" ? { sqliteCode: fields.extendedCode } : {}),
    ...(typeof fields.sql === "string" ? { sql: fields.sql } : {}),
    ...(typeof fields.status === "number" ? { status: fields.status } : {}),
    ...(error.stack !== undefined ? { stack: error.stack } : {}),
    ...(error.cause !== undefined && depth < kMaxCauses ? { cause: toWire(error.cause, fallback, depth + 1) } : {}),
  };
}

export function fromWire(wire: WireError): SkerryError {
  return errorFor(wire.code, wire.message, {
    ...(wire.cause !== undefined ? { cause: fromWire(wire.cause) } : {}),
    ...(wire.sqliteCode !== undefined ? { sqliteCode: wire.sqliteCode } : {}),
    ...(wire.sql !== undefined ? { sql: wire.sql } : {}),
    ...(wire.status !== undefined ? { status: wire.status } : {}),
  });
}
