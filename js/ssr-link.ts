// The database on a server that renders pages: every query is empty, every write does nothing, no status ever changes.

import { ResultBuffer } from "./codec.js";
import type { LeaseHandle, Link } from "./link.js";
import type { CoreInfo, OpenedDatabase, StorageState } from "./messages.js";
import { kResultHeaderBytes, kResultMagic } from "./worker/abi.js";

export class SsrLink implements Link {
  readonly opened: Promise<OpenedDatabase>;

  constructor() {
    this.opened = this.info().then((info) => ({ epoch: "ssr", storage: kNowhere, info }));
  }

  async run(): Promise<ResultBuffer> {
    return emptyResult();
  }

  async lease(): Promise<LeaseHandle> {
    return { run: async () => emptyResult(), close: async () => undefined };
  }

  watch(): () => void {
    return () => undefined;
  }

  async resolveTables(): Promise<readonly string[]> {
    return [];
  }

  async info(): Promise<CoreInfo> {
    return {
      clientId: "",
      sqliteVersion: "",
      status: null,
      counters: { lines: 0, operations: 0, bytes: 0, publishes: 0, checksumFailures: 0, watchRuns: 0 },
      buckets: [],
      tables: [],
      queue: { count: 0, size: 0 },
      file: { pageSize: 0, pageCount: 0, freePages: 0, bytes: 0 },
      heapBytes: 0,
    };
  }

  async storage(): Promise<StorageState> {
    return { ...kNowhere, persisted: false, quota: null, usage: null };
  }

  async schema(): Promise<void> {}
  async connect(): Promise<void> {}
  async disconnect(): Promise<void> {}
  async clear(): Promise<void> {}
  async crudComplete(): Promise<void> {}
  async subscription(): Promise<void> {}
  holdStreams(): void {}
  listenTables(): void {}
  async close(): Promise<void> {}
}

const kNowhere = { backend: "memory", reason: "server-side rendering has no storage", fileSizeBytes: 0 } as const;

function emptyResult(): ResultBuffer {
  const buffer = new ArrayBuffer(kResultHeaderBytes);
  const view = new DataView(buffer);
  view.setUint32(0, kResultMagic, true);
  for (const offset of [32, 36, 40, 44, 52, 60]) view.setUint32(offset, kResultHeaderBytes, true);
  return new ResultBuffer(buffer);
}
