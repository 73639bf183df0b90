// Serves the built demo page where skerryd does not (`skerryd run` has no page): files as they were at the start, and backend.json.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, sep } from "node:path";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".wasm": "application/wasm",
};

/** The page's own code, and services of this machine; WebAssembly needs its own word. As `skerryd dev` sends it. */
const policy =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self' http://127.0.0.1:* http://localhost:*; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

/** URL path → file. Nothing else is ever served, so no path can lead out of the folder. */
function filesOf(folder) {
  const files = new Map();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const body = readFileSync(path);
    files.set(path.slice(folder.length).split(sep).join("/"), {
      body,
      type: types[extname(path)] ?? "application/octet-stream",
    });
  }
  if (!files.has("/index.html")) throw new Error(`${folder} holds no index.html: build the page first`);
  files.set("/", files.get("/index.html"));
  return files;
}

export class PageServer {
  /** `backend` is asked at each request where the backend is: it may have moved since the page was opened. */
  constructor(folder, backend) {
    this.files = filesOf(folder);
    this.backend = backend;
    this.port = 0;
  }

  async start(port = 0) {
    this.server = createServer((request, response) => this.#answer(request, response));
    await new Promise((done, fail) => {
      this.server.once("error", fail);
      this.server.listen(port, "127.0.0.1", done);
    });
    this.port = this.server.address().port;
  }

  async stop() {
    if (!this.server) return;
    const closed = new Promise((done) => this.server.close(done));
    this.server.closeAllConnections();
    await closed;
  }

  #find(path) {
    if (path === "/backend.json") return { body: JSON.stringify(this.backend()), type: types[".json"] };
    // A path without extension is a place in the app.
    return this.files.get(path) ?? (extname(path) === "" ? this.files.get("/") : undefined);
  }

  #answer(request, response) {
    const path = (request.url ?? "/").split("?")[0];
    if (!["GET", "HEAD"].includes(request.method)) return response.writeHead(405).end();
    const file = this.#find(path);
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, {
      "content-type": file.type,
      "content-length": Buffer.byteLength(file.body),
      "content-security-policy": policy,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      // A bundler's assets carry a hash of their content in their names.
      "cache-control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    });
    response.end(request.method === "HEAD" ? undefined : file.body);
  }
}
