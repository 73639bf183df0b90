// The columns of a table and the types they can have.

export const ColumnType = {
  TEXT: "TEXT",
  INTEGER: "INTEGER",
  REAL: "REAL",
} as const;
export type ColumnType = (typeof ColumnType)[keyof typeof ColumnType];

// A column's type in SQL; `T` is what a row holds for it in TypeScript.
export interface BaseColumnType<T extends string | number | null> {
  readonly type: ColumnType;
  // Never set: it only carries T.
  readonly value?: T;
}

export type ColumnsType = { readonly [name: string]: BaseColumnType<string | null> | BaseColumnType<number | null> };
export type ExtractColumnValueType<C> = C extends BaseColumnType<infer T> ? T : never;

export const column = {
  text: { type: ColumnType.TEXT } as BaseColumnType<string | null>,
  integer: { type: ColumnType.INTEGER } as BaseColumnType<number | null>,
  real: { type: ColumnType.REAL } as BaseColumnType<number | null>,
} as const;

export interface ColumnOptions {
  readonly name: string;
  readonly type?: ColumnType;
}

// A named column, as a Table lists it.
export class Column {
  readonly name: string;
  readonly type: ColumnType;

  constructor(options: ColumnOptions) {
    this.name = options.name;
    this.type = options.type ?? ColumnType.TEXT;
  }

  toJSON(): { name: string; type: ColumnType } {
    return { name: this.name, type: this.type };
  }
}
