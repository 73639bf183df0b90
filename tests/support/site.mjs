// Pages for a real browser: a server on a free loopback port and Chromium with a profile of its own, for the tests of one file.
import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { build } from "esbuild";
import { root } from "../../scripts/run.mjs";
import { openBrowser } from "./chromium.mjs";
import { removeFolder } from "./cleanup.mjs";

const kTypes = {
  "/": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

/** One file with all that `entry` imports, as text. */
export async function bundled(entry, options = {}) {
  const paths = { entryPoints: [join(root, entry)], bundle: true, write: false };
  const result = await build({ ...paths, format: "esm", target: "es2022", logLevel: "warning", ...options });
  return result.outputFiles[0].text;
}

/**
 * A site and its browser, there before the first test and gone after the last one. `prepare` gives
 * - `file(path)`: what lies there, or nothing; `route(path)`: who answers instead, (request, response) => void, asked first,
 * - `policy`: the content security policy of every answer,
 * - `ready`: runs in a page; true when its scripts have done their part,
 * - `opened(site)`: what else is to be done before the first test. Hooks of the same file do not wait for each other.
 */
export function testSite(prepare) {
  let options;
  let server;
  let profile;
  let context;

  async function answer(request, response) {
    const path = new URL(request.url, "http://x").pathname;
    const handler = options.route?.(path);
    if (handler) return handler(request, response);
    if (path === "/favicon.ico") return response.writeHead(204).end();
    const headers = { "content-security-policy": options.policy, "cache-control": "no-store" };
    const body = await options.file(path);
    if (body === undefined) return response.writeHead(404, headers).end();
    const type = kTypes[/(\.\w+|^\/)$/.exec(path)?.[0]] ?? "application/octet-stream";
    return response.writeHead(200, { ...headers, "content-type": type }).end(body);
  }

  const site = {
    get url() {
      return `http://127.0.0.1:${server.address().port}/`;
    },
    get context() {
      return context;
    },
    /** Resolves when the page's scripts are there, as after a reload. */
    ready: (page) => page.waitForFunction(options.ready),
    /** `quiet` for a page in which errors are provoked; `from` for one of another browser. */
    async newPage({ quiet = false, from = context } = {}) {
      const page = await from.newPage();
      page.on("pageerror", (error) => console.error(`  page error: ${error.message}`));
      page.on("console", (message) => {
        if (!quiet && ["error", "warning"].includes(message.type())) console.error(`  page: ${message.text()}`);
      });
      await page.goto(site.url);
      await site.ready(page);
      return page;
    },
  };

  before(async () => {
    options = await prepare();
    server = createServer((request, response) => void answer(request, response));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    profile = mkdtempSync(join(tmpdir(), "skerry-site-"));
    context = await openBrowser(profile);
    await options.opened?.(site);
  });

  after(async () => {
    await context?.close();
    server?.closeAllConnections();
    server?.close();
    if (profile) removeFolder(profile);
  });

  return site;
}
