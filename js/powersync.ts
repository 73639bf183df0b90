// The classes of `skerry` under the names of @powersync/web, with the compatibility profile: an app ports by changing its
// import. docs/differences.md lists what differs and what is not there yet.

import { SkerryDatabase } from "./database.js";
import type { LiveDatabase, WatchOptions } from "./live-database.js";
import type { SkerryDatabaseOptions } from "./options.js";
import { powersyncProfile } from "./profile.js";
import { QueryResult } from "./query-result.js";

export type { BaseColumnType, ColumnsType } from "./column.js";
export { Column, ColumnType, column } from "./column.js";
export type { WatchedQueryComparator } from "./comparator.js";
export { ArrayComparator, FalsyComparator } from "./comparator.js";
export type {
  BackendConnector as PowerSyncBackendConnector,
  Credentials as PowerSyncCredentials,
  SyncOptions,
} from "./connector.js";
export { CrudBatch, CrudEntry, CrudTransaction, UpdateType, UploadQueueStats } from "./crud.js";
export type {
  ChangeEvent as WatchOnChangeEvent,
  CompilableQuery,
  OnChangeHandler as WatchOnChangeHandler,
  OnChangeOptions as SQLOnChangeOptions,
  Query,
  QueryDefinition as ArrayQueryDefinition,
  WatchHandler,
  WatchOptions as SQLWatchOptions,
} from "./live-database.js";
export type { LockContext, Transaction } from "./lock-context.js";
export type { SkerryLogger as PowerSyncLogger } from "./logger.js";
export { createConsoleLogger, LogLevels } from "./logger.js";
export { BaseObserver } from "./observer.js";
export type {
  DatabaseOptions as WebSQLOpenOptions,
  SkerryDatabaseOptions as WebPowerSyncDatabaseOptions,
} from "./options.js";
export type { RawQueryResult } from "./query-result.js";
export { Schema } from "./schema.js";
export { SyncProgress } from "./sync-progress.js";
export { SyncStatus } from "./sync-status.js";
export type { SyncStream, SyncStreamSubscribeOptions, SyncStreamSubscription } from "./sync-stream.js";
export type { RowType, TableOptions, TrackPreviousOptions } from "./table.js";
export { Table } from "./table.js";
export { Index, IndexedColumn } from "./table-index.js";
export type { WatchedQuery, WatchedQueryListener, WatchedQueryState } from "./watched-query.js";
export { WatchedQueryListenerEvent } from "./watched-query.js";
export { QueryResult };

export class PowerSyncDatabase extends SkerryDatabase {
  constructor(options: SkerryDatabaseOptions) {
    super(options, powersyncProfile);
  }
}
export { PowerSyncDatabase as WebPowerSyncDatabase };

// The file systems of @powersync/web. All of them mean this package's own store, except memory.
export const WASQLiteVFS = {
  IDBBatchAtomicVFS: "IDBBatchAtomicVFS",
  OPFSCoopSyncVFS: "OPFSCoopSyncVFS",
  AccessHandlePoolVFS: "AccessHandlePoolVFS",
  OPFSWriteAheadVFS: "OPFSWriteAheadVFS",
  InMemoryVfs: "InMemoryVFS",
} as const;
export type WASQLiteVFS = (typeof WASQLiteVFS)[keyof typeof WASQLiteVFS];

export const TemporaryStorageOption = { MEMORY: "memory", FILESYSTEM: "file" } as const;
export const SyncStreamConnectionMethod = { HTTP: "http", WEB_SOCKET: "web-socket" } as const;
export const FetchStrategy = { Buffered: "buffered", Sequential: "sequential" } as const;
export const EncodingType = { UTF8: "utf8", Base64: "base64" } as const;

// A query for customQuery() whose rows pass through a function.
export class GetAllQuery<Row = Record<string, unknown>> {
  protected readonly options: {
    readonly sql: string;
    readonly parameters?: readonly unknown[];
    readonly mapper?: (row: Record<string, unknown>) => Row;
  };

  constructor(options: GetAllQuery<Row>["options"]) {
    this.options = options;
  }

  compile(): { sql: string; parameters: readonly unknown[] } {
    return { sql: this.options.sql, parameters: this.options.parameters ?? [] };
  }

  async execute({ db }: { db: Pick<LiveDatabase, "getAll"> }): Promise<Row[]> {
    const { sql, parameters } = this.compile();
    const rows = await db.getAll(sql, parameters);
    const { mapper } = this.options;
    return mapper === undefined ? (rows as Row[]) : rows.map(mapper);
  }
}

// Watches a query builder's query: runs it at the start, after each change and after a change of the schema.
export function compilableQueryWatch<T>(
  db: LiveDatabase,
  query: { compile(): { sql: string; parameters: readonly unknown[] }; execute(): Promise<T[]> },
  handler: { onResult(rows: T[]): void; onError?(error: Error): void },
  options: WatchOptions = {},
): void {
  const watched = db.customQuery<T>({ compile: () => query.compile(), execute: () => query.execute() }).watch({
    ...(options.throttleMs === undefined ? {} : { throttleMs: options.throttleMs }),
    ...(options.tables === undefined ? {} : { triggerOnTables: options.tables }),
  });
  watched.registerListener({
    onData: (rows) => handler.onResult([...rows]),
    onError: (error) => handler.onError?.(error),
  });
  options.signal?.addEventListener("abort", () => void watched.close(), { once: true });
}

// A value as a piece of SQL text: strings quoted, null and undefined as NULL, objects as quoted JSON, the rest as it is.
export function sanitizeSQL(strings: TemplateStringsArray, ...values: unknown[]): string {
  return strings.reduce((text, piece, i) => text + piece + (i < values.length ? sqlText(values[i]) : ""), "");
}

// A UUID of any version, checked, since it becomes part of a name.
export function sanitizeUUID(uuid: string): string {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(uuid)) return uuid;
  throw new Error(`${uuid} is not a valid UUID`);
}

function sqlText(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  if (typeof value === "object") return `'${JSON.stringify(value).replaceAll("'", "''")}'`;
  return String(value);
}

export function queryResultFromMapped<T>(
  rows: readonly T[],
  options: { insertId?: number; rowsAffected?: number } = {},
) {
  return new QueryResult<T>(rows, options);
}

export function queryResultWithoutRows(options: { insertId?: number; rowsAffected?: number } = {}) {
  return new QueryResult<never>([], { ...options, hasRows: false });
}

export function queryResultFromRaw(
  columnNames: readonly string[],
  rawRows: readonly (readonly unknown[])[],
  options: { insertId?: number; rowsAffected?: number } = {},
) {
  const rows = rawRows.map((values) => Object.fromEntries(columnNames.map((name, i) => [name, values[i]])));
  return new QueryResult<Record<string, unknown>>(rows, options);
}
