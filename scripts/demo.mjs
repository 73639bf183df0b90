// Builds what is needed, starts `skerryd dev` on an embedded SQLite source and serves the web demo from it.
//
//   --no-open   do not open a browser     --check   sync once in headless Chromium, print what happened, exit 0 or not
//   PORT        default 8080, 0 = any free one       DEMO_DIR    data folder, default .demo
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { checkDemo } from "./demo-check.mjs";
import { endChildren, root, run } from "./run.mjs";

const options = new Set(process.argv.slice(2));
for (const option of options) {
  if (!["--no-open", "--check"].includes(option)) {
    console.error(`demo: unknown option ${option} (--no-open, --check)`);
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

/** Starts skerryd and resolves with its address once it listens. */
function startService() {
  mkdirSync(folder, { recursive: true });
  const args = ["dev", "--source", join(folder, "app.db"), "--storage", join(folder, "storage.db")];
  args.push(
    "--streams",
    join(root, "web-demo/service/streams.yaml"),
    "--dev-config",
    join(root, "web-demo/service/dev.yaml"),
  );
  args.push("--static", join(root, "web-demo/dist"), "--port", String(port));
  const service = spawn(join(root, "build/service-release/service/app/skerryd"), args, {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const address = new Promise((done, fail) => {
    let text = "";
    service.stdout.on("data", (chunk) => {
      text += chunk;
      const match = /listening on http:\/\/[^:\s]+:(\d+)/.exec(text);
      if (match) done(`http://localhost:${match[1]}`);
    });
    service.on("error", fail);
    service.on("close", (code) => fail(new Error(`skerryd ended with code ${code}; its messages are above`)));
  });
  return { service, address };
}

function openBrowser(url) {
  const command = process.platform === "darwin" ? "open" : "xdg-open";
  const desktop = process.platform === "darwin" || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!desktop) return;
  const child = spawn(command, [url], { stdio: "ignore", detached: true });
  child.on("error", () => {}); // No opener on this desktop: the address is printed anyway.
  child.unref();
}

function stop(service) {
  if (service.exitCode !== null || service.signalCode !== null) return Promise.resolve();
  const ended = new Promise((done) => service.once("close", done));
  service.kill("SIGTERM");
  return ended;
}

let service = null;
let ending = false;

/** Ends every child and then this process, once. */
async function end(code) {
  if (ending) return;
  ending = true;
  endChildren();
  if (service) await stop(service);
  process.exit(code);
}

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => end(0));
// npm passes a signal to the shell between us, which dies of it without a word.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && end(0), 250).unref();

try {
  await portIsFree();
  await build();
  const started = startService();
  service = started.service;
  const url = await started.address;
  console.log(`Skerry demo: ${url}`);
  if (check) {
    await end((await checkDemo(url)) ? 0 : 1);
  } else {
    if (!options.has("--no-open")) openBrowser(url);
    service.on("close", (code) => end(code ?? 1));
  }
} catch (error) {
  if (!ending) console.error(`demo: ${error.message}`);
  await end(1);
}
