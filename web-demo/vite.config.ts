import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** Emits sw.js with the list of this build's files, so that the page opens without a network. */
function offlineShell(): Plugin {
  return {
    name: "offline-shell",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const files = Object.keys(bundle).filter((name) => !name.endsWith(".map"));
      const source = readFileSync(new URL("./sw.js", import.meta.url), "utf8");
      const list = JSON.stringify(["/", ...files.filter((name) => name !== "index.html").map((name) => `/${name}`)]);
      this.emitFile({ type: "asset", fileName: "sw.js", source: source.replace("[/* files */]", list) });
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  esbuild: { jsx: "automatic" },
  build: { outDir: "dist", emptyOutDir: true, target: "es2022" },
  worker: { format: "es" },
  plugins: [offlineShell()],
});
