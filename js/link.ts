// What a database needs of whatever runs its statements: the worker (connection.ts), or nothing at all on a server
// (ssr-link.ts).

import type { ResultBuffer, Statement } from "./codec.js";
import type {
  ConnectOptions,
  CoreInfo,
  LeaseAction,
  LeaseMode,
  OpenedDatabase,
  StorageState,
  StreamName,
  SubscriptionEvent,
} from "./messages.js";

export type Query = Omit<Statement, "lease" | "deadlineMs">;

// An exclusive use of a connection over several statements.
export interface LeaseHandle {
  run(query: Query): Promise<ResultBuffer>;
  close(action: LeaseAction): Promise<void>;
}

export interface WatchRequest {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly throttleMs: number;
  readonly compare: boolean;
  readonly tables: readonly string[] | null;
}

export interface WatchSink {
  // A watch message, to be applied in order.
  message(message: ArrayBuffer): void;
  // The watch could not be opened, or was lost with the database.
  failed(error: Error): void;
  // A new owner serves: its first message is a whole result, and equal rows should be kept.
  restarted(): void;
}

export interface LinkListener {
  status(status: unknown): void;
  tables(tables: readonly string[]): void;
  log(level: "debug" | "info" | "warn" | "error", line: string): void;
  schemaChanged(json: string): void;
  // Another tab disconnected the shared sync client.
  disconnected(): void;
  broken(error: Error): void;
  askCredentials(invalidate: boolean): Promise<{ endpoint: string; token: string }>;
  askUpload(): Promise<void>;
}

export interface Link {
  readonly opened: Promise<OpenedDatabase>;
  run(query: Query, signal: AbortSignal | null): Promise<ResultBuffer>;
  lease(mode: LeaseMode, timeoutMs: number): Promise<LeaseHandle>;
  watch(request: WatchRequest, sink: WatchSink): () => void;
  resolveTables(sql: string, parameters: readonly unknown[]): Promise<readonly string[]>;
  schema(json: string): Promise<void>;
  info(): Promise<CoreInfo>;
  storage(): Promise<StorageState>;
  connect(options: ConnectOptions): Promise<void>;
  disconnect(): Promise<void>;
  clear(clearLocal: boolean, soft: boolean): Promise<void>;
  crudComplete(lastId: number, checkpoint: string | null): Promise<void>;
  subscription(event: SubscriptionEvent): Promise<void>;
  // The streams that this database's handles keep active.
  holdStreams(streams: readonly StreamName[]): void;
  listenTables(listens: boolean): void;
  close(): Promise<void>;
}
