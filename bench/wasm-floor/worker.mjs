// Worker around the floor module: opens the same files in the same way as the product, and runs one call after the other.

import createFloor from "../../build/wasm/floor.js";
import { deleteStorage, openStorage } from "../../js/worker/opfs.ts";
import { serveCalls } from "./serve-calls.mjs";

const decoder = new TextDecoder();
const encoder = new TextEncoder();
// Keeps the heap as small as that of a sync client, which gets its rows in pieces too.
const kRowsPerChunk = 2_000;
let floor = null;
let storage = null;

const calls = {
  // Opens the files and the module. `memory` never looks at OPFS.
  async open({ name, wasmUrl, busyTimeoutMs = 10_000, memory = false }) {
    storage = await openStorage(name, { storage: memory ? "memory" : "auto", busyTimeoutMs });
    const compiled = await WebAssembly.compileStreaming(fetch(wasmUrl));
    floor = await createFloor({
      instantiateWasm: (imports, receive) => {
        WebAssembly.instantiate(compiled, imports).then((instance) => receive(instance, compiled));
        return {};
      },
      skerryFiles: storage.handles,
    });
    const handles = storage.backend === "opfs" ? [0, 1] : [-1, -1];
    if (floor._floor_mount(...handles) !== 0) throw new Error("cannot mount");
    const { backend, reason, fileSizeBytes } = storage;
    return { backend, reason, fileSizeBytes };
  },
  connect: () => floor._floor_connect(),
  disconnect: (db) => floor._floor_disconnect(db),
  // {code, message, rows}: the first column of every row, as text.
  run: (db, sql) => withText([sql], (at) => parseReply(textAt(floor._floor_run(db, at)))),
  // Every statement by itself, so that each commits; the time in ms.
  runEach(db, statements) {
    const start = performance.now();
    for (const sql of statements) {
      const { code, message } = calls.run(db, sql);
      if (code !== 0) throw new Error(`${sql}: ${code} ${message}`);
    }
    return performance.now() - start;
  },
  // Inserts rows (arrays of text and safe integers) by a prepared statement in one transaction: {code, ms}. Packing them is
  // no part of the time.
  insert(db, sql, rows) {
    const chunks = [];
    for (let from = 0; from < rows.length; from += kRowsPerChunk)
      chunks.push(pack(rows.slice(from, from + kRowsPerChunk)));
    const start = performance.now();
    calls.run(db, "BEGIN IMMEDIATE");
    let code = 0;
    for (const chunk of chunks) {
      code = withText([sql], (sqlAt) =>
        withBytes(chunk, (at) => floor._floor_insert(db, sqlAt, rows[0].length, at, chunk.length)),
      );
      if (code !== 0) break;
    }
    const ended = calls.run(db, code === 0 ? "COMMIT" : "ROLLBACK");
    return { code: code || ended.code, ms: performance.now() - start };
  },
  // The heap, and the sizes of the files as they are at this moment.
  sizes: () => ({ heap: floor.HEAPU8.length, files: storage.handles.map((handle) => handle.getSize()) }),
  // Answers, then never comes back: for a worker that is to be killed while it writes.
  writeForever(db, sql) {
    setTimeout(() => {
      for (let n = 0; ; n++) {
        const { code, message } = calls.run(db, sql.replaceAll("?", String(n)));
        if (code !== 0) throw new Error(message);
        postMessage({ committed: n });
      }
    });
  },
  close: () => storage?.close(),
  remove: (name) => deleteStorage(name),
};

function withText(texts, run) {
  const pointers = texts.map((text) => {
    const bytes = encoder.encode(text);
    const at = floor._malloc(bytes.length + 1);
    floor.HEAPU8.set(bytes, at);
    floor.HEAPU8[at + bytes.length] = 0;
    return at;
  });
  try {
    return run(...pointers);
  } finally {
    for (const at of pointers) floor._free(at);
  }
}

function withBytes(bytes, run) {
  const at = floor._malloc(bytes.length);
  floor.HEAPU8.set(bytes, at);
  try {
    return run(at);
  } finally {
    floor._free(at);
  }
}

// As BindPacked in floor.cc reads it.
function pack(rows) {
  const values = rows.flat().map((value) => (typeof value === "number" ? value : encoder.encode(value)));
  const size = values.reduce((sum, value) => sum + (typeof value === "number" ? 9 : 5 + value.length), 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const value of values) {
    if (typeof value === "number") {
      bytes[at] = 1;
      view.setBigInt64(at + 1, BigInt(value), true);
      at += 9;
    } else {
      bytes[at] = 3;
      view.setUint32(at + 1, value.length, true);
      bytes.set(value, at + 5);
      at += 5 + value.length;
    }
  }
  return bytes;
}

function textAt(start) {
  return decoder.decode(floor.HEAPU8.slice(start, floor.HEAPU8.indexOf(0, start)));
}

function parseReply(reply) {
  const [code, message, ...rows] = reply.split("\n");
  return { code: Number(code), message, rows };
}

serveCalls(calls);
