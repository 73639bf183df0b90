// Chromium with a page that starts workers around the floor module or the host, on a free loopback port.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { chromiumOptions } from "../../../scripts/chromium.mjs";
import { root, run } from "../../../scripts/run.mjs";

const page = `<!doctype html><title>floor</title><script type="module">
import { startFloor } from "/page.mjs";
globalThis.floors = new Map();
globalThis.start = (id, script) => floors.set(id, startFloor(script));
</script>`;

// The worker in browsers that we do not have here.
const preludes = {
  "/worker.js": "",
  "/worker-without-opfs.js": "delete StorageManager.prototype.getDirectory;",
  "/worker-opfs-refused.js":
    "StorageManager.prototype.getDirectory = async () => { throw new DOMException('Security error', 'SecurityError'); };",
  "/worker-one-file-broken.js": `
    const create = FileSystemFileHandle.prototype.createSyncAccessHandle;
    FileSystemFileHandle.prototype.createSyncAccessHandle = function () {
      if (this.name.startsWith("broken")) throw new DOMException("Cannot read", "NotReadableError");
      return create.call(this);
    };`,
};

async function bundled(entry) {
  const result = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "warning",
  });
  return result.outputFiles[0].text;
}

async function contents() {
  await run("scripts/build-wasm", ["core", "floor"], { quiet: true });
  const worker = await bundled("bench/wasm-floor/worker.mjs");
  const hostWorker = await bundled("tests/browser/vfs/host-worker.mjs");
  const file = (path) => readFile(join(root, path));
  return {
    "/": ["text/html", page],
    "/favicon.ico": ["image/x-icon", ""],
    "/page.mjs": ["text/javascript", await file("bench/wasm-floor/page.mjs")],
    "/floor.wasm": ["application/wasm", await file("build/wasm/floor.wasm")],
    "/core.wasm": ["application/wasm", await file("build/wasm/core.wasm")],
    "/core-of-unknown-type": ["application/octet-stream", await file("build/wasm/core.wasm")],
    "/host-worker.js": ["text/javascript", hostWorker],
    ...Object.fromEntries(
      Object.entries(preludes).map(([path, prelude]) => [path, ["text/javascript", `${prelude}\n${worker}`]]),
    ),
  };
}

export async function startHarness() {
  const files = await contents();
  const server = createServer((request, response) => {
    const [type, body] = files[request.url] ?? [];
    if (body === undefined) return response.writeHead(404).end();
    response.writeHead(200, {
      "content-type": type,
      "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'",
    });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const profile = await mkdtemp(join(tmpdir(), "skerry-vfs-"));
  const context = await chromium.launchPersistentContext(profile, chromiumOptions());
  const url = `http://127.0.0.1:${server.address().port}/`;
  return {
    url,
    context,
    async newPage(from = context) {
      const opened = await from.newPage();
      opened.on("console", (message) => console.log(`  page: ${message.text()}`));
      await opened.goto(url);
      await opened.waitForFunction(() => globalThis.start !== undefined);
      return opened;
    },
    async close() {
      await context.close();
      server.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

let lastFloor = 0;

/** A worker in the page: `floor(name, ...args)` calls it. */
export async function startFloor(page, script = "/worker.js") {
  const id = ++lastFloor;
  await page.evaluate(([key, path]) => globalThis.start(key, path), [id, script]);
  const floor = (call, ...args) =>
    page
      .evaluate(
        async ([key, name, values]) => {
          try {
            return { value: await globalThis.floors.get(key).call(name, ...values) };
          } catch (error) {
            return { error: { message: error.message, code: error.code } };
          }
        },
        [id, call, args],
      )
      .then(({ value, error }) => {
        if (error) throw Object.assign(new Error(error.message), { code: error.code });
        return value;
      });
  floor.committed = () => page.evaluate((key) => globalThis.floors.get(key).committed.at(-1) ?? -1, id);
  floor.kill = () => page.evaluate((key) => globalThis.floors.get(key).kill(), id);
  return floor;
}
