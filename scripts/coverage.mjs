// Lists which requirement ids of the specifications a test names: docs/coverage.md. `--check` fails if the file is stale.
//
// A test covers an id by naming it in its title or tags ("[store][C-066]"), or, in a file that covers whole sections, in a
// comment line "Covers: P-050 P-051".
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./run.mjs";

// `defined` finds where a specification defines an id.
const specs = [
  {
    title: "Wire protocol (sync-protocol.md)",
    file: "sync-protocol.md",
    id: /\bP-\d{3}\b/g,
    defined: /\*\*(P-\d{3})\*\*/g,
  },
  { title: "Client core (client-core.md)", file: "client-core.md", id: /\bC-\d{3}\b/g, defined: /\*\*(C-\d{3})\*\*/g },
  { title: "Worked examples (sync-streams.md)", file: "sync-streams.md", id: /\bE\d\d\b/g, defined: /^### (E\d\d) /gm },
  {
    title: "Invariants of the service (service.md)",
    file: "service.md",
    id: /\bI\d{1,2}\b/g,
    defined: /^- (I\d{1,2}) /gm,
  },
  { title: "Scenarios of the service (service.md)", file: "service.md", id: /\bW\d\d\b/g, defined: /^(W\d\d) /gm },
];
// Ids that Skerry's real tables make void (client-core.md, "How Skerry uses this").
const voidIds = new Set(
  "C-020 C-021 C-022 C-023 C-030 C-031 C-032 C-040 C-043 C-044 C-045 C-046 C-047 C-052 C-053 C-095 C-122 C-211".split(
    " ",
  ),
);

const idPattern = /\b(?:[PC]-\d{3}|[WE]\d{2}|I\d{1,2})\b/g;
const testFiles = readdirSync(join(root, "tests"), { recursive: true })
  .filter((path) => /(_test\.cc|\.test\.mjs|\.test\.ts)$/.test(path))
  .sort();

const coveredBy = new Map();
for (const path of testFiles) {
  const text = readFileSync(join(root, "tests", path), "utf8");
  for (const id of text.match(idPattern) ?? []) {
    if (!coveredBy.has(id)) coveredBy.set(id, new Set());
    coveredBy.get(id).add(path);
  }
}

/** Every id that the specification defines ("**P-001** ..."), in order. Without the specification at hand: those of the last list. */
function idsOf({ title, file, id, defined }) {
  const path = join(root, "../shared/spec", file);
  if (existsSync(path)) return sorted([...readFileSync(path, "utf8").matchAll(defined)].map((match) => match[1]));
  const list = readFileSync(join(root, "docs/coverage.md"), "utf8");
  const part = list.slice(list.indexOf(`## ${title}`)).split(/\n(?=## )/)[0];
  return sorted(part.match(id));
}

/** Each once, I2 before I10. */
function sorted(ids) {
  return [...new Set(ids)].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

const lines = [
  "# Coverage of the specifications",
  "",
  "Made by `node scripts/coverage.mjs` from the ids that tests name.",
  "",
];
for (const spec of specs) {
  const ids = idsOf(spec).filter((id) => !voidIds.has(id));
  const covered = ids.filter((id) => coveredBy.has(id));
  lines.push(`## ${spec.title}: ${covered.length} of ${ids.length}`, "", "| Id | Tests |", "|---|---|");
  for (const id of covered) lines.push(`| ${id} | ${[...coveredBy.get(id)].map((path) => `\`${path}\``).join(", ")} |`);
  const open = ids.filter((id) => !coveredBy.has(id));
  lines.push("", `Not named by a test: ${open.join(", ") || "none"}.`, "");
}
const text = lines.join("\n");
const target = join(root, "docs/coverage.md");
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error(`${relative(root, target)} is stale: run node scripts/coverage.mjs`);
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
  console.log(
    text
      .split("\n")
      .filter((line) => line.startsWith("## "))
      .join("\n"),
  );
}
