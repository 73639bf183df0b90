// A page that starts workers around the floor module or the host.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root, run } from "../../../scripts/run.mjs";
import { bundled, testSite } from "../../support/site.mjs";

const kPage = `<!doctype html><title>floor</title><script type="module">
import { startFloor } from "/page.mjs";
globalThis.floors = new Map();
globalThis.start = (id, script) => floors.set(id, startFloor(script));
</script>`;

// The worker in browsers that we do not have here.
const kPreludes = {
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

async function contents() {
  await run("scripts/build-wasm", ["core", "floor"], { quiet: true });
  const worker = await bundled("bench/wasm-floor/worker.mjs");
  const file = (path) => readFile(join(root, path));
  const core = await file("build/wasm/core.wasm");
  const files = {
    "/": kPage,
    "/page.mjs": await file("bench/wasm-floor/page.mjs"),
    "/floor.wasm": await file("build/wasm/floor.wasm"),
    "/core.wasm": core,
    // A server says "application/octet-stream" of a name that tells it nothing.
    "/core-of-unknown-type": core,
    "/host-worker.js": await bundled("tests/browser/vfs/host-worker.mjs"),
  };
  for (const [path, prelude] of Object.entries(kPreludes)) files[path] = `${prelude}\n${worker}`;
  return {
    policy: "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'",
    file: (path) => files[path],
    ready: () => globalThis.start !== undefined,
  };
}

/** One page for all tests of a file, in which `start` begins workers. */
export function testFloor() {
  let page;
  const opened = async (site) => {
    page = await site.newPage();
  };
  const site = testSite(async () => ({ ...(await contents()), opened }));
  return {
    site,
    get page() {
      return page;
    },
    start: (script) => startFloor(page, script),
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
