import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { load } from "../../support/load-ts.mjs";

const errors = await load("errors.ts", "error-codes.ts");
const { errorFor, toWire, fromWire, kErrorCodes, SkerryError } = errors;

test("every code has an error of a class with that code", () => {
  for (const code of kErrorCodes) {
    const error = errorFor(code, "message");
    assert.ok(error instanceof SkerryError && error instanceof Error);
    assert.equal(error.code, code);
    assert.equal(error.message, "message");
  }
});

test("an error crosses a worker with class, fields and causes", () => {
  const cause = new errors.SyncError("sync_http", "HTTP Forbidden: no", { status: 403 });
  const error = new errors.SqliteError("constraint", "UNIQUE constraint failed", {
    sqliteCode: 2067,
    sql: "INSERT",
    cause,
  });
  const back = fromWire(structuredClone(toWire(error)));
  assert.ok(back instanceof errors.SqliteError);
  assert.equal(back.name, "SqliteError");
  assert.equal(back.code, "constraint");
  assert.equal(back.extendedCode, 2067);
  assert.equal(back.sqliteCode, 19);
  assert.equal(back.sql, "INSERT");
  assert.ok(back.cause instanceof errors.SyncError);
  assert.equal(back.cause.status, 403);
});

test("an app's own structured clone keeps name and message", () => {
  const clone = structuredClone(new errors.LockTimeoutError("The writeLock timed out"));
  assert.ok(clone instanceof Error);
  assert.equal(clone.message, "The writeLock timed out");
});

test("a cycle of causes ends", () => {
  const error = new Error("a");
  error.cause = error;
  assert.equal(toWire(error).cause.cause.message, "a");
});

test("what is thrown without being an error still has a message", () => {
  assert.deepEqual(toWire("boom", "upload"), { code: "upload", message: "boom" });
});

test("the generated codes and their page are up to date", () => {
  const script = fileURLToPath(new URL("../../../scripts/generate-errors.mjs", import.meta.url));
  execFileSync(process.execPath, [script, "--check"]);
});
