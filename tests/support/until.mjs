// Waiting for a condition instead of for a time: the limit only turns a hang into an error that says what was missing.
import { setTimeout as sleep } from "node:timers/promises";

/** Far beyond what a loaded machine needs. */
export const kLimitMs = 120_000;

/** Resolves with the first value of `read` that is true; asks again every few milliseconds. */
export async function until(read, what, limitMs = kLimitMs) {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = await read();
    if (value) return value;
    if (performance.now() > end) throw new Error(`${what} did not come within ${limitMs} ms`);
    await sleep(5);
  }
}
