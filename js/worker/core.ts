// What the worker needs from the module: the contract that host.ts keeps. Everything above host.ts is written against these
// types, so that the WASM glue has one importer.

import type { WireError } from "../errors.js";
import type { Op } from "./abi.js";

export type StorageBackend = "opfs" | "memory";

// Where the database lies. `reason` says why it is not in OPFS.
export interface CoreStorage {
  readonly backend: StorageBackend;
  readonly reason: string | null;
  readonly fileSizeBytes: number;
}

export interface CoreOpenOptions {
  // The database's file name, the key of everything: OPFS directory, Web Lock, channel.
  readonly dbFilename: string;
  // "memory" never looks at OPFS; "auto" takes memory only where OPFS does not work at all.
  readonly storage: "auto" | "memory";
  // Address of core.wasm; by default the one beside the worker script.
  readonly wasmUrl: string | null;
  // The app's schema (client-core 5.1) as JSON, applied before the open resolves; null opens with no tables.
  readonly schemaJson: string | null;
  readonly cacheSizeKb: number;
  readonly synchronous: "full" | "normal" | "off";
  // How long to wait for another context's access handle before StorageBusyError.
  readonly busyTimeoutMs: number;
}

// One open database inside the module. Calls are synchronous and must not overlap.
export interface CoreDatabase {
  // Runs one operation. The reply is a copy that the caller owns and may transfer. Throws CoreFailure.
  call(op: Op, payload: Uint8Array | string | null): Uint8Array<ArrayBuffer>;
  // The bits of `Flag`, as they stand after the last call.
  flags(): number;
  storage(): CoreStorage;
  // What the module has taken from the browser.
  heapBytes(): number;
  // Closes SQLite and then the access handles. The object is dead afterwards.
  close(): Promise<void>;
}

// A failed call: the error the core put into its reply, or the trap that ended the module.
export class CoreFailure extends Error {
  readonly error: WireError;
  constructor(error: WireError) {
    super(error.message);
    this.name = "CoreFailure";
    this.error = error;
  }
}

export type OpenCore = (options: CoreOpenOptions) => Promise<CoreDatabase>;
