// What a minimal app downloads, raw, gzipped and with brotli.
//
//   node scripts/package-size.mjs [--json] [--check]      --check fails above the budget

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

// @powersync/web 2.4 needs 503 kB.
const kBudgetBytes = 450_000;

const root = fileURLToPath(new URL("../", import.meta.url));
const app = `
  import { SkerryDatabase, Schema, Table, column } from "./dist/index.js";
  const schema = new Schema({ todos: new Table({ text: column.text }) });
  globalThis.db = new SkerryDatabase({ schema, database: { dbFilename: "app.db" } });
`;
const bundle = await build({
  stdin: { contents: app, resolveDir: root },
  bundle: true,
  minify: true,
  format: "esm",
  write: false,
  logLevel: "warning",
});

const parts = {
  "core.wasm": readFileSync(`${root}/dist/core.wasm`),
  "worker.js": readFileSync(`${root}/dist/worker.js`),
  "tab (minimal app)": Buffer.from(bundle.outputFiles[0].contents),
};
const sizes = Object.entries(parts).map(([name, bytes]) => ({
  name,
  raw: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
  brotli: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
}));
const total = { name: "total", raw: 0, gzip: 0, brotli: 0 };
for (const size of sizes) {
  for (const kind of ["raw", "gzip", "brotli"]) total[kind] += size[kind];
}
sizes.push(total);

if (process.argv.includes("--json")) {
  console.log(JSON.stringify(sizes));
} else {
  const kilo = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(12);
  console.log(`${"".padEnd(20)}${"raw".padStart(12)}${"gzip".padStart(12)}${"brotli".padStart(12)}`);
  for (const { name, raw, gzip, brotli } of sizes) console.log(name.padEnd(20) + kilo(raw) + kilo(gzip) + kilo(brotli));
}
if (total.brotli > kBudgetBytes) {
  console.error(`The package is larger than its budget of ${kBudgetBytes / 1000} kB (brotli)`);
  if (process.argv.includes("--check")) process.exitCode = 1;
}
