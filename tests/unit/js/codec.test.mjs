import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../support/load-ts.mjs";

const { encodeStatement, encodeWatch, ResultBuffer, applyWatchMessage, SkerryError } = await load(
  "codec.ts",
  "errors.ts",
);

const statement = (sets, more = {}) => ({
  sql: "SELECT 1",
  sets,
  lease: 0,
  read: false,
  batch: false,
  deadlineMs: 0,
  ...more,
});

/** Reads a statement payload back, as docs/module-abi.md describes it. */
function readStatement(buffer, start = 0) {
  const view = new DataView(buffer);
  let at = start;
  const skip = (size) => {
    at += size;
    return at - size;
  };
  const u32 = () => view.getUint32(skip(4), true);
  const bytes = () => {
    const size = u32();
    return new Uint8Array(buffer, skip(size), size);
  };
  const text = () => new TextDecoder().decode(bytes());
  const readers = [
    () => null,
    () => view.getBigInt64(skip(8), true),
    () => view.getFloat64(skip(8), true),
    text,
    () => [...bytes()],
  ];
  const head = { lease: u32(), flags: u32(), deadlineMs: u32(), sql: text() };
  const sets = [];
  for (let count = u32(); count > 0; count--) {
    const set = [];
    for (let n = u32(); n > 0; n--) set.push(readers[view.getUint8(skip(1))]());
    sets.push(set);
  }
  assert.equal(at, buffer.byteLength, "nothing is left over");
  return { ...head, sets };
}

/** Builds a result buffer from rows, as the core does. */
function makeResult(names, rows, { changes = 0n, lastInsertId = 0n, prefix = 0 } = {}) {
  const encoder = new TextEncoder();
  let text = "";
  const blobs = [];
  const tags = [];
  const slots = [];
  for (let column = 0; column < names.length; column++) {
    for (const row of rows) {
      const value = row[column];
      const slot = new DataView(new ArrayBuffer(8));
      if (value === null) tags.push(0);
      else if (typeof value === "bigint") {
        tags.push(2);
        slot.setBigInt64(0, value, true);
      } else if (typeof value === "number") {
        tags.push(Number.isInteger(value) ? 1 : 3);
        slot.setFloat64(0, value, true);
      } else if (typeof value === "string") {
        tags.push(4);
        slot.setUint32(0, text.length, true);
        slot.setUint32(4, value.length, true);
        text += value;
      } else {
        tags.push(5);
        slot.setUint32(0, blobs.length, true);
        slot.setUint32(4, value.length, true);
        blobs.push(...value);
      }
      slots.push(slot.buffer);
    }
  }
  const textBytes = encoder.encode(text);
  const nameParts = names.map((name) => encoder.encode(name));
  const align = (n) => (n + 7) & ~7;
  const tagsAt = 64;
  const slotsAt = align(tagsAt + tags.length);
  const textAt = slotsAt + slots.length * 8;
  const blobAt = textAt + textBytes.length;
  const namesAt = blobAt + blobs.length;
  const total = align(namesAt + nameParts.reduce((sum, part) => sum + 4 + part.length, 0));
  const buffer = new ArrayBuffer(prefix + total);
  const view = new DataView(buffer, prefix);
  const bytes = new Uint8Array(buffer, prefix);
  const header = [0x31524b53, names.length, rows.length, textBytes.length];
  header.forEach((value, i) => {
    view.setUint32(i * 4, value, true);
  });
  view.setBigInt64(16, changes, true);
  view.setBigInt64(24, lastInsertId, true);
  [tagsAt, slotsAt, textAt, blobAt, blobs.length, namesAt, 0, total].forEach((value, i) => {
    view.setUint32(32 + i * 4, value, true);
  });
  bytes.set(tags, tagsAt);
  slots.forEach((slot, i) => {
    bytes.set(new Uint8Array(slot), slotsAt + i * 8);
  });
  bytes.set(textBytes, textAt);
  bytes.set(blobs, blobAt);
  let at = namesAt;
  for (const part of nameParts) {
    view.setUint32(at, part.length, true);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return buffer;
}

function makeWatchMessage(kind, runs, names, rows) {
  const resultAt = (16 + runs.length * 8 + 7) & ~7;
  const buffer = makeResult(names, rows, { prefix: resultAt });
  const view = new DataView(buffer);
  [7, kind, runs.length, resultAt].forEach((value, i) => {
    view.setUint32(i * 4, value, true);
  });
  runs.forEach(([from, count], i) => {
    view.setInt32(16 + i * 8, from, true);
    view.setUint32(20 + i * 8, count, true);
  });
  return buffer;
}

test("every kind of value is encoded with its tag", () => {
  const values = [
    null,
    undefined,
    true,
    false,
    1,
    -1,
    2 ** 40,
    -(2 ** 40),
    1.5,
    -0,
    1e300,
    "ä€😀",
    2n ** 62n,
    new Uint8Array([1, 2]),
    [3, 4],
  ];
  const { sets } = readStatement(encodeStatement(statement([values])));
  assert.deepEqual(sets[0].slice(0, 9), [null, null, 1n, 0n, 1n, -1n, 2n ** 40n, -(2n ** 40n), 1.5]);
  assert.ok(Object.is(sets[0][9], -0), "minus zero stays a real number");
  assert.deepEqual(sets[0].slice(10), [1e300, "ä€😀", 2n ** 62n, [1, 2], [3, 4]]);
});

test("the bounds of 64 bits are kept, and one beyond is refused by name", () => {
  const { sets } = readStatement(encodeStatement(statement([[2n ** 63n - 1n, -(2n ** 63n)]])));
  assert.deepEqual(sets[0], [2n ** 63n - 1n, -(2n ** 63n)]);
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n]) {
    assert.throws(() => encodeStatement(statement([["x", value]])), {
      name: "SkerryError",
      code: "invalid_argument",
      message: /^Parameter 2 /,
    });
  }
});

test("values that SQLite cannot store are refused by name", () => {
  for (const value of [Number.NaN, {}, new Date(), () => 1, Symbol("x")]) {
    assert.throws(() => encodeStatement(statement([[value]])), SkerryError);
  }
  const batch = statement([["a"], [Number.NaN]], { batch: true });
  assert.throws(() => encodeStatement(batch), { message: "Parameter 1 of row 2 is NaN, which SQLite cannot store" });
  assert.throws(() => encodeStatement({ ...statement([[]]), sql: 5 }), {
    message: "SQL has to be a string, not a number",
  });
  // A refused statement leaves nothing behind for the next one.
  assert.deepEqual(readStatement(encodeStatement(statement([["b"]]))).sets, [["b"]]);
});

test("only text of several statements without parameters is a script", () => {
  const script = { ...statement([[]]), sql: "SELECT 1; SELECT 2" };
  assert.equal(readStatement(encodeStatement(script)).flags, 4);
  assert.equal(readStatement(encodeStatement({ ...script, sets: [[1]] })).flags, 0);
  assert.equal(readStatement(encodeStatement(script, false)).flags, 0);
  assert.equal(readStatement(encodeStatement(statement([[]]))).flags, 0);
  assert.equal(readStatement(encodeStatement(statement([[1]], { read: true }))).flags, 1);
  assert.equal(readStatement(encodeStatement(statement([[], []], { batch: true }))).flags, 2);
});

test("a statement larger than the kept buffer is encoded whole", () => {
  const text = "ä".repeat(900_000);
  assert.deepEqual(readStatement(encodeStatement(statement([[text, 1]]))).sets, [[text, 1n]]);
});

test("a watch payload carries throttle, flags and tables before its statement", () => {
  const plain = encodeWatch(statement([[1]]), { throttleMs: 30, compare: true, tables: null });
  assert.deepEqual([...new Uint32Array(plain.slice(0, 12))], [0, 30, 1]);
  assert.equal(readStatement(plain, 12).sql, "SELECT 1");
  const given = encodeWatch(statement([[]]), { throttleMs: 0, compare: false, tables: ["a", "b"] });
  const view = new DataView(given);
  assert.equal(view.getUint32(8, true), 4);
  const size = view.getUint32(12, true);
  assert.equal(new TextDecoder().decode(new Uint8Array(given, 16, size)), '["a","b"]');
  assert.equal(readStatement(given, 16 + size).sql, "SELECT 1");
});

test("a result gives back every kind of value", () => {
  const rows = [
    [1, "ä😀", null, 2n ** 60n, new Uint8Array([1, 2, 3])],
    [1.5, "", "\ufeffb", -(2n ** 60n), new Uint8Array([])],
  ];
  const result = new ResultBuffer(makeResult(["n", "t", "maybe", "big", "b"], rows, { changes: 3n, lastInsertId: 9n }));
  assert.deepEqual(result.arrays(), rows);
  assert.deepEqual(result.objects()[0], { n: 1, t: "ä😀", maybe: null, big: 2n ** 60n, b: new Uint8Array([1, 2, 3]) });
  assert.equal(result.changes, 3);
  assert.equal(result.lastInsertId, 9);
});

test("of two columns with one name the object has the last, the array both", () => {
  const result = new ResultBuffer(makeResult(["a", "a"], [[1, 2]]));
  assert.deepEqual(result.objects(), [{ a: 2 }]);
  assert.deepEqual(result.arrays(), [[1, 2]]);
});

test("a column may be called __proto__", () => {
  const [row] = new ResultBuffer(makeResult(["__proto__", "id"], [["x", "y"]])).objects();
  assert.deepEqual(Object.entries(row).sort(), [
    ["__proto__", "x"],
    ["id", "y"],
  ]);
  assert.equal(Object.getPrototypeOf(row), Object.prototype);
});

test("something that is no result is refused", () => {
  assert.throws(() => new ResultBuffer(new ArrayBuffer(8)), SkerryError);
  assert.throws(() => new ResultBuffer(new ArrayBuffer(64)), SkerryError);
});

test("a patch keeps the objects of rows that did not change", () => {
  const makeRow = (result, row) => result.object(row);
  const whole = applyWatchMessage(makeWatchMessage(0, [[-1, 3]], ["id"], [["a"], ["b"], ["c"]]), [], makeRow);
  assert.deepEqual(whole.rows, [{ id: "a" }, { id: "b" }, { id: "c" }]);
  // b is replaced by x and y, c goes to the front, a to the end.
  const patch = makeWatchMessage(
    1,
    [
      [2, 1],
      [-1, 2],
      [0, 1],
    ],
    ["id"],
    [["x"], ["y"]],
  );
  const next = applyWatchMessage(patch, whole.rows, makeRow);
  assert.deepEqual(next.rows, [{ id: "c" }, { id: "x" }, { id: "y" }, { id: "a" }]);
  assert.equal(next.rows[0], whole.rows[2]);
  assert.equal(next.rows[3], whole.rows[0]);
});

test("an error message of a watch is its JSON", () => {
  const json = new TextEncoder().encode('{"code":"sqlite","message":"no such table: x"}');
  const buffer = new ArrayBuffer(16 + json.length);
  new Uint8Array(buffer).set(json, 16);
  const view = new DataView(buffer);
  view.setUint32(4, 2, true);
  view.setUint32(12, 16, true);
  const update = applyWatchMessage(buffer, [], () => null);
  assert.equal(update.kind, "error");
  assert.equal(JSON.parse(update.json).message, "no such table: x");
});
