// A sync service that says what a test tells it to, and keeps what it was asked. Each has a path of its own: a worker that outlives
// its test by a moment asks nobody else.
import { text } from "node:stream/consumers";
import { until } from "../../support/until.mjs";

let services = 0;

export class ScriptedService {
  path = `/service-${++services}`;
  // One per request to /sync/stream: headers, body, and the response to write to.
  streams = [];
  checkpointRequests = 0;
  writeCheckpoint = 1;
  // Tokens that are answered with 401.
  refused = new Set();
  #opId = 0;
  #rows = new Map();

  /** Who answers a request to `path`: a site's `route`. */
  route(path) {
    if (path === `${this.path}/sync/stream`) return (request, response) => void this.#stream(request, response);
    if (path !== `${this.path}/write-checkpoint2.json`) return undefined;
    return (_request, response) => {
      this.checkpointRequests++;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ data: { write_checkpoint: String(this.writeCheckpoint) } }));
    };
  }

  /** Adds or replaces a row of the one bucket that this service has; null deletes it. */
  put(table, id, data) {
    const op = {
      op_id: String(++this.#opId),
      object_type: table,
      object_id: id,
      checksum: this.#opId * 7,
      subkey: "s",
    };
    this.#rows.set(
      op.op_id,
      data === null ? { ...op, op: "REMOVE" } : { ...op, op: "PUT", data: JSON.stringify(data) },
    );
  }

  /** The bucket as a checkpoint, its data from `after` on. `writeCheckpoint` lets waiting local writes pass. */
  checkpoint({ writeCheckpoint, after = 0 } = {}) {
    const ops = [...this.#rows.values()];
    const checksum = ops.reduce((sum, op) => (sum + op.checksum) | 0, 0);
    const last = String(this.#opId);
    const bucket = { bucket: "all[]", checksum, count: ops.length, priority: 3, subscriptions: [] };
    return [
      {
        checkpoint: {
          last_op_id: last,
          buckets: [bucket],
          streams: [],
          ...(writeCheckpoint ? { write_checkpoint: String(writeCheckpoint) } : {}),
        },
      },
      {
        data: {
          bucket: "all[]",
          after: String(after),
          has_more: false,
          data: ops.filter((op) => Number(op.op_id) > after),
          next_after: last,
        },
      },
      { checkpoint_complete: { last_op_id: last } },
    ];
  }

  /** Resolves with the n-th stream, when a client has opened it. */
  stream(n) {
    return until(() => this.streams[n - 1], `stream ${n}`);
  }

  /** Resolves when a client has asked for a write checkpoint for the n-th time. */
  async checkpointRequest(n) {
    await until(() => this.checkpointRequests >= n, `request ${n} for a write checkpoint`);
  }

  async #stream(request, response) {
    const body = await text(request).catch(() => null);
    if (body === null) return; // The client is gone already.
    const token = request.headers.authorization;
    const stream = {
      url: request.url,
      headers: request.headers,
      body: JSON.parse(body),
      send: (...lines) => response.write(lines.map((line) => `${JSON.stringify(line)}\n`).join("")),
      end: () => response.end(),
      destroy: () => response.destroy(),
      closed: new Promise((resolve) => response.once("close", resolve)),
    };
    if (this.refused.has(token)) {
      response.writeHead(401, { "content-type": "application/json" }).end('{"error":{"code":"PSYNC_S2103"}}');
    } else {
      response.writeHead(200, { "content-type": "application/x-ndjson" });
      response.flushHeaders();
    }
    this.streams.push(stream);
  }
}
