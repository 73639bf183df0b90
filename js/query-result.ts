// What a statement gives back. Rows become objects when they are looked at.

import type { ResultBuffer, SqlValue } from "./codec.js";

export class QueryResult<T = Record<string, unknown>> implements Iterable<T> {
  // The rowid of the last inserted row of the connection.
  readonly insertId: number;
  readonly rowsAffected: number;
  private readonly source: ResultBuffer | readonly T[];
  private readonly hasRows: boolean;
  private cached: T[] | null = null;

  // `source` is a result of the core, or rows that were made already.
  constructor(
    source: ResultBuffer | readonly T[],
    options: { readonly hasRows?: boolean; readonly insertId?: number; readonly rowsAffected?: number } = {},
  ) {
    this.source = source;
    this.hasRows = options.hasRows ?? true;
    const buffer = isRows(source) ? null : source;
    this.insertId = options.insertId ?? buffer?.lastInsertId ?? 0;
    this.rowsAffected = options.rowsAffected ?? buffer?.changes ?? 0;
  }

  get array(): T[] {
    this.cached ??= isRows(this.source) ? [...this.source] : (this.source.objects() as T[]);
    return this.cached;
  }

  // The rows in the form of older SQLite APIs; undefined for a batch.
  get rows(): { readonly length: number; readonly _array: T[]; item(index: number): T } | undefined {
    if (!this.hasRows) return undefined;
    const { array } = this;
    return { length: array.length, _array: array, item: (index) => array[index] as T };
  }

  [Symbol.iterator](): Iterator<T> {
    return this.array[Symbol.iterator]();
  }
}

function isRows<T>(source: ResultBuffer | readonly T[]): source is readonly T[] {
  return Array.isArray(source);
}

// Rows as arrays of values: nothing is lost where two columns have one name.
export interface RawQueryResult {
  readonly columnNames: readonly string[];
  readonly rawRows: SqlValue[][];
  readonly insertId: number;
  readonly rowsAffected: number;
}
