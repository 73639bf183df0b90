// What the tests' pages share: the package under test, a schema, and a few helpers on globalThis.
import * as skerry from "/dist/index.js";

const { SkerryDatabase, Schema, Table, column } = skerry;

globalThis.skerry = skerry;
globalThis.schema = new Schema({
  lists: new Table({ name: column.text, owner: column.text }),
  todos: new Table(
    { list_id: column.text, text: column.text, done: column.integer, weight: column.real },
    { indexes: { by_list: ["list_id"] } },
  ),
  notes: Table.createLocalOnly({ body: column.text }),
  events: Table.createInsertOnly({ what: column.text }),
});

/** Opens a database and remembers it as `db`. A worker that is just ending may hold the file for a while. */
globalThis.open = async (dbFilename, options = {}) => {
  const db = new SkerryDatabase({
    schema: globalThis.schema,
    database: { dbFilename, busyTimeoutMs: 60_000 },
    ...options,
  });
  globalThis.db = db;
  await db.waitForReady();
  return db;
};

/** Resolves with the first value for which `accept` is true; polls a function, never a duration alone. */
globalThis.until = async (read, accept = Boolean, timeoutMs = 120_000) => {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (accept(value)) return value;
    if (performance.now() > end) throw new Error(`Waited ${timeoutMs} ms; the last value was ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

/** What a promise rejects with, as plain data. */
globalThis.rejection = async (promise) => {
  try {
    await promise;
  } catch (error) {
    const { name, message, code, extendedCode, sql } = error;
    return { name, message, code, extendedCode, sql };
  }
  throw new Error("It did not reject");
};
