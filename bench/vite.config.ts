import { defineConfig } from "vite";

export default defineConfig({
  root: `${import.meta.dirname}/page`,
  build: { outDir: "../../build/bench", emptyOutDir: true, target: "es2022" },
  worker: { format: "es" },
});
