// Serves the benchmark's page and, from memory, the initial sync that `/stream/<encoding>/<rows>` names.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { initialSync } from "./stream.mjs";

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".css": "text/css",
  ".map": "application/json",
};
const contentTypes = { bson: "application/vnd.powersync.bson-stream", ndjson: "application/x-ndjson" };

/** Makes each body once, so that building it is no part of what is measured. */
const bodies = new Map();
export function bodyOf(encoding, rows) {
  const key = `${encoding}/${rows}`;
  if (!bodies.has(key)) bodies.set(key, initialSync(rows, encoding));
  return bodies.get(key);
}

async function sendBody(response, chunks) {
  const closed = once(response, "close");
  for (const chunk of chunks) {
    if (!response.write(chunk)) await Promise.race([once(response, "drain"), closed]);
    if (response.destroyed) return;
  }
}

/** Listens on a free loopback port; resolves with its address. */
export function serve(folder) {
  const server = createServer(async (request, response) => {
    const { pathname: path, searchParams } = new URL(request.url, "http://localhost");
    const stream = /^\/stream\/(bson|ndjson)\/(\d+)\/(.*)$/.exec(path);
    if (stream) {
      const [, encoding, rows, rest] = stream;
      request.resume();
      if (rest === "sync/stream") {
        response.writeHead(200, { "content-type": contentTypes[encoding] });
        await sendBody(response, bodyOf(encoding, Number(rows)).chunks);
        if (searchParams.has("end")) response.end();
        return; // Else it stays open, as a service's stream does.
      }
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"data":{"write_checkpoint":"1"}}');
      return;
    }
    try {
      const file = join(folder, normalize(path === "/" ? "/index.html" : path));
      const body = await readFile(file);
      response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((done) =>
    server.listen(0, "127.0.0.1", () => done({ server, url: `http://127.0.0.1:${server.address().port}` })),
  );
}
