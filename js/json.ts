// JSON whose text depends on the value alone: keys are sorted, so that two equal objects give one text.

import { SkerryError } from "./errors.js";
import type { Json } from "./messages.js";

export function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

// A value of the app as JSON, or an error that names it.
export function toJson(value: unknown, what: string): Json {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new SkerryError("invalid_argument", `${what} cannot be written as JSON`, { cause });
  }
  if (text === undefined) throw new SkerryError("invalid_argument", `${what} cannot be written as JSON`);
  return JSON.parse(text) as Json;
}
