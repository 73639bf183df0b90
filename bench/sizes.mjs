// Bytes of what a minimal app loads: raw, gzip -9 and brotli 11, by part.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "../scripts/run.mjs";

const measure = (part, bytes) => ({
  part,
  raw: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
  brotli: brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length,
});

const minimalApp = `
  import { column, Schema, SkerryDatabase, Table } from "skerry";
  const db = new SkerryDatabase({ schema: new Schema({ t: new Table({ a: column.text }) }), database: { dbFilename: "a.db" } });
  db.watch("SELECT * FROM t", [], { onResult: console.log });
  db.connect({ fetchCredentials: async () => null, uploadData: async () => {} });`;

/** The three parts of a minimal app and their sum. */
export async function sizes() {
  const tab = await build({
    stdin: { contents: minimalApp, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
  });
  const parts = [
    measure("core.wasm", readFileSync(join(root, "dist/core.wasm"))),
    measure("worker.js", readFileSync(join(root, "dist/worker.js"))),
    measure("tab JS of a minimal app, minified", Buffer.from(tab.outputFiles[0].contents)),
  ];
  const sum = (field) => parts.reduce((total, part) => total + part[field], 0);
  return [...parts, { part: "all", raw: sum("raw"), gzip: sum("gzip"), brotli: sum("brotli") }];
}
