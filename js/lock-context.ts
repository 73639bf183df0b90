// The calls that run SQL, and the lock callbacks' view of them.

import type { ResultBuffer } from "./codec.js";
import { SkerryError } from "./errors.js";
import type { LeaseHandle, Query } from "./link.js";
import type { LeaseAction } from "./messages.js";
import { QueryResult, type RawQueryResult } from "./query-result.js";

export interface CallOptions {
  // Aborting rejects with the signal's reason; a statement that has begun runs to its end.
  readonly signal?: AbortSignal;
}

export interface LockContext {
  execute<T = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<QueryResult<T>>;
  executeRaw(sql: string, params?: readonly unknown[]): Promise<RawQueryResult>;
  executeBatch(sql: string, params?: readonly (readonly unknown[])[]): Promise<QueryResult<never>>;
  getAll<T = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<T[]>;
  getOptional<T = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<T | null>;
  get<T = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<T>;
}

export interface Transaction extends LockContext {
  // A second finalising call does nothing.
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

export type Runner = (query: Query) => Promise<ResultBuffer>;

// The six calls, each over one statement that `run` carries out.
export const statements = {
  async execute<T>(run: Runner, sql: string, params: readonly unknown[] = []): Promise<QueryResult<T>> {
    return new QueryResult<T>(await run({ sql, sets: [params], read: false, batch: false }));
  },

  async executeRaw(run: Runner, sql: string, params: readonly unknown[] = []): Promise<RawQueryResult> {
    const result = await run({ sql, sets: [params], read: false, batch: false });
    return {
      columnNames: result.columnNames,
      rawRows: result.arrays(),
      insertId: result.lastInsertId,
      rowsAffected: result.changes,
    };
  },

  async executeBatch(
    run: Runner,
    sql: string,
    sets: readonly (readonly unknown[])[] | undefined,
  ): Promise<QueryResult<never>> {
    if (sets === undefined || sets.length === 0) return new QueryResult<never>([], { hasRows: false });
    return new QueryResult<never>(await run({ sql, sets, read: false, batch: true }), { hasRows: false });
  },

  async getAll<T>(run: Runner, sql: string, params: readonly unknown[] = []): Promise<T[]> {
    return (await run({ sql, sets: [params], read: true, batch: false })).objects() as T[];
  },

  async getOptional<T>(run: Runner, sql: string, params: readonly unknown[] = []): Promise<T | null> {
    const result = await run({ sql, sets: [params], read: true, batch: false });
    return result.rowCount === 0 ? null : (result.object(0) as T);
  },

  async get<T>(run: Runner, sql: string, params: readonly unknown[] = []): Promise<T> {
    const row = await statements.getOptional<T>(run, sql, params);
    if (row === null) throw new SkerryError("invalid_argument", "Result set is empty");
    return row;
  },
};

// A connection lent to a callback. It ends with the callback, or before, by commit() or rollback().
export class LeaseContext implements Transaction {
  private readonly lease: LeaseHandle;
  private readonly run: Runner;
  private ended = false;

  constructor(lease: LeaseHandle) {
    this.lease = lease;
    this.run = (query) => (this.ended ? Promise.reject(leaseReturned()) : lease.run(query));
  }

  execute<T = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<QueryResult<T>> {
    return statements.execute<T>(this.run, sql, params);
  }

  executeRaw(sql: string, params?: readonly unknown[]): Promise<RawQueryResult> {
    return statements.executeRaw(this.run, sql, params);
  }

  executeBatch(sql: string, params?: readonly (readonly unknown[])[]): Promise<QueryResult<never>> {
    return statements.executeBatch(this.run, sql, params);
  }

  getAll<T = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<T[]> {
    return statements.getAll<T>(this.run, sql, params);
  }

  getOptional<T = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<T | null> {
    return statements.getOptional<T>(this.run, sql, params);
  }

  get<T = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<T> {
    return statements.get<T>(this.run, sql, params);
  }

  commit(): Promise<void> {
    return this.end("commit");
  }

  rollback(): Promise<void> {
    return this.end("rollback");
  }

  async end(action: LeaseAction): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.lease.close(action);
  }
}

// Runs `callback` on a lease and gives it back: `success` ends it after a return, a throw rolls back.
export async function withLease<T>(
  lease: LeaseHandle,
  success: LeaseAction,
  callback: (context: LeaseContext) => Promise<T>,
): Promise<T> {
  const context = new LeaseContext(lease);
  let result: T;
  try {
    result = await callback(context);
  } catch (error) {
    // The caller's error is the one that matters; a lease that cannot be given back is already gone.
    await context.end(success === "release" ? "release" : "rollback").catch(() => undefined);
    throw error;
  }
  await context.end(success);
  return result;
}

function leaseReturned(): SkerryError {
  return new SkerryError("invalid_argument", "Attempted to use a connection lease that has already been returned.");
}
