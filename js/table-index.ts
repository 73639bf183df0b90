// Indexes of a table: named lists of columns, each ascending or descending.

import type { ColumnType } from "./column.js";

export interface IndexColumnOptions {
  readonly name: string;
  readonly ascending?: boolean;
}

// What an index needs to know of its table.
export interface IndexedTable {
  readonly columnMap: { readonly [name: string]: { readonly type: ColumnType } | undefined };
}

export class IndexedColumn {
  readonly name: string;
  readonly ascending: boolean;

  constructor(options: IndexColumnOptions) {
    this.name = options.name;
    this.ascending = options.ascending ?? true;
  }

  static createAscending(column: string): IndexedColumn {
    return new IndexedColumn({ name: column, ascending: true });
  }

  // "-name" sorts descending.
  static fromShorthand(text: string): IndexedColumn {
    const descending = text.startsWith("-");
    return new IndexedColumn({ name: descending ? text.slice(1) : text, ascending: !descending });
  }

  toJSON(table: IndexedTable): { name: string; ascending: boolean; type: ColumnType } {
    return { name: this.name, ascending: this.ascending, type: table.columnMap[this.name]?.type ?? "TEXT" };
  }
}

export interface IndexOptions {
  readonly name: string;
  readonly columns?: readonly IndexedColumn[];
}

export class Index {
  readonly name: string;
  readonly columns: readonly IndexedColumn[];

  constructor(options: IndexOptions) {
    this.name = options.name;
    this.columns = options.columns ?? [];
  }

  static createAscending(options: { readonly name: string }, columnNames: readonly string[]): Index {
    return new Index({ name: options.name, columns: columnNames.map((name) => IndexedColumn.createAscending(name)) });
  }

  toJSON(table: IndexedTable): { name: string; columns: ReturnType<IndexedColumn["toJSON"]>[] } {
    return { name: this.name, columns: this.columns.map((column) => column.toJSON(table)) };
  }
}

export type IndexShorthand = { readonly [name: string]: readonly (string | IndexedColumn)[] };
