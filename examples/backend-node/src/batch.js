// The body of an upload, {"client_id": "...", "batch": [entry, ...]}, as checked entries.
//
// A body that no client of ours sends is refused whole (400). An entry that is well-formed but cannot be written carries its
// `problem`: it will be reported to the client and leave its queue, so that it never blocks what is behind it.
import { isUuid } from "./columns.js";
import { Refusal } from "./refusal.js";

const operations = ["PUT", "PATCH", "DELETE"];
const maxClientId = 100;
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function refuse(message) {
  throw new Refusal(400, "bad_request", message);
}

/** Values by column, parsed. What is wrong with one is thrown as a sentence that names the column. */
function readColumns(table, values) {
  const parsed = {};
  for (const [name, value] of Object.entries(values)) {
    if (name === "id") continue;
    const column = Object.hasOwn(table.columns, name) ? table.columns[name] : null;
    if (!column)
      throw new TypeError(`the table ${table.name} has no column ${JSON.stringify(name.slice(0, 60))} to write`);
    if (column.serverMade || column.author) continue;
    try {
      parsed[name] = value === null ? null : column.parse(value);
    } catch (error) {
      throw new TypeError(`${name} ${error.message}`);
    }
  }
  return parsed;
}

/** Previous values as far as they can be compared; one that cannot is as good as one that was not sent. */
function readPrevious(table, old) {
  const known = {};
  for (const [name, value] of Object.entries(old)) {
    if (name === "version") known.version = String(value);
    else if (Object.hasOwn(table.columns, name)) {
      try {
        Object.assign(known, readColumns(table, { [name]: value }));
      } catch {}
    }
  }
  return known;
}

/** The columns that say who made a row. */
function signature({ columns }, user) {
  return Object.fromEntries(Object.keys(columns).flatMap((name) => (columns[name].author ? [[name, user]] : [])));
}

function readEntry(entry, tables, user) {
  const { op_id: opId, op, type, id, data, old } = entry;
  const read = { opId, op, type, id, table: tables.get(type), data: {}, old: null, problem: null };
  if (!read.table) read.problem = `the table ${JSON.stringify(type.slice(0, 60))} cannot be written here`;
  else if (!operations.includes(op)) read.problem = `the operation has to be ${operations.join(", ")}`;
  else if (!isUuid(id)) read.problem = "the id has to be a UUID";
  if (read.problem) return read;
  read.id = id.toLowerCase();
  try {
    if (op !== "DELETE") read.data = readColumns(read.table, data ?? {});
    if (op === "PUT") Object.assign(read.data, signature(read.table, user));
    if (old) read.old = readPrevious(read.table, old);
  } catch (error) {
    read.problem = error.message;
  }
  return read;
}

function checkForm(entry, at, previous) {
  const where = `batch[${at}]`;
  if (!isObject(entry)) refuse(`${where} has to be an object`);
  if (!Number.isSafeInteger(entry.op_id) || entry.op_id < 1)
    refuse(`${where}: op_id has to be a positive whole number`);
  if (entry.op_id <= previous) refuse(`${where}: op_id has to be greater than the one before it`);
  for (const name of ["op", "type", "id"]) {
    if (typeof entry[name] !== "string") refuse(`${where}: ${name} has to be text`);
  }
  for (const name of ["data", "old"]) {
    if (entry[name] !== undefined && entry[name] !== null && !isObject(entry[name]))
      refuse(`${where}: ${name} has to be an object`);
  }
}

/** { clientId, entries } of a parsed body that `user` sent, or a Refusal. */
export function readBatch(body, { user, tables, maxEntries }) {
  if (!isObject(body) || !Array.isArray(body.batch)) refuse('Send {"client_id": "...", "batch": [...]}');
  const { client_id: clientId, batch } = body;
  if (typeof clientId !== "string" || clientId === "" || clientId.length > maxClientId || clientId.includes("\0")) {
    refuse(`client_id has to be text of 1 to ${maxClientId} characters`);
  }
  if (batch.length > maxEntries)
    throw new Refusal(413, "batch_too_large", `A batch may have at most ${maxEntries} entries`);
  let previous = 0;
  for (const [at, entry] of batch.entries()) {
    checkForm(entry, at, previous);
    previous = entry.op_id;
  }
  return { clientId, entries: batch.map((entry) => readEntry(entry, tables, user)) };
}
