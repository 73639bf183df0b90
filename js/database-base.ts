// The SQL side of a database: its link to the worker, locks, transactions and queries.

import type { ResultBuffer } from "./codec.js";
import { DatabaseClosedError } from "./errors.js";
import type { LeaseHandle, Link, Query } from "./link.js";
import { type CallOptions, type LockContext, statements, type Transaction, withLease } from "./lock-context.js";
import { LogLevels } from "./logger.js";
import type { LeaseMode } from "./messages.js";
import { BaseObserver } from "./observer.js";
import { type ResolvedOptions, resolveOptions, type SkerryDatabaseOptions } from "./options.js";
import type { Profile } from "./profile.js";
import type { QueryResult, RawQueryResult } from "./query-result.js";
import type { SchemaLike } from "./schema.js";
import type { SyncStatus } from "./sync-status.js";

// Waiting for a transaction's turn ends after this long.
export const kLockTimeoutMs = 120_000;

export interface DatabaseListener {
  initialized(): void;
  schemaChanged(schema: SchemaLike): void;
  statusChanged(status: SyncStatus): void;
  // Awaited by close().
  closing(): Promise<void> | void;
  closed(): Promise<void> | void;
}

// No #private fields here and below: apps wrap databases in proxies.
export abstract class DatabaseBase extends BaseObserver<DatabaseListener> implements LockContext {
  closed = false;
  ready = false;
  protected readonly options: ResolvedOptions;
  protected readonly profile: Profile;
  protected currentSchema: SchemaLike;

  protected constructor(options: SkerryDatabaseOptions, profile: Profile) {
    super();
    this.options = resolveOptions(options, profile);
    this.profile = profile;
    this.currentSchema = this.options.schema;
  }

  protected abstract readonly link: Link;
  // Resolves when the database is open and the schema applied; rejects with what went wrong, each time it is asked.
  abstract waitForReady(): Promise<void>;

  get schema(): SchemaLike {
    return this.currentSchema;
  }

  get logger(): ResolvedOptions["logger"] {
    return this.options.logger;
  }

  // Runs a statement that may write. Takes its turn among the writes.
  async execute<T = Record<string, unknown>>(
    sql: string,
    params?: readonly unknown[],
    options?: CallOptions,
  ): Promise<QueryResult<T>> {
    if (this.isReplaced("writeLock")) return this.writeLock((context) => context.execute<T>(sql, params));
    return statements.execute<T>((query) => this.run(query, options), sql, params);
  }

  // As execute(), with rows as arrays.
  async executeRaw(sql: string, params?: readonly unknown[], options?: CallOptions): Promise<RawQueryResult> {
    if (this.isReplaced("writeLock")) return this.writeLock((context) => context.executeRaw(sql, params));
    return statements.executeRaw((query) => this.run(query, options), sql, params);
  }

  // Runs a statement once per set of parameters, in one transaction.
  async executeBatch(
    sql: string,
    params?: readonly (readonly unknown[])[],
    options?: CallOptions,
  ): Promise<QueryResult<never>> {
    if (this.isReplaced("writeLock")) return this.writeLock((context) => context.executeBatch(sql, params));
    return statements.executeBatch((query) => this.run(query, options), sql, params);
  }

  async getAll<T = Record<string, unknown>>(
    sql: string,
    params?: readonly unknown[],
    options?: CallOptions,
  ): Promise<T[]> {
    if (this.isReplaced("readLock")) return this.readLock((context) => context.getAll<T>(sql, params));
    return statements.getAll<T>((query) => this.run(query, options), sql, params);
  }

  // The first row, or null.
  async getOptional<T = Record<string, unknown>>(
    sql: string,
    params?: readonly unknown[],
    options?: CallOptions,
  ): Promise<T | null> {
    if (this.isReplaced("readLock")) return this.readLock((context) => context.getOptional<T>(sql, params));
    return statements.getOptional<T>((query) => this.run(query, options), sql, params);
  }

  // The first row. Rejects if there is none.
  async get<T = Record<string, unknown>>(sql: string, params?: readonly unknown[], options?: CallOptions): Promise<T> {
    if (this.isReplaced("readLock")) return this.readLock((context) => context.get<T>(sql, params));
    return statements.get<T>((query) => this.run(query, options), sql, params);
  }

  // A connection for several reads. Runs beside the writer.
  async readLock<T>(callback: (context: LockContext) => Promise<T>): Promise<T> {
    return withLease(await this.lease("readLock", 0), "release", callback);
  }

  // The writing connection for several statements.
  async writeLock<T>(callback: (context: LockContext) => Promise<T>): Promise<T> {
    return withLease(await this.lease("writeLock", 0), "release", callback);
  }

  // Reads that all see one snapshot.
  async readTransaction<T>(
    callback: (tx: Transaction) => Promise<T>,
    lockTimeout: number = kLockTimeoutMs,
  ): Promise<T> {
    return withLease(await this.lease("readTransaction", lockTimeout), "rollback", callback);
  }

  // Commits when the callback returns, rolls back when it throws.
  async writeTransaction<T>(
    callback: (tx: Transaction) => Promise<T>,
    lockTimeout: number = kLockTimeoutMs,
  ): Promise<T> {
    return withLease(await this.lease("writeTransaction", lockTimeout), "commit", callback);
  }

  protected checkOpen(): void {
    if (this.closed) throw new DatabaseClosedError("Client has already been closed");
  }

  protected debug(message: string): void {
    this.logger.log({ level: LogLevels.debug, message });
  }

  // One message each way. A read whose owner went away in between is asked again by the worker itself; what still fails with
  // ConnectionClosedError is a write that may have happened.
  private async run(query: Query, options: CallOptions | undefined): Promise<ResultBuffer> {
    const link = this.ready && !this.closed ? this.link : await this.usable();
    return link.run(query, options?.signal ?? null);
  }

  private async lease(mode: LeaseMode, timeoutMs: number): Promise<LeaseHandle> {
    // As in run(): no step in between, so that calls reach the worker in the order in which they were made.
    const link = this.ready && !this.closed ? this.link : await this.usable();
    return link.lease(mode, timeoutMs);
  }

  protected async usable(): Promise<Link> {
    this.checkOpen();
    if (!this.ready) await this.waitForReady();
    return this.link;
  }

  // Suites and ORMs put their own function in place of a lock method and expect statements to go through it.
  private isReplaced(method: "readLock" | "writeLock"): boolean {
    return this[method] !== DatabaseBase.prototype[method];
  }
}
