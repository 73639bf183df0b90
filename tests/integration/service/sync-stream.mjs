// One sync stream as a client reads it: lines cut from NDJSON or BSON, also out of gzip.
import { createGunzip } from "node:zlib";
import { kLimitMs } from "../../support/until.mjs";

export const ndjson = "application/x-ndjson";
export const bson = "application/vnd.powersync.bson-stream";

/** The lines of one stream as they come. */
export class SyncStream {
  constructor(request, response) {
    this.request = request;
    this.response = response;
    this.status = response.statusCode;
    this.headers = response.headers;
    this.lines = [];
    this.raw = [];
    this.ended = false;
    this.broken = false;
    this.waiting = [];
    response.on("data", (chunk) => {
      this.raw.push(chunk);
      this.wake();
    });
    const encoding = this.headers["content-encoding"];
    if (encoding === "zstd") return; // Node 20 cannot decode it: such a stream has raw bytes only.
    const body = encoding === "gzip" ? response.pipe(createGunzip()) : response;
    const cut = this.headers["content-type"] === bson ? cutDocuments : cutLines;
    let rest = Buffer.alloc(0);
    body.on("data", (chunk) => {
      rest = cut(Buffer.concat([rest, chunk]), this.lines);
      this.wake();
    });
    body.on("end", () => {
      this.ended = true;
      this.wake();
    });
    const fail = () => {
      this.broken = true;
      this.wake();
    };
    body.on("error", fail);
    response.on("aborted", fail);
    response.on("error", fail);
    request.on("error", fail);
  }

  wake() {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** Waits until `condition(this)` holds. A stream that ended will not fulfil it any more. */
  async until(condition, what, timeout = kLimitMs) {
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      this.wake();
    }, timeout);
    try {
      while (!condition(this)) {
        if (this.ended || isLate) {
          const got = this.lines.map((line) => JSON.stringify(line).slice(0, 200)).join("\n");
          throw new Error(`${what} did not come; got:\n${got}`);
        }
        await new Promise((resolve) => this.waiting.push(resolve));
      }
    } finally {
      clearTimeout(limit);
    }
  }

  /** Waits until the `n`-th checkpoint_complete and gives the lines up to it. */
  async complete(n = 1, timeout = kLimitMs) {
    const ends = () => this.lines.flatMap((line, i) => ("checkpoint_complete" in line ? [i] : []));
    await this.until(() => ends().length >= n, `checkpoint_complete ${n}`, timeout);
    return this.lines.slice(0, ends()[n - 1] + 1);
  }

  /** Every operation so far, in order. */
  operations() {
    return this.lines.flatMap((line) => line.data?.data ?? []);
  }

  close() {
    this.request.destroy();
  }
}

/** Moves whole lines from `bytes` to `lines`; gives the rest. */
export function cutLines(bytes, lines) {
  for (;;) {
    const end = bytes.indexOf(10);
    if (end < 0) return bytes;
    lines.push(JSON.parse(bytes.subarray(0, end).toString()));
    bytes = bytes.subarray(end + 1);
  }
}

/** The same for BSON documents. */
export function cutDocuments(bytes, lines) {
  for (;;) {
    if (bytes.length < 4) return bytes;
    const size = bytes.readInt32LE(0);
    if (bytes.length < size) return bytes;
    lines.push(decodeBson(bytes.subarray(0, size)));
    bytes = bytes.subarray(size);
  }
}

/** Enough of BSON for what the service may send (P-037); written from the format, not from the service's encoder. */
function decodeBson(bytes, isArray = false) {
  const result = isArray ? [] : {};
  let at = 4;
  const cstring = () => {
    const end = bytes.indexOf(0, at);
    const text = bytes.toString("utf8", at, end);
    at = end + 1;
    return text;
  };
  for (;;) {
    const type = bytes[at++];
    if (type === 0) return result;
    const name = cstring();
    let value;
    if (type === 2) {
      const size = bytes.readInt32LE(at);
      value = bytes.toString("utf8", at + 4, at + 4 + size - 1);
      at += 4 + size;
    } else if (type === 3 || type === 4) {
      const size = bytes.readInt32LE(at);
      value = decodeBson(bytes.subarray(at, at + size), type === 4);
      at += size;
    } else if (type === 8) value = bytes[at++] === 1;
    else if (type === 10) value = null;
    else if (type === 16) {
      value = bytes.readInt32LE(at);
      at += 4;
    } else if (type === 1) {
      value = bytes.readDoubleLE(at);
      at += 8;
    } else throw new Error(`BSON type ${type} at ${name}`);
    if (isArray) result.push(value);
    else result[name] = value;
  }
}
