// A table of the app's schema. In the database it is a real table of this name with `id TEXT` and the declared columns.

import { type BaseColumnType, Column, type ColumnsType, type ColumnType } from "./column.js";
import { SkerryError } from "./errors.js";
import { Index, IndexedColumn, type IndexShorthand } from "./table-index.js";

// More would not leave room for `id` within SQLite's limit of bound parameters.
export const kMaxColumns = 1999;

export interface TrackPreviousOptions {
  // Only these columns; all by default.
  readonly columns?: readonly string[];
  // Only the values that an update changed.
  readonly onlyWhenChanged?: boolean;
}

export interface TableOptions {
  // Index name to columns; a leading "-" sorts descending.
  readonly indexes?: IndexShorthand;
  // Never synced and never queued for upload.
  readonly localOnly?: boolean;
  // Writes go to the upload queue alone; the table itself stays empty.
  readonly insertOnly?: boolean;
  // The name in SQL, if it differs from the one on the server.
  readonly viewName?: string;
  // Fills `CrudEntry.previousValues`.
  readonly trackPrevious?: boolean | TrackPreviousOptions;
  // Adds a writable `_metadata` column whose text goes into `CrudEntry.metadata`.
  readonly trackMetadata?: boolean;
  // An UPDATE that changes nothing queues nothing.
  readonly ignoreEmptyUpdates?: boolean;
}

// The form of a table that carries its own name (as a Schema array takes it).
export interface NamedTableOptions extends Omit<TableOptions, "indexes"> {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly indexes?: readonly Index[];
}

export interface TableJson {
  readonly name: string;
  readonly view_name: string;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  readonly indexes: readonly ReturnType<Index["toJSON"]>[];
  readonly local_only: boolean;
  readonly insert_only: boolean;
  readonly include_old: boolean | readonly string[];
  readonly include_old_only_when_changed: boolean;
  readonly include_metadata: boolean;
  readonly ignore_empty_update: boolean;
}

const kInvalidCharacters = /["'%,.#\s[\]]/;

// A row of table `T` as TypeScript sees it.
export type RowType<T extends { readonly columnTypes: ColumnsType }> = {
  [K in keyof T["columnTypes"]]: T["columnTypes"][K] extends BaseColumnType<infer V> ? V : never;
} & { id: string };

export class Table<Columns extends ColumnsType = ColumnsType> {
  readonly columnTypes: Columns;
  readonly columns: readonly Column[];
  readonly indexes: readonly Index[];
  readonly localOnly: boolean;
  readonly insertOnly: boolean;
  readonly viewNameOverride: string | undefined;
  readonly trackPrevious: boolean | TrackPreviousOptions;
  readonly trackMetadata: boolean;
  readonly ignoreEmptyUpdates: boolean;
  // Empty until a Schema gives the table its name.
  readonly name: string;

  constructor(columns: Columns, options?: TableOptions);
  constructor(options: NamedTableOptions);
  constructor(columnsOrOptions: Columns | NamedTableOptions, options: TableOptions = {}) {
    const named = isNamed(columnsOrOptions) ? columnsOrOptions : null;
    const flags = named ?? options;
    this.name = named?.name ?? "";
    if (named !== null) {
      this.columns = named.columns;
      this.columnTypes = Object.fromEntries(named.columns.map((c) => [c.name, { type: c.type }])) as unknown as Columns;
      this.indexes = named.indexes ?? [];
    } else {
      this.columnTypes = columnsOrOptions as Columns;
      this.columns = Object.entries(this.columnTypes).map(([name, { type }]) => new Column({ name, type }));
      this.indexes = Object.entries(options.indexes ?? {}).map(
        ([name, list]) =>
          new Index({
            name,
            columns: list.map((entry) => (typeof entry === "string" ? IndexedColumn.fromShorthand(entry) : entry)),
          }),
      );
    }
    this.localOnly = flags.localOnly ?? false;
    this.insertOnly = flags.insertOnly ?? false;
    this.viewNameOverride = flags.viewName;
    this.trackPrevious = flags.trackPrevious ?? false;
    this.trackMetadata = flags.trackMetadata ?? false;
    this.ignoreEmptyUpdates = flags.ignoreEmptyUpdates ?? false;
    if (named === null) this.validate();
  }

  static createLocalOnly<C extends ColumnsType>(columns: C, options: TableOptions = {}): Table<C> {
    return new Table(columns, { ...options, localOnly: true, insertOnly: false });
  }

  static createInsertOnly<C extends ColumnsType>(columns: C, options: TableOptions = {}): Table<C> {
    return new Table(columns, { ...options, localOnly: false, insertOnly: true });
  }

  // The same table under a name, as a Schema holds it.
  static withName<C extends ColumnsType>(name: string, table: Table<C>): ResolvedTable<C> {
    return Object.assign(Object.create(Table.prototype), table, { name }) as ResolvedTable<C>;
  }

  get viewName(): string {
    return this.viewNameOverride ?? this.name;
  }

  // The name that the compatibility profile shows for the table in change events.
  get internalName(): string {
    return this.localOnly ? `ps_data_local__${this.name}` : `ps_data__${this.name}`;
  }

  get validName(): boolean {
    return !kInvalidCharacters.test(this.name) && !kInvalidCharacters.test(this.viewName);
  }

  get columnMap(): { readonly [name: string]: Column | undefined } {
    return Object.fromEntries(this.columns.map((c) => [c.name, c]));
  }

  validate(): void {
    const fail = (message: string) => new SkerryError("invalid_schema", message);
    if (kInvalidCharacters.test(this.name)) throw fail(`Invalid characters in table name: ${this.name}`);
    if (this.viewNameOverride !== undefined && kInvalidCharacters.test(this.viewNameOverride)) {
      throw fail(`Invalid characters in view name: ${this.viewNameOverride}`);
    }
    if (this.columns.length > kMaxColumns) {
      throw fail(`Table has too many columns. The maximum number of columns is ${kMaxColumns}.`);
    }
    if (this.trackMetadata && this.localOnly) throw fail("Can't include metadata for local-only tables.");
    if (this.trackPrevious !== false && this.localOnly) throw fail("Can't include old values for local-only tables.");

    const columnNames = new Set(["id"]);
    for (const { name } of this.columns) {
      if (name === "id") throw fail("An id column is automatically added, custom id columns are not supported");
      if (columnNames.has(name)) throw fail(`Duplicate column ${name}`);
      if (kInvalidCharacters.test(name)) throw fail(`Invalid characters in column name: ${name}`);
      columnNames.add(name);
    }
    const indexNames = new Set<string>();
    for (const index of this.indexes) {
      if (indexNames.has(index.name)) throw fail(`Duplicate index ${index.name}`);
      if (kInvalidCharacters.test(index.name)) throw fail(`Invalid characters in index name: ${index.name}`);
      for (const { name } of index.columns) {
        if (!columnNames.has(name)) throw fail(`Column ${name} not found for index ${index.name}`);
      }
      indexNames.add(index.name);
    }
  }

  // The keys and their order are part of the contract with the core (client-core 5.1).
  toJSON(): TableJson {
    const { trackPrevious } = this;
    return {
      name: this.name,
      view_name: this.viewName,
      columns: this.columns.map((c) => ({ name: c.name, type: c.type })),
      indexes: this.indexes.map((index) => index.toJSON(this)),
      local_only: this.localOnly,
      insert_only: this.insertOnly,
      include_old: typeof trackPrevious === "object" ? (trackPrevious.columns ?? true) : trackPrevious,
      include_old_only_when_changed: typeof trackPrevious === "object" && trackPrevious.onlyWhenChanged === true,
      include_metadata: this.trackMetadata,
      ignore_empty_update: this.ignoreEmptyUpdates,
    };
  }
}

// A table that knows its name.
export type ResolvedTable<Columns extends ColumnsType = ColumnsType> = Table<Columns>;

function isNamed(value: object): value is NamedTableOptions {
  return "columns" in value && Array.isArray((value as { columns: unknown }).columns);
}
