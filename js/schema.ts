// The app's schema: its tables by name. `toJSON()` is what the core gets.

import { SkerryError } from "./errors.js";
import { type ResolvedTable, type RowType, Table, type TableJson } from "./table.js";

export interface SchemaJson {
  readonly tables: readonly TableJson[];
}

type TableMap = { readonly [name: string]: Table };

// What the database asks of a schema. By shape, not by class: an app may hold a second copy of these classes.
export interface SchemaLike {
  toJSON(): unknown;
  validate?(): void;
  readonly tables?: readonly {
    readonly name: string;
    readonly viewName: string;
    readonly internalName: string;
    readonly localOnly: boolean;
  }[];
}

export class Schema<Tables extends TableMap = TableMap> {
  readonly tables: readonly ResolvedTable[];
  readonly props: Tables;
  // Only a type: `type Db = typeof AppSchema["types"]`.
  declare readonly types: { [K in keyof Tables]: RowType<Tables[K]> };

  constructor(tables: Tables | readonly ResolvedTable[]) {
    if (isList(tables)) {
      if (tables.some((table) => !table.name)) {
        throw new SkerryError(
          "invalid_schema",
          "It appears you are trying to create a new Schema with an array of tables without names. Use an object of tables instead: new Schema({ todos, lists }).",
        );
      }
      this.tables = [...tables];
      this.props = Object.fromEntries(this.tables.map((table) => [table.name, table])) as unknown as Tables;
    } else {
      this.props = tables;
      this.tables = Object.entries(tables).map(([name, table]) => resolve(name, table));
    }
  }

  validate(): void {
    const names = new Set<string>();
    for (const table of this.tables) {
      table.validate();
      if (names.has(table.viewName)) throw new SkerryError("invalid_schema", `Duplicate table ${table.viewName}`);
      names.add(table.viewName);
    }
  }

  toJSON(): SchemaJson {
    return { tables: this.tables.map((table) => table.toJSON()) };
  }
}

function isList(tables: TableMap | readonly ResolvedTable[]): tables is readonly ResolvedTable[] {
  return Array.isArray(tables);
}

function resolve(name: string, table: Table): ResolvedTable {
  if (typeof (table as Table | undefined)?.toJSON !== "function") {
    throw new SkerryError("invalid_schema", `Table ${name} has to be a Table`);
  }
  return Table.withName(name, table);
}
