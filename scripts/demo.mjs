// Builds what is needed, starts the demo's services and serves the web demo.
//
//   --postgres  a Postgres, examples/backend-node and `skerryd run`; without it `skerryd dev` on an embedded SQLite source
//   --no-open   do not open a browser     --check   sync once in headless Chromium, print what happened, exit 0 or not
//   PORT        default 8080, 0 = any free one       DEMO_DIR    data folder, default .demo
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { checkDemo } from "./demo-check.mjs";
import { EmbeddedDemo } from "./demo-embedded.mjs";
import { PostgresDemo } from "./demo-postgres.mjs";
import { endChildren, root, run } from "./run.mjs";

const known = ["--postgres", "--no-open", "--check"];
const options = new Set(process.argv.slice(2));
for (const option of options) {
  if (!known.includes(option)) {
    console.error(`demo: unknown option ${option} (${known.join(", ")})`);
    process.exit(2);
  }
}
const check = options.has("--check");
const folder = resolve(root, process.env.DEMO_DIR ?? ".demo");
const port = Number(process.env.PORT ?? (check ? 0 : 8080));
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  console.error(`demo: PORT is "${process.env.PORT}", it has to be a number from 0 to 65535`);
  process.exit(2);
}

/** Fails early, before a build of minutes, when the port is taken. */
async function portIsFree() {
  if (port === 0) return;
  await new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", () =>
      fail(new Error(`port ${port} is in use: choose another with PORT=…, or PORT=0 for any free one`)),
    );
    probe.listen(port, "127.0.0.1", () => probe.close(done));
  });
}

async function build() {
  console.log("demo: building the service");
  await run("scripts/native", ["service-release", "skerryd"], { quiet: true });
  console.log("demo: building the package");
  await run("scripts/build", [], { quiet: true });
  console.log("demo: building the page");
  await run("npx", ["vite", "build", "web-demo", "--logLevel", "warn"], { quiet: true });
}

function openBrowser(url) {
  const command = process.platform === "darwin" ? "open" : "xdg-open";
  const desktop = process.platform === "darwin" || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!desktop) return;
  const child = spawn(command, [url], { stdio: "ignore", detached: true });
  child.on("error", () => {}); // No opener on this desktop: the address is printed anyway.
  child.unref();
}

let demo = null;
let ending = false;

/** Ends every child and then this process, once. */
async function end(code) {
  if (ending) return;
  ending = true;
  endChildren();
  await demo?.stop();
  process.exit(code);
}

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => end(0));
// npm passes a signal to the shell between us, which dies of it without a word.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && end(0), 250).unref();

try {
  await portIsFree();
  await build();
  demo = options.has("--postgres") ? new PostgresDemo(join(folder, "postgres")) : new EmbeddedDemo(folder);
  await demo.start(port);
  const broken = demo.untilBroken();
  broken.catch(() => {}); // Whoever waits for it reports it.
  console.log(`Skerry demo: ${demo.url}`);
  if (demo.database) console.log(`Its database: psql '${demo.database.owner}'`);
  if (check) {
    await end((await Promise.race([checkDemo(demo), broken])) ? 0 : 1);
  } else {
    if (!options.has("--no-open")) openBrowser(demo.url);
    await broken;
  }
} catch (error) {
  if (!ending) console.error(`demo: ${error.message}`);
  await end(1);
}
