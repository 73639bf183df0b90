// Owns the WASM module: loads it, hands it the access handles, and is the only holder of embind objects and of views into its
// memory. One host is one database in one module instance, so a crash or a close takes nothing else with it.
//
// A trap or a broken promise (SKERRY_CHECK) ends the module: the call that met it and every later one fail with
// `worker_crashed`, and the access handles are released at once so that a new worker can open the file.

import createCore, { type CoreDatabaseHandle, type CoreModule } from "../../build/wasm/core.js";
import type { WireError } from "../errors.js";
import { Op } from "./abi.js";
import { type CoreDatabase, CoreFailure, type CoreOpenOptions, type CoreStorage } from "./core.js";
import { type OpenedStorage, openStorage } from "./opfs.js";

// As wasm/web_database.h registers it.
const kVfsName = "skerry-opfs";
const kEncoder = new TextEncoder();
const kDecoder = new TextDecoder();

export async function openCore(options: CoreOpenOptions): Promise<CoreDatabase> {
  const wasmUrl = options.wasmUrl ?? new URL("./core.wasm", import.meta.url).href;
  const [compiled, storage] = await both(compile(wasmUrl), openStorage(options.dbFilename, options), (opened) =>
    opened.close(),
  );
  try {
    const complaints: string[] = [];
    const module = await instantiate(compiled, storage, complaints);
    return new CoreHost(module, storage, options, complaints);
  } catch (error) {
    storage.close();
    throw error;
  }
}

class CoreHost implements CoreDatabase {
  readonly #module: CoreModule;
  readonly #storage: OpenedStorage;
  // What the module wrote to stderr: the promise that was broken, if it crashes.
  readonly #complaints: readonly string[];
  readonly #database: CoreDatabaseHandle;
  readonly #id: number;
  #dead: CoreFailure | null = null;
  #flags = 0;

  constructor(module: CoreModule, storage: OpenedStorage, options: CoreOpenOptions, complaints: readonly string[]) {
    this.#module = module;
    this.#storage = storage;
    this.#complaints = complaints;
    const { dbFilename, synchronous, cacheSizeKb } = options;
    const config = JSON.stringify({ path: dbFilename, vfs: kVfsName, cacheKib: cacheSizeKb });
    this.#database = this.#guard(
      () => new module.Database(dbFilename, storage.backend === "opfs", module.Durability[synchronous], config),
    );
    const error = this.#guard(() => this.#database.error());
    if (error !== "") {
      this.#guard(() => this.#database.delete());
      throw new CoreFailure(JSON.parse(error) as WireError);
    }
    this.#id = this.#guard(() => this.#database.id());
    if (options.schemaJson !== null) this.#applySchema(options.schemaJson);
  }

  call(op: Op, payload: Uint8Array | string | null): Uint8Array<ArrayBuffer> {
    if (this.#dead !== null) throw this.#dead;
    const bytes = typeof payload === "string" ? kEncoder.encode(payload) : payload;
    const failed = this.#guard(() => {
      const size = bytes?.length ?? 0;
      const ptr = size === 0 ? 0 : this.#module._skerry_alloc(size);
      if (bytes !== null && size > 0) {
        if (ptr === 0)
          throw new CoreFailure({ code: "out_of_memory", message: `No memory for ${size} bytes of input` });
        this.#module.HEAPU8.set(bytes, ptr);
      }
      const status = this.#module._skerry_call(this.#id, op, ptr, size, performance.now(), Date.now());
      this.#flags = this.#module._skerry_flags(this.#id);
      return status !== 0;
    });
    const reply = this.#reply();
    if (failed) throw new CoreFailure(JSON.parse(kDecoder.decode(reply)) as WireError);
    return reply;
  }

  flags(): number {
    return this.#flags;
  }

  storage(): CoreStorage {
    const { backend, reason, fileSizeBytes } = this.#storage;
    return { backend, reason, fileSizeBytes };
  }

  heapBytes(): number {
    return this.#module.HEAPU8.length;
  }

  async close(): Promise<void> {
    if (this.#dead !== null) return;
    try {
      this.#guard(() => this.#database.delete());
    } finally {
      this.#dead ??= new CoreFailure({ code: "database_closed", message: "The database is closed." });
      this.#storage.close();
    }
  }

  #applySchema(json: string): void {
    try {
      this.call(Op.kSchema, json);
    } catch (error) {
      if (this.#dead === null) this.#guard(() => this.#database.delete());
      throw error;
    }
  }

  // A view is void after the next call, since growth of the memory detaches it, so the reply leaves as a copy.
  #reply(): Uint8Array<ArrayBuffer> {
    return this.#guard(() => {
      const start = this.#module._skerry_reply_ptr(this.#id);
      return this.#module.HEAPU8.slice(start, start + this.#module._skerry_reply_size(this.#id));
    });
  }

  // Nothing in the module throws, so whatever comes out of it means that it is dead.
  #guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof CoreFailure) throw error;
      const promise = this.#complaints.at(-1);
      const message = promise ?? (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
      const stack = error instanceof Error ? error.stack : undefined;
      this.#dead = new CoreFailure({
        code: "worker_crashed",
        message: `The database module stopped: ${message}`,
        ...(stack !== undefined ? { stack } : {}),
      });
      this.#storage.close();
      throw this.#dead;
    }
  }
}

function instantiate(compiled: WebAssembly.Module, storage: OpenedStorage, complaints: string[]): Promise<CoreModule> {
  return new Promise((resolve, reject) => {
    createCore({
      instantiateWasm: (imports, receive) => {
        WebAssembly.instantiate(compiled, imports).then((instance) => receive(instance, compiled), reject);
        return {};
      },
      skerryFiles: storage.handles,
      print: (line) => console.log(line),
      printErr: (line) => {
        complaints.push(line);
        console.error(line);
      },
    }).then(resolve, reject);
  });
}

async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) {
    throw new CoreFailure({ code: "storage_unavailable", message: `${url} answered HTTP ${response.status}` });
  }
  // Streaming needs the right content type; a server that does not know .wasm costs a second pass, not the app.
  const type = response.headers.get("content-type")?.split(";")[0]?.trim();
  if (type === "application/wasm") return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

// Runs both at once; if either fails, what the second one opened is released.
async function both<A, B>(first: Promise<A>, second: Promise<B>, release: (opened: B) => void): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === "fulfilled" && b.status === "fulfilled") return [a.value, b.value];
  if (b.status === "fulfilled") release(b.value);
  throw a.status === "rejected" ? a.reason : (b as PromiseRejectedResult).reason;
}
