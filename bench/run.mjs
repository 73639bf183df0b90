// Measures Skerry beside plain SQLite (the floor) in one Chromium with a persistent profile, and prints a table.
//
//   --rows 10000,100000   sizes of the initial sync      --rounds 3      medians are over these
//   --encoding bson       or ndjson                      --json FILE     also writes the figures there
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { chromiumOptions } from "../scripts/chromium.mjs";
import { root, run } from "../scripts/run.mjs";
import { bodyOf, serve } from "./server.mjs";
import { sizes } from "./sizes.mjs";

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "10000,100000" },
    rounds: { type: "string", default: "3" },
    encoding: { type: "string", default: "bson" },
    json: { type: "string" },
  },
});
const rounds = Number(options.rounds);
const rowCounts = options.rows.split(",").map(Number);

await run("scripts/build-wasm", ["core", "floor"], { quiet: true });
await run("npx", ["vite", "build", "--config", "bench/vite.config.ts", "--logLevel", "warn"]);

const { server, url } = await serve(join(root, "build/bench"));
const profile = mkdtempSync(join(tmpdir(), "skerry-bench-"));
const context = await chromium.launchPersistentContext(profile, chromiumOptions());

/** Runs one workload in a fresh page, so that no workload inherits another's worker or heap. */
async function measure(workload, ...args) {
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  try {
    await page.goto(url);
    await page.waitForFunction(() => "workloads" in globalThis);
    return await page.evaluate(([name, list]) => globalThis.workloads[name](...list), [workload, args]);
  } catch (error) {
    throw new Error(`${workload}(${args.join(", ")}): ${error.message}\n${problems.join("\n")}`);
  } finally {
    await page.close();
  }
}

const sorted = (list) => [...list].sort((a, b) => a - b);
const quantile = (list, part) => sorted(list)[Math.min(list.length - 1, Math.floor(part * list.length))];
const median = (list) => quantile(list, 0.5);
const table = [];

/** One line of the table: the median with the smallest and largest of all rounds. */
function report(what, unit, figures, note = "") {
  const digits = (value) =>
    value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value >= 10 ? 1 : 2);
  const line = { what, unit, median: median(figures), min: Math.min(...figures), max: Math.max(...figures), note };
  table.push(line);
  console.log(`| ${what} | ${digits(line.median)} ${unit} | ${digits(line.min)} to ${digits(line.max)} | ${note} |`);
}

try {
  console.log(
    `${cpus().length} × ${cpus()[0].model}, Chromium ${context.browser()?.version() ?? ""}, ${rounds} rounds\n`,
  );
  console.log("| Workload | Median | Least to most | Note |\n|---|---|---|---|");
  const name = (what, round) => `bench-${what}-${round}.db`;
  for (const rows of rowCounts) {
    const body = bodyOf(options.encoding, rows);
    const sync = [];
    const fed = [];
    const floor = [];
    const ratios = [];
    const fedRatios = [];
    let heap = 0;
    let file = 0;
    for (let round = 0; round < rounds; ++round) {
      const base = await measure("floor", rows, name(`floor-${rows}`, round));
      const ours = await measure("sync", rows, options.encoding, name(`sync-${rows}`, round));
      const memory = await measure("sync", rows, options.encoding, name(`fed-${rows}`, round), true);
      floor.push(rows / (base.ms / 1000));
      sync.push(rows / (ours.ms / 1000));
      fed.push(rows / (memory.ms / 1000));
      ratios.push((100 * base.ms) / ours.ms);
      fedRatios.push((100 * base.ms) / memory.ms);
      heap = Math.max(heap, ours.heapBytes);
      file = ours.fileBytes;
    }
    const shape = `${Math.round(body.rowBytes / rows)} bytes of JSON a row, ${(body.bytes / 1e6).toFixed(1)} MB ${options.encoding}`;
    report(`initial sync of ${rows.toLocaleString("en")} rows over HTTP`, "rows/s", sync, shape);
    report(
      `initial sync of ${rows.toLocaleString("en")} rows, fed from memory`,
      "rows/s",
      fed,
      "the same worker and bytes",
    );
    report(
      `plain SQLite floor, ${rows.toLocaleString("en")} rows`,
      "rows/s",
      floor,
      "same WASM flags, VFS, table and index; one transaction",
    );
    report("fed sync against floor", "%", fedRatios);
    report(
      "sync over HTTP against floor",
      "%",
      ratios,
      `heap ${(heap / 2 ** 20).toFixed(0)} MiB, file ${(file / body.rowBytes).toFixed(2)} bytes per row byte`,
    );
  }

  const singles = [];
  const floorSingles = [];
  const transactions = [];
  const batches = [];
  const points = [];
  const all = [];
  const echoes = [];
  const opens = [];
  const largest = Math.max(...rowCounts);
  for (let round = 0; round < rounds; ++round) {
    floorSingles.push(1000 / ((await measure("floorInserts", 1000, name("floor-singles", round))).ms / 1000));
    singles.push(1000 / ((await measure("inserts", 1000, name("singles", round))).ms / 1000));
    transactions.push(10_000 / ((await measure("transaction", 10_000, name("transaction", round))).ms / 1000));
    batches.push(10_000 / ((await measure("batch", 10_000, name("batch", round))).ms / 1000));
    points.push(10_000 / ((await measure("reads", 10_000, name("batch", round))).ms / 1000));
    all.push(...(await measure("getAll", 10_000, name("batch", round), 10)).each);
    echoes.push(...(await measure("watch", 50, name("batch", round))).each);
    opens.push((await measure("open", largest, name(`sync-${largest}`, round))).ms);
  }
  report("single inserts, awaited", "per s", singles, "1,000; each captured for upload");
  report("plain SQLite floor, single inserts", "per s", floorSingles, "no messages, no queue");
  report("10,000 inserts in one writeTransaction, awaited", "rows/s", transactions);
  report("executeBatch of 10,000", "rows/s", batches);
  report("point reads, awaited", "per s", points);
  report("getAll of 10,000 rows × 6 columns, every cell read", "ms", all);
  report("write to watch callback", "ms", echoes, `p95 ${quantile(echoes, 0.95).toFixed(1)} ms`);
  report(`cold open of ${largest.toLocaleString("en")} rows to the first row`, "ms", opens);

  console.log("\n| Part | Raw | gzip -9 | brotli 11 |\n|---|---|---|---|");
  const parts = await sizes();
  for (const { part, raw, gzip, brotli } of parts) {
    console.log(
      `| ${part} | ${raw.toLocaleString("en")} | ${gzip.toLocaleString("en")} | ${brotli.toLocaleString("en")} |`,
    );
  }
  if (options.json) writeFileSync(options.json, JSON.stringify({ table, parts }, null, 2));
} finally {
  await context.close();
  server.close();
  server.closeAllConnections();
  rmSync(profile, { recursive: true, force: true });
}
