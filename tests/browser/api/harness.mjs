// Pages that import the built package, under the content security policy that it promises to work with. A page's code runs in
// `page.evaluate`; helpers that the browser needs live in page.mjs.
import { readFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import { root } from "../../../scripts/run.mjs";
import { bundled, testSite } from "../../support/site.mjs";

const kPage = '<!doctype html><title>api</title><div id="root"></div><script type="module" src="/page.mjs"></script>';
const kScripts = ["/page.mjs", "/holder.mjs", "/in-worker.mjs"];

async function fileAt(path) {
  if (path === "/") return kPage;
  const folder = kScripts.includes(path) ? join(root, "tests/browser/api") : root;
  if (folder === root && !normalize(path).startsWith("/dist/")) return undefined;
  return readFile(join(folder, path)).catch(() => undefined);
}

/**
 * The site for the tests of one file. `route` answers more paths; `react` adds the page's React app as /react-page.js; `opened`
 * runs before the first test.
 */
export function testBrowser({ route, react = false, opened } = {}) {
  return testSite(async () => {
    const define = { "process.env.NODE_ENV": '"development"' };
    const page = react && (await bundled("tests/browser/api/react-page.tsx", { jsx: "automatic", define }));
    return {
      policy: "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
      route,
      file: (path) => (react && path === "/react-page.js" ? page : fileAt(path)),
      ready: () => globalThis.open !== undefined && globalThis.skerry !== undefined,
      opened,
    };
  });
}

/** One page for all tests of a file, each with a database of its own; `prepare(page)` runs before the first test. */
export function testPage(name, { prepare, ...options } = {}) {
  let page;
  let files = 0;
  const opened = async (site) => {
    page = await site.newPage();
    await prepare?.(page);
  };
  const browser = testBrowser({ ...options, opened });
  return {
    browser,
    get page() {
      return page;
    },
    /** Runs `code` in the page with a new database as `db`. */
    async withDatabase(code, argument) {
      await page.evaluate((file) => open(file).then(() => undefined), `${name}-${++files}.db`);
      try {
        return await page.evaluate(code, argument);
      } finally {
        await page.evaluate(() => db.close());
      }
    },
  };
}
