import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "../../support/load-ts.mjs";

const abi = await load("worker/abi.ts");
const header = readFileSync(new URL("../../../src/client/abi.h", import.meta.url), "utf8");

/** The enumerators of `enum class name`, or of none. */
function enumerators(name) {
  const body = new RegExp(`enum class ${name}[^{]*\\{([^}]*)\\}`).exec(header)?.[1] ?? "";
  return Object.fromEntries([...body.matchAll(/(k\w+)\s*=\s*(\w+)/g)].map(([, key, value]) => [key, Number(value)]));
}
const constant = (name) => Number(new RegExp(`${name} = (\\w+);`).exec(header)?.[1]);

test("both sides of the module's edge have the same operations and tags", () => {
  assert.deepEqual({ ...abi.Op }, enumerators("Op"));
  assert.deepEqual({ ...abi.ValueTag }, enumerators("ParameterTag"));
  assert.deepEqual({ ...abi.CellTag }, enumerators("CellTag"));
  assert.deepEqual({ ...abi.WatchKind }, enumerators("WatchKind"));
});

test("both sides of the module's edge have the same flags", () => {
  const groups = { Flag: abi.Flag, Statement: abi.StatementFlag, Watch: abi.WatchFlag };
  for (const [prefix, flags] of Object.entries(groups)) {
    for (const [name, value] of Object.entries(flags))
      assert.equal(value, constant(`k${prefix}${name.slice(1)}`), name);
  }
  assert.equal(abi.ResultFlag.kAscii, constant("kResultAscii"));
  assert.equal(abi.ResultFlag.kChanged, constant("kResultChangedData"));
  assert.equal(abi.kResultMagic, constant("kResultMagic"));
  assert.equal(abi.kResultHeaderBytes, constant("kResultHeaderBytes"));
});
