// The public names of `skerry`. Importing it runs nothing.

export type { SqlValue } from "./codec.js";
export {
  type BaseColumnType,
  Column,
  type ColumnOptions,
  type ColumnsType,
  ColumnType,
  column,
} from "./column.js";
export {
  ArrayComparator,
  FalsyComparator,
  type RowComparator,
  type RowDiff,
  type WatchedQueryComparator,
} from "./comparator.js";
export type { BackendConnector, Credentials, SyncOptions } from "./connector.js";
export { CrudBatch, CrudEntry, type CrudEntryJson, CrudTransaction, UpdateType, UploadQueueStats } from "./crud.js";
export { type ClearOptions, type CloseOptions, SkerryDatabase } from "./database.js";
export type { DatabaseListener } from "./database-base.js";
export {
  ConnectionClosedError,
  CredentialsError,
  DatabaseClosedError,
  type ErrorCode,
  LockTimeoutError,
  SkerryError,
  SqliteError,
  StorageBusyError,
  StorageError,
  StorageFullError,
  SyncError,
  UploadError,
  WorkerCrashedError,
} from "./errors.js";
export type {
  ChangeEvent,
  CompilableQuery,
  OnChangeHandler,
  OnChangeOptions,
  Query,
  QueryDefinition,
  WatchHandler,
  WatchOptions,
} from "./live-database.js";
export type { CallOptions, LockContext, Transaction } from "./lock-context.js";
export {
  type ConsoleLoggerOptions,
  createConsoleLogger,
  LogLevels,
  type LogRecord,
  type SkerryLogger,
} from "./logger.js";
export type { BucketInfo, CoreInfo, StorageState } from "./messages.js";
export { BaseObserver } from "./observer.js";
export type { DatabaseOptions, SkerryDatabaseOptions } from "./options.js";
export { QueryResult, type RawQueryResult } from "./query-result.js";
export { Schema, type SchemaJson, type SchemaLike } from "./schema.js";
export { type ProgressCounts, SyncProgress } from "./sync-progress.js";
export {
  type DataFlowStatus,
  type PriorityStatus,
  SyncStatus,
  type SyncStreamDescription,
  type SyncStreamStatus,
  type SyncSubscriptionDescription,
} from "./sync-status.js";
export type { SyncStream, SyncStreamSubscribeOptions, SyncStreamSubscription } from "./sync-stream.js";
export {
  type NamedTableOptions,
  type ResolvedTable,
  type RowType,
  Table,
  type TableOptions,
  type TrackPreviousOptions,
} from "./table.js";
export { Index, IndexedColumn, type IndexShorthand } from "./table-index.js";
export {
  WatchedQuery,
  type WatchedQueryListener,
  WatchedQueryListenerEvent,
  type WatchedQuerySettings,
  type WatchedQueryState,
} from "./watched-query.js";
