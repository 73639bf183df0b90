// What a PowerSync Service was recorded to answer (shared/data/transcripts beside the repository), read from its files: the
// source's tables and rows, the sync configs, and for each recording the request, the lines and what was done between them.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gunzipSync } from "node:zlib";
import { root } from "../../../scripts/run.mjs";
import { cutDocuments, cutLines } from "./sync-stream.mjs";

const folder = join(root, "../shared/data/transcripts");
const read = (name) => readFileSync(join(folder, name));

/** The blocks of one language in the recordings' README. */
function blocks(language) {
  const text = read("README.md").toString();
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map((match) => match[1]);
}

/** The source before the first recording, and the two configs. */
export function recordedSetting() {
  const [tables, rows] = blocks("sql");
  const [streams1] = blocks("yaml");
  const streams2 = `${streams1.replace("SELECT * FROM lists WHERE owner_id = auth", "SELECT id, name AS title, owner_id FROM lists WHERE owner_id = auth")}  few:\n    query: SELECT id, n, done FROM bulk_items WHERE n <= 1200\n`;
  return { sql: tables + rows, streams1, streams2 };
}

function linesOf(file) {
  let bytes = read(file);
  // The client closed the stream while it was open, so the compressed body has no end.
  if (file.endsWith(".gz")) bytes = gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  const lines = [];
  const rest = (file.endsWith(".bson") ? cutDocuments : cutLines)(bytes, lines);
  if (rest.length > 0) throw new Error(`${file} ends within a line`);
  return lines;
}

/** Where a recording has no steps file, all of its lines came after connecting. */
function stepsOf(file, request) {
  const steps = join(folder, `${file.replace(/\.ndjson$/, "")}.steps.json`);
  if (existsSync(steps)) return JSON.parse(readFileSync(steps, "utf8"));
  return {
    user: "alice",
    request: { accept: "application/x-ndjson", body: request },
    segments: [{ after: "connect" }],
  };
}

/** A recording: { user, accept, body, endedByServer, segments: [{ after, lines, response }] }. */
export function recording(file, request) {
  const lines = linesOf(file);
  const steps = stepsOf(file, request);
  return {
    user: steps.user,
    accept: steps.request.accept,
    body: steps.request.body,
    endedByServer: steps.ended_by_server ?? false,
    segments: steps.segments.map(({ after, lines: range = [1, lines.length], response }) => ({
      after,
      response,
      lines: range.length === 0 ? [] : lines.slice(range[0] - 1, range[1]),
    })),
  };
}

/** The recording that keeps only the shape of its bulk lines, and notes where SQL ran. */
export function shapeRecording(file) {
  return JSON.parse(read(file).toString());
}
