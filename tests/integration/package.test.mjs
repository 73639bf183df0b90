// The package as an app gets it: packed, installed into a plain Vite app without a plugin or a copied file, in development and as
// a production build, in real Chromium.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build, createServer, preview } from "vite";
import { root } from "../../scripts/run.mjs";
import { openBrowser } from "../support/chromium.mjs";
import { removeFolder } from "../support/cleanup.mjs";

let folder;
let app;
let context;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "skerry-package-"));
  app = join(folder, "app");
  const installed = join(app, "node_modules/skerry");
  await mkdir(installed, { recursive: true });
  // --ignore-scripts: the package was built already, and packing must not build it again.
  const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: root,
  });
  const [{ filename }] = JSON.parse(packed.toString());
  execFileSync("tar", ["-xzf", join(folder, filename), "-C", installed, "--strip-components=1"]);
  for (const name of ["react", "react-dom", "scheduler"]) {
    await symlink(join(root, "node_modules", name), join(app, "node_modules", name));
  }
  await writeFile(
    join(app, "package.json"),
    JSON.stringify({ name: "app", type: "module", dependencies: { skerry: "*" } }),
  );
  await writeFile(
    join(app, "index.html"),
    '<!doctype html><title>app</title><script type="module" src="/main.js"></script>',
  );
  await writeFile(
    join(app, "main.js"),
    `import { SkerryDatabase, Schema, Table, column } from "skerry";
     import { useQuery } from "skerry/react";
     import { PowerSyncDatabase } from "skerry/powersync";
     const schema = new Schema({ todos: new Table({ text: column.text }) });
     globalThis.run = async (dbFilename) => {
       const db = new SkerryDatabase({ schema, database: { dbFilename } });
       await db.execute("INSERT INTO todos(id, text) VALUES (uuid(), ?)", ["milk"]);
       const rows = await db.getAll("SELECT text FROM todos");
       const { backend } = await db.storage();
       await db.close();
       const compat = new PowerSyncDatabase({ schema, database: { dbFilename } });
       const again = await compat.get("SELECT count(*) AS n FROM todos");
       await compat.close();
       return { rows, backend, again, hooks: typeof useQuery };
     };`,
  );
  context = await openBrowser(join(folder, "profile"));
});
after(async () => {
  await context?.close();
  if (folder) removeFolder(folder);
});

async function insertAndSelect(url, dbFilename) {
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("response", (response) => {
    if (response.status() >= 400 && !response.url().endsWith("favicon.ico"))
      problems.push(`${response.status()} ${response.url()}`);
  });
  // Vite may reload the page once, after it has found the dependencies: what the page before that met does not count.
  page.on("framenavigated", () => problems.splice(0));
  await page.goto(url);
  let result;
  for (let loads = 1; result === undefined && loads < 4; loads++) {
    await page.waitForFunction(() => globalThis.run);
    result = await page
      .evaluate((name) => run(name), `${loads}-${dbFilename}`)
      .catch((error) => {
        if (!/context was destroyed|navigation/.test(error.message)) throw error;
      });
  }
  await page.close();
  assert.deepEqual(problems, []);
  assert.deepEqual(result, { rows: [{ text: "milk" }], backend: "opfs", again: { n: 1 }, hooks: "function" });
}

const quiet = { configFile: false, logLevel: "error" };

test("a production build of a plain Vite app inserts and selects", async () => {
  await build({ ...quiet, root: app });
  const assets = await readdir(join(app, "dist/assets"));
  assert.ok(
    assets.some((name) => name.endsWith(".wasm")),
    `the build carries the core: ${assets}`,
  );
  const server = await preview({ ...quiet, root: app, preview: { port: 0, host: "127.0.0.1" } });
  try {
    await insertAndSelect(server.resolvedUrls.local[0], "built.db");
  } finally {
    await server.close();
  }
});

test("Vite's development server runs the same app", async () => {
  const server = await createServer({ ...quiet, root: app, server: { port: 0, host: "127.0.0.1" } });
  await server.listen();
  try {
    await insertAndSelect(server.resolvedUrls.local[0], "dev.db");
  } finally {
    await server.close();
  }
});

test("the tarball holds what package.json names, and nothing else", async () => {
  const packageJson = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const installed = join(app, "node_modules/skerry");
  const targets = Object.values(packageJson.exports).flatMap((entry) =>
    typeof entry === "string" ? [entry] : Object.values(entry),
  );
  for (const target of [...targets, packageJson.types]) {
    assert.ok((await readFile(join(installed, target))).length > 0, target);
  }
  const top = (await readdir(installed)).sort();
  assert.deepEqual(
    top.filter((name) => !["README.md", "CHANGELOG.md"].includes(name)),
    ["LICENSE", "dist", "package.json"],
  );
  assert.equal(packageJson.dependencies, undefined, "no runtime dependency");
  assert.equal(packageJson.scripts.postinstall, undefined);
});

test("every entry can be imported in Node, and every import of its files resolves", async () => {
  for (const entry of ["skerry", "skerry/react", "skerry/powersync"]) {
    const code = `const names = Object.keys(await import("${entry}")); if (names.length === 0) process.exit(1);`;
    execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd: app });
  }
});

test("the types serve a strict app, without skipLibCheck", async () => {
  await writeFile(
    join(app, "types.ts"),
    `import { column, type BackendConnector, Schema, SkerryDatabase, SqliteError, Table } from "skerry";
     import { PowerSyncDatabase, type PowerSyncBackendConnector } from "skerry/powersync";
     const schema = new Schema({ todos: new Table({ text: column.text, done: column.integer }, { indexes: { d: ["-done"] } }) });
     type Todo = (typeof schema)["types"]["todos"];
     const db = new SkerryDatabase({ schema, database: { dbFilename: "a" } });
     const connector: BackendConnector = {
       fetchCredentials: async () => null,
       uploadData: async (database) => {
         const transaction = await database.getNextCrudTransaction();
         for (const { op, table, id, opData } of transaction?.crud ?? []) console.log(op, table, id, opData?.text);
         await transaction?.complete();
       },
     };
     const compat: PowerSyncBackendConnector = connector;
     export async function run(): Promise<string | null> {
       await db.connect(connector);
       await new PowerSyncDatabase({ schema, database: { dbFilename: "b" } }).connect(compat);
       const todos = await db.getAll<Todo>("SELECT * FROM todos");
       const query = db.query<Todo>({ sql: "SELECT * FROM todos" }).differentialWatch();
       query.registerListener({ onDiff: ({ updated }) => console.log(updated.map(({ current }) => current.id)) });
       for await (const { array } of db.watch<Todo>("SELECT * FROM todos", [], { throttleMs: 10 })) return array[0]?.text ?? null;
       db.watch<Todo>("SELECT * FROM todos", [], { onResult: (result) => result.rows?._array[0]?.done });
       try {
         await db.writeTransaction(async (tx) => (await tx.get<Todo>("SELECT * FROM todos")).done);
       } catch (error) {
         if (error instanceof SqliteError) return error.code satisfies string;
       }
       // @ts-expect-error a column that is not there
       return todos[0].nothing;
     }`,
  );
  for (const resolution of ["bundler", "nodenext"]) {
    const module = resolution === "bundler" ? "esnext" : "nodenext";
    const options = [
      "--strict",
      "--exactOptionalPropertyTypes",
      "--noUncheckedIndexedAccess",
      "false",
      "--noEmit",
      "--target",
      "es2022",
    ];
    const libraries = ["--lib", "es2022,dom,dom.iterable,dom.asynciterable"];
    const resolve = ["--module", module, "--moduleResolution", resolution, "--types", ""];
    const tsc = join(root, "node_modules/.bin/tsc");
    try {
      execFileSync(tsc, [...options, ...libraries, ...resolve, "types.ts"], { cwd: app });
    } catch (error) {
      assert.fail(`${resolution}: ${error.stdout}`);
    }
  }
});

test("a minimal app stays within its budget of bytes", () => {
  execFileSync(process.execPath, [join(root, "scripts/package-size.mjs"), "--check"], { stdio: "inherit" });
});
