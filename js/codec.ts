// The binary forms of docs/module-abi.md, on the tab's side: statements are encoded here, once, and travel to the core
// untouched; results come back as one buffer and are read in place.

import { SkerryError } from "./errors.js";
import { CellTag, kResultMagic, ResultFlag, StatementFlag, ValueTag, WatchFlag, WatchKind } from "./worker/abi.js";

// A value that SQLite can hold, as it comes out of a query.
export type SqlValue = string | number | bigint | Uint8Array | null;
export type Row = Record<string, unknown>;

export interface Statement {
  readonly sql: string;
  // One entry per run; a plain statement has one, without parameters it is [].
  readonly sets: readonly (readonly unknown[])[];
  readonly lease: number;
  readonly read: boolean;
  readonly batch: boolean;
  readonly deadlineMs: number;
}

const kStatementHeaderBytes = 16;
const kWatchHeaderBytes = 16;
const kMinInt64 = -(2n ** 63n);
const kMaxInt64 = 2n ** 63n - 1n;
const encoder = /* @__PURE__ */ new TextEncoder();

// Grows one buffer and keeps it between statements: a statement costs one allocation, the slice that is transferred.
class Writer {
  bytes = new Uint8Array(4096);
  view = new DataView(this.bytes.buffer);
  size = 0;

  reserve(more: number): void {
    const needed = this.size + more;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.size));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.size++] = value;
  }
  u32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.size, value, true);
    this.size += 4;
  }
  i64(value: bigint): void {
    this.reserve(8);
    this.view.setBigInt64(this.size, value, true);
    this.size += 8;
  }
  f64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.size, value, true);
    this.size += 8;
  }
  // A number known to be a whole one below 2^53, without the detour over BigInt.
  safeInteger(value: number): void {
    this.reserve(8);
    this.view.setUint32(this.size, value >>> 0, true);
    this.view.setInt32(this.size + 4, Math.floor(value / 2 ** 32), true);
    this.size += 8;
  }
  text(value: string): void {
    this.reserve(4 + value.length * 3);
    const { written } = encoder.encodeInto(value, this.bytes.subarray(this.size + 4));
    this.view.setUint32(this.size, written, true);
    this.size += 4 + written;
  }
  blob(value: Uint8Array): void {
    this.u32(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.size);
    this.size += value.length;
  }
  finish(): ArrayBuffer {
    const result = this.bytes.buffer.slice(0, this.size);
    // A statement with megabytes of parameters should not keep them for the life of the tab.
    if (this.bytes.length > 1 << 20) {
      this.bytes = new Uint8Array(4096);
      this.view = new DataView(this.bytes.buffer);
    }
    this.size = 0;
    return result;
  }
}

let sharedWriter: Writer | null = null;

// `mayBeScript`: without parameters all statements of the text run.
export function encodeStatement(statement: Statement, mayBeScript = true): ArrayBuffer {
  const writer = takeWriter();
  putStatement(writer, statement, mayBeScript);
  return writer.finish();
}

export interface WatchSettings {
  readonly throttleMs: number;
  // Equal results are not sent.
  readonly compare: boolean;
  // The tables to follow instead of those that the query reads.
  readonly tables: readonly string[] | null;
}

// A kWatchOpen payload; the owner's worker puts the watch id into its first four bytes.
export function encodeWatch(statement: Statement, settings: WatchSettings): ArrayBuffer {
  const { throttleMs, compare, tables } = settings;
  const writer = takeWriter();
  writer.u32(0);
  writer.u32(throttleMs);
  writer.u32((compare ? WatchFlag.kCompare : 0) | (tables === null ? 0 : WatchFlag.kTables));
  if (tables !== null) writer.text(JSON.stringify(tables));
  putStatement(writer, statement, false);
  return writer.finish();
}

function takeWriter(): Writer {
  sharedWriter ??= new Writer();
  sharedWriter.size = 0; // A parameter that could not be encoded left something behind.
  return sharedWriter;
}

function putStatement(writer: Writer, statement: Statement, mayBeScript: boolean): void {
  const { sql, sets, batch, read } = statement;
  if (typeof sql !== "string") {
    throw new SkerryError("invalid_argument", `SQL has to be a string, not ${describe(sql)}`);
  }
  // Without a semicolon there is one statement, which the core may keep prepared.
  const isScript = mayBeScript && !batch && sets.every((set) => set.length === 0) && sql.includes(";");
  writer.reserve(kStatementHeaderBytes);
  writer.u32(statement.lease);
  writer.u32(
    (read ? StatementFlag.kRead : 0) | (batch ? StatementFlag.kBatch : 0) | (isScript ? StatementFlag.kScript : 0),
  );
  writer.u32(statement.deadlineMs);
  writer.text(sql);
  writer.u32(sets.length);
  for (const [setIndex, set] of sets.entries()) {
    if (!Array.isArray(set)) {
      throw new SkerryError("invalid_argument", `Parameters have to be an array, not ${describe(set)}`);
    }
    writer.u32(set.length);
    // By index: a hole in the array is undefined, which binds as null.
    for (let i = 0; i < set.length; i++) putValue(writer, set[i], i, batch ? setIndex : null);
  }
}

function putValue(writer: Writer, value: unknown, index: number, setIndex: number | null): void {
  switch (typeof value) {
    case "string":
      writer.u8(ValueTag.kText);
      writer.text(value);
      return;
    case "number":
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
        writer.u8(ValueTag.kInteger);
        writer.safeInteger(value);
        return;
      }
      // SQLite would store NULL for it without a word.
      if (Number.isNaN(value)) throw badParameter("is NaN, which SQLite cannot store", index, setIndex);
      writer.u8(ValueTag.kReal);
      writer.f64(value);
      return;
    case "bigint":
      if (value < kMinInt64 || value > kMaxInt64) {
        throw badParameter("is a bigint outside the 64 bits of an SQLite integer", index, setIndex);
      }
      writer.u8(ValueTag.kInteger);
      writer.i64(value);
      return;
    case "boolean":
      writer.u8(ValueTag.kInteger);
      writer.safeInteger(value ? 1 : 0);
      return;
    case "undefined":
      writer.u8(ValueTag.kNull);
      return;
    case "object": {
      if (value === null) {
        writer.u8(ValueTag.kNull);
        return;
      }
      const bytes = asBytes(value);
      if (bytes === null) break;
      writer.u8(ValueTag.kBlob);
      writer.blob(bytes);
      return;
    }
    default:
      break;
  }
  throw badParameter(`is ${describe(value)}, which SQLite cannot store`, index, setIndex);
}

function asBytes(value: object): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (Array.isArray(value) && value.every((item) => Number.isInteger(item) && item >= 0 && item <= 255)) {
    return Uint8Array.from(value as number[]);
  }
  return null;
}

function badParameter(what: string, index: number, setIndex: number | null): SkerryError {
  const where = setIndex === null ? `Parameter ${index + 1}` : `Parameter ${index + 1} of row ${setIndex + 1}`;
  return new SkerryError("invalid_argument", `${where} ${what}`);
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return `a ${typeof value}`;
  const name = value.constructor?.name;
  return name === undefined || name === "Object" ? "an object" : `a ${name}`;
}

const kPlain = { enumerable: true, configurable: true, writable: true } as const;
const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true });

// A result as it came from the core. Nothing is decoded before it is asked for, except the column names.
export class ResultBuffer {
  readonly columnNames: readonly string[];
  readonly rowCount: number;
  readonly changes: number;
  readonly lastInsertId: number;
  readonly changed: boolean;
  private readonly buffer: ArrayBuffer;
  private readonly base: number;
  private readonly tags: Uint8Array;
  private readonly slots: Float64Array;
  private readonly halves: Uint32Array;
  private wholeText: string | null = null;

  // `base` is where the result begins in `buffer`; it is a multiple of 8.
  constructor(buffer: ArrayBuffer, base = 0) {
    const view = new DataView(buffer, base);
    if (view.byteLength < 64 || view.getUint32(0, true) !== kResultMagic) {
      throw new SkerryError("internal", "The core sent something that is not a result");
    }
    this.buffer = buffer;
    this.base = base;
    const columnCount = view.getUint32(4, true);
    this.rowCount = view.getUint32(8, true);
    this.changes = Number(view.getBigInt64(16, true));
    this.lastInsertId = Number(view.getBigInt64(24, true));
    this.changed = (view.getUint32(56, true) & ResultFlag.kChanged) !== 0;
    const cellCount = columnCount * this.rowCount;
    const slotsOffset = base + view.getUint32(36, true);
    this.tags = new Uint8Array(buffer, base + view.getUint32(32, true), cellCount);
    this.slots = new Float64Array(buffer, slotsOffset, cellCount);
    this.halves = new Uint32Array(buffer, slotsOffset, cellCount * 2);
    this.columnNames = readNames(view, buffer, base, columnCount);
  }

  // One cell. Blobs are copies that the caller owns.
  cell(column: number, row: number): SqlValue {
    const at = column * this.rowCount + row;
    switch (this.tags[at]) {
      case CellTag.kSafeInteger:
      case CellTag.kReal:
        return this.slots[at] as number;
      case CellTag.kText: {
        const start = this.halves[at * 2] as number;
        return this.text().substring(start, start + (this.halves[at * 2 + 1] as number));
      }
      case CellTag.kBigInteger:
        return new DataView(this.slots.buffer, this.slots.byteOffset).getBigInt64(at * 8, true);
      case CellTag.kBlob:
        return this.blob(this.halves[at * 2] as number, this.halves[at * 2 + 1] as number);
      default:
        return null;
    }
  }

  // Row `row` as an object; of columns with the same name the last one stays.
  object(row: number): Row {
    const names = this.columnNames;
    const object: Row = {};
    for (let column = 0; column < names.length; column++) object[names[column] as string] = this.cell(column, row);
    const odd = names.indexOf("__proto__");
    // Assigning this one would set the prototype.
    if (odd >= 0) Object.defineProperty(object, "__proto__", { value: this.cell(odd, row), ...kPlain });
    return object;
  }

  objects(): Row[] {
    const rows = new Array<Row>(this.rowCount);
    for (let row = 0; row < rows.length; row++) rows[row] = this.object(row);
    return rows;
  }

  arrays(): SqlValue[][] {
    const rows = new Array<SqlValue[]>(this.rowCount);
    const width = this.columnNames.length;
    for (let row = 0; row < rows.length; row++) {
      const values = new Array<SqlValue>(width);
      for (let column = 0; column < width; column++) values[column] = this.cell(column, row);
      rows[row] = values;
    }
    return rows;
  }

  // The text area is decoded once, as a whole: one call into the decoder, and every cell is a slice of its string.
  private text(): string {
    if (this.wholeText === null) {
      const view = new DataView(this.buffer, this.base);
      const bytes = new Uint8Array(this.buffer, this.base + view.getUint32(40, true), view.getUint32(12, true));
      this.wholeText = decoder.decode(bytes);
    }
    return this.wholeText;
  }

  private blob(start: number, size: number): Uint8Array {
    const offset = this.base + new DataView(this.buffer, this.base).getUint32(44, true) + start;
    return new Uint8Array(this.buffer.slice(offset, offset + size));
  }
}

function readNames(view: DataView, buffer: ArrayBuffer, base: number, count: number): string[] {
  const names: string[] = [];
  let at = view.getUint32(52, true);
  for (let i = 0; i < count; i++) {
    const size = view.getUint32(at, true);
    names.push(decoder.decode(new Uint8Array(buffer, base + at + 4, size)));
    at += 4 + size;
  }
  return names;
}

export type WatchUpdate<T> =
  | { readonly kind: "rows"; readonly rows: readonly T[]; readonly result: ResultBuffer }
  | { readonly kind: "error"; readonly json: string };

// The rows after a watch message: those that did not change are the very objects of `previous`.
export function applyWatchMessage<T>(
  message: ArrayBuffer,
  previous: readonly T[],
  makeRow: (result: ResultBuffer, row: number) => T,
): WatchUpdate<T> {
  const view = new DataView(message);
  const kind = view.getUint32(4, true);
  if (kind === WatchKind.kError)
    return { kind: "error", json: decoder.decode(new Uint8Array(message, kWatchHeaderBytes)) };
  const runCount = view.getUint32(8, true);
  const resultAt = (kWatchHeaderBytes + runCount * 8 + 7) & ~7;
  const result = new ResultBuffer(message, resultAt);
  const rows: T[] = [];
  let next = 0;
  for (let run = 0; run < runCount; run++) {
    const from = view.getInt32(kWatchHeaderBytes + run * 8, true);
    const count = view.getUint32(kWatchHeaderBytes + run * 8 + 4, true);
    for (let i = 0; i < count; i++) rows.push(from < 0 ? makeRow(result, next++) : (previous[from + i] as T));
  }
  return { kind: "rows", rows, result };
}
