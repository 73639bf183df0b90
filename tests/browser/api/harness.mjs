// Chromium with pages that import the built package, on a free loopback port and under the content security policy that the
// package promises to work with. A page's code runs in `page.evaluate`; helpers that the browser needs live in page.mjs.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { chromiumOptions } from "../../../scripts/chromium.mjs";
import { root } from "../../../scripts/run.mjs";

const kPolicy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const kTypes = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};
const kPage = '<!doctype html><title>api</title><div id="root"></div><script type="module" src="/page.mjs"></script>';

/** `routes` answers more paths: (request, response) => void by path. */
export async function startHarness({ routes = {}, bundle = {} } = {}) {
  const bundles = new Map();
  for (const [path, entry] of Object.entries(bundle)) {
    const result = await build({
      entryPoints: [join(root, entry)],
      bundle: true,
      format: "esm",
      jsx: "automatic",
      define: { "process.env.NODE_ENV": '"development"' },
      write: false,
    });
    bundles.set(path, result.outputFiles[0].contents);
  }
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    if (routes[path] !== undefined) return routes[path](request, response);
    const headers = { "content-security-policy": kPolicy, "cache-control": "no-store" };
    if (path === "/favicon.ico") return response.writeHead(204).end();
    if (path === "/") return response.writeHead(200, { ...headers, "content-type": "text/html" }).end(kPage);
    try {
      const body = bundles.get(path) ?? (await readFile(fileFor(path)));
      const type = kTypes[/\.\w+$/.exec(path)?.[0]] ?? "application/octet-stream";
      response.writeHead(200, { ...headers, "content-type": type }).end(body);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  const profile = await mkdtemp(join(tmpdir(), "skerry-api-"));
  const context = await chromium.launchPersistentContext(profile, chromiumOptions());
  // A machine that is busy with other work must not look like a hanging database.
  context.setDefaultTimeout(120_000);
  const browser = {
    url,
    context,
    async newPage({ quiet = false } = {}) {
      const page = await context.newPage();
      page.on("pageerror", (error) => console.error(`  page error: ${error.message}`));
      page.on("console", (message) => {
        if (!quiet && ["error", "warning"].includes(message.type())) console.error(`  page: ${message.text()}`);
      });
      await page.goto(url);
      await page.waitForFunction(() => globalThis.open !== undefined && globalThis.skerry !== undefined);
      return page;
    },
    async close() {
      await context.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(profile, { recursive: true, force: true });
    },
  };
  return browser;
}

function fileFor(path) {
  const clean = normalize(path);
  if (["/page.mjs", "/holder.mjs", "/in-worker.mjs"].includes(clean)) return join(root, "tests/browser/api", clean);
  if (clean.startsWith("/dist/")) return join(root, clean);
  throw new Error("not served");
}
