// Builds and runs every suite and adds up the counts. One suite's failure does not hide the others.
//   --no-build    runs what the last build made, as when a suite is repeated
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./run.mjs";

const given = process.argv.slice(2);
const builds = !given.includes("--no-build");
const only = given.filter((argument) => !argument.startsWith("--"));
const wanted = (suite) => only.length === 0 || only.includes(suite);
const totals = { passed: 0, failed: 0 };
const failures = [];

/** Runs a program, passing its output through, and resolves with exit code and text. */
function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output.push(chunk);
        process.stdout.write(chunk);
      });
    }
    child.on("error", (error) => resolve({ code: -1, text: String(error) }));
    child.on("close", (code) => resolve({ code: code ?? -1, text: Buffer.concat(output).toString() }));
  });
}

/** Adds one suite's counts; a program that failed without saying so counts as one failure. */
function count(name, code, passed, failed) {
  if (code !== 0 && failed === 0) failed = 1;
  if (passed + failed === 0) failed = 1; // A suite that ran nothing has not passed.
  totals.passed += passed;
  totals.failed += failed;
  if (failed > 0) failures.push(name);
}

async function step(name, action) {
  const started = Date.now();
  console.log(`\n== ${name}`);
  try {
    await action();
  } catch (error) {
    console.error(error.message);
    count(name, 1, 0, 1);
  }
  console.log(`== ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Catch2's last lines: "All tests passed (12 assertions in 3 test cases)" or "test cases: 3 | 2 passed | 1 failed". */
function catchCounts(text) {
  const all = /All tests passed \(\d+ assertions? in (\d+) test cases?\)/.exec(text);
  if (all) return [Number(all[1]), 0];
  const line = /test cases:.*$/m.exec(text)?.[0] ?? "";
  return [Number(/(\d+) passed/.exec(line)?.[1] ?? 0), Number(/(\d+) failed/.exec(line)?.[1] ?? 0)];
}

async function native() {
  if (builds) await run("scripts/native", ["native-asan"]);
  const folder = join(root, "build/native-asan");
  const programs = readdirSync(folder, { recursive: true }).filter((path) => /(^|\/)test_\w+$/.test(path));
  for (const program of programs.sort()) {
    console.log(`-- ${program}`);
    const { code, text } = await capture(join(folder, program), []);
    count(program, code, ...catchCounts(text));
  }
}

// A file that takes so long hangs. Nothing else depends on how fast the machine is.
const kFileLimitMs = 900_000;

/** node --test over the files of one folder, a file at a time: browser and service tests share two cores. */
async function nodeTests(folder) {
  const files = readdirSync(join(root, "tests", folder), { recursive: true }).filter((path) =>
    path.endsWith(".test.mjs"),
  );
  const paths = files.sort().map((file) => join("tests", folder, file));
  const options = ["--test-concurrency=1", "--test-reporter=spec", `--test-timeout=${kFileLimitMs}`];
  const { code, text } = await capture("node", ["--test", ...options, ...paths]);
  const number = (word) => Number(new RegExp(`^ℹ ${word} (\\d+)`, "m").exec(text)?.[1] ?? 0);
  count(folder, code, number("pass"), number("fail") + number("cancelled"));
}

if (wanted("native")) await step("native, under ASan and UBSan", native);
if (builds && ["js", "browser", "integration", "e2e"].some(wanted)) {
  await step("build", async () => {
    await run("scripts/native", ["service-release", "skerryd"]);
    await run("scripts/build", []);
    await run("npx", ["vite", "build", "web-demo", "--logLevel", "warn"]);
  });
}
if (wanted("js")) await step("js", () => nodeTests("unit"));
if (wanted("browser")) await step("browser", () => nodeTests("browser"));
if (wanted("integration")) await step("integration", () => nodeTests("integration"));
if (wanted("e2e")) await step("e2e", () => nodeTests("e2e"));

if (failures.length > 0) console.log(`\nfailed: ${failures.join(", ")}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed === 0 ? 0 : 1);
