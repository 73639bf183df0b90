// Kinds of columns: what a client may send for them, and when two values are the same.
//
// `parse` gives the value for Postgres, or throws a sentence about what is wrong; `same` compares parsed values. SQLite has no
// booleans and no timestamps, so clients send 0 and 1, and text.

const instant = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d(:?\d\d)?)$/;
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (value) => typeof value === "string" && uuidForm.test(value);

function checkedText(value) {
  if (typeof value !== "string") throw new TypeError("has to be text");
  if (value.includes("\0") || !value.isWellFormed()) throw new TypeError("holds characters that no text may have");
  return value;
}

const equal = (a, b) => a === b;

/** `max` counts characters, as Postgres does. */
export const text = ({ max }) => ({
  same: equal,
  parse(value) {
    const checked = checkedText(value);
    if (checked.length > max && [...checked].length > max) throw new RangeError(`may have at most ${max} characters`);
    return checked;
  },
});

export const uuid = () => ({
  same: equal,
  parse(value) {
    if (!isUuid(value)) throw new TypeError("has to be a UUID");
    return value.toLowerCase();
  },
});

export const boolean = () => ({
  same: equal,
  parse(value) {
    if (value === true || value === 1) return true;
    if (value === false || value === 0) return false;
    throw new TypeError("has to be 0 or 1");
  },
});

export const timestamp = () => ({
  same: (a, b) => a !== null && b !== null && new Date(a).getTime() === new Date(b).getTime(),
  parse(value) {
    if (!instant.test(checkedText(value)) || Number.isNaN(Date.parse(value.replace(" ", "T")))) {
      throw new TypeError("has to be a time like 2026-01-31T12:00:00.000Z");
    }
    return value;
  },
});

/** Kept by the database: whatever a client sends for it is left out. */
export const serverMade = () => ({ serverMade: true });

/** Who made the row, by the token: what a client says of it is left out. */
export const author = () => ({ ...text({ max: 200 }), author: true });
