// Checks of values that an app hands in.

import { SkerryError } from "./errors.js";

// A finite number that is not negative, or the default if none was given.
export function nonNegative(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isFinite(value) && value >= 0) return value;
  throw new SkerryError("invalid_argument", `${name} has to be a number that is not negative, not ${String(value)}`);
}
