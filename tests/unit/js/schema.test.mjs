import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../support/load-ts.mjs";

const { column, Schema, Table, Index, IndexedColumn, Column, SkerryError } = await load("index.ts");

test("a schema's JSON has the keys of the contract in their order", () => {
  const schema = new Schema({
    todos: new Table(
      { text: column.text, done: column.integer, weight: column.real },
      {
        indexes: { by_done: ["-done", "text"] },
        trackPrevious: { columns: ["done"], onlyWhenChanged: true },
        trackMetadata: true,
      },
    ),
  });
  assert.equal(
    JSON.stringify(schema.toJSON()),
    JSON.stringify({
      tables: [
        {
          name: "todos",
          view_name: "todos",
          columns: [
            { name: "text", type: "TEXT" },
            { name: "done", type: "INTEGER" },
            { name: "weight", type: "REAL" },
          ],
          indexes: [
            {
              name: "by_done",
              columns: [
                { name: "done", ascending: false, type: "INTEGER" },
                { name: "text", ascending: true, type: "TEXT" },
              ],
            },
          ],
          local_only: false,
          insert_only: false,
          include_old: ["done"],
          include_old_only_when_changed: true,
          include_metadata: true,
          ignore_empty_update: false,
        },
      ],
    }),
  );
});

test("the options of a table become its flags", () => {
  const { tables } = new Schema({
    a: Table.createLocalOnly({ x: column.text }, { viewName: "b" }),
    c: Table.createInsertOnly({ x: column.text }),
    d: new Table({ x: column.text }, { trackPrevious: true, ignoreEmptyUpdates: true }),
  }).toJSON();
  assert.deepEqual(
    tables.map((t) => [t.name, t.view_name, t.local_only, t.insert_only, t.include_old, t.ignore_empty_update]),
    [
      ["a", "b", true, false, false, false],
      ["c", "c", false, true, false, false],
      ["d", "d", false, false, true, true],
    ],
  );
});

test("tables may be given with their names, as a list", () => {
  const named = new Table({
    name: "lists",
    columns: [new Column({ name: "title", type: "TEXT" })],
    indexes: [new Index({ name: "t", columns: [new IndexedColumn({ name: "title", ascending: false })] })],
  });
  const [table] = new Schema([named]).toJSON().tables;
  assert.equal(table.name, "lists");
  assert.deepEqual(table.indexes[0].columns, [{ name: "title", ascending: false, type: "TEXT" }]);
  assert.throws(
    () => new Schema([new Table({ a: column.text })]),
    /^SkerryError: It appears you are trying to create a new Schema with an array/,
  );
});

const refused = [
  ["Invalid characters in column name: a b", () => new Table({ "a b": column.text })],
  ["Invalid characters in index name: a.b", () => new Table({ a: column.text }, { indexes: { "a.b": ["a"] } })],
  ["Column b not found for index i", () => new Table({ a: column.text }, { indexes: { i: ["b"] } })],
  ["An id column is automatically added, custom id columns are not supported", () => new Table({ id: column.text })],
  [
    "Can't include metadata for local-only tables.",
    () => Table.createLocalOnly({ a: column.text }, { trackMetadata: true }),
  ],
  [
    "Can't include old values for local-only tables.",
    () => Table.createLocalOnly({ a: column.text }, { trackPrevious: true }),
  ],
  ["Invalid characters in view name: a%b", () => new Table({ a: column.text }, { viewName: "a%b" })],
  [
    "Table has too many columns. The maximum number of columns is 1999.",
    () => new Table(Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`c${i}`, column.text]))),
  ],
  ["Invalid characters in table name: a,b", () => new Schema({ "a,b": new Table({ x: column.text }) }).validate()],
  [
    "Duplicate table b",
    () =>
      new Schema({ a: new Table({ x: column.text }, { viewName: "b" }), b: new Table({ x: column.text }) }).validate(),
  ],
  [
    "Duplicate column a",
    () => new Table({ name: "t", columns: [new Column({ name: "a" }), new Column({ name: "a" })] }).validate(),
  ],
  [
    "Duplicate index i",
    () =>
      new Table({ name: "t", columns: [], indexes: [new Index({ name: "i" }), new Index({ name: "i" })] }).validate(),
  ],
];
for (const [message, make] of refused) {
  test(`a schema is refused with: ${message}`, () => {
    assert.throws(make, (error) => {
      assert.ok(error instanceof SkerryError);
      assert.equal(error.code, "invalid_schema");
      assert.equal(error.message, message);
      return true;
    });
  });
}

test("a table of 1,999 columns is accepted", () => {
  const table = new Table(Object.fromEntries(Array.from({ length: 1999 }, (_, i) => [`c${i}`, column.text])));
  assert.equal(table.columns.length, 1999);
});
