// Loads TypeScript of js/ into Node, bundled on the fly: unit tests run on the source, also on files that no entry exports.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The exports of several files under js/, from one bundle, so that they share their classes. */
export async function load(...paths) {
  const contents = paths.map((path) => `export * from "./js/${path}";`).join("\n");
  const result = await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    write: false,
    external: ["react"],
    logLevel: "error",
  });
  // A file inside the project, so that what stays outside the bundle (React) is found.
  const folder = `${root}build/test-js`;
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/${createHash("sha256").update(result.outputFiles[0].contents).digest("hex").slice(0, 16)}.mjs`;
  writeFileSync(file, result.outputFiles[0].contents);
  return import(pathToFileURL(file).href);
}
