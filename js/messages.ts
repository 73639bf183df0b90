// Every message between a tab and its worker, and between the workers of several tabs. Plain data only: all of it crosses
// postMessage or a BroadcastChannel.
//
// A Request is answered exactly once, by the Reply with its id. A Notice has no answer. An Event comes from the worker unasked.
// A tab talks to its own worker only; a worker that does not own the database passes Requests and Notices on to the one that
// does, inside an Envelope.

import type { WireError } from "./errors.js";
import type { CoreOpenOptions, CoreStorage } from "./worker/core.js";

// Grows with every change of this file that an older build of a tab could misread. Tabs of different protocols refuse each
// other instead of guessing.
export const kProtocol = 1;

export type LeaseMode = "readLock" | "writeLock" | "readTransaction" | "writeTransaction";
export type LeaseAction = "commit" | "rollback" | "release";

// A value that JSON can carry.
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

// A stream with its parameters: what a subscription is known by.
export interface StreamName {
  readonly name: string;
  readonly params: Json;
}

// The connect options as the core takes them (event `connect`), without the connector, which stays in the tab.
export interface ConnectOptions {
  readonly params: { readonly [key: string]: Json };
  readonly appMetadata: { readonly [key: string]: string };
  readonly includeDefaultStreams: boolean;
  readonly retryDelayMs: number;
  readonly crudUploadThrottleMs: number;
  readonly profile: "native" | "powersync";
}

// What a tab tells every new owner about itself, so that a hand-over loses nothing.
export interface TabState {
  readonly listensTables: boolean;
  readonly streams: readonly StreamName[];
  // The tab's own connect, if it called connect() and the shared client was not disconnected since. `at` orders several tabs.
  readonly connect: { readonly options: ConnectOptions; readonly at: number } | null;
}

export interface StorageState extends CoreStorage {
  readonly persisted: boolean;
  readonly quota: number | null;
  readonly usage: number | null;
}

export interface BucketInfo {
  readonly name: string;
  // Up to here operations are downloaded, and published: op ids, as decimal text.
  readonly lastOp: string;
  readonly lastAppliedOp: string;
  // Operations that stand in the reduced bucket.
  readonly operations: number;
  // Of the bytes downloaded for it.
  readonly bytes: number;
}

// The core's answer to kInfo (docs/module-abi.md), and what the worker adds.
export interface CoreInfo {
  readonly clientId: string;
  readonly sqliteVersion: string;
  readonly status: unknown;
  // Since this database was opened.
  readonly counters: {
    readonly lines: number;
    readonly operations: number;
    readonly bytes: number;
    readonly publishes: number;
    readonly checksumFailures: number;
    readonly watchRuns: number;
  };
  readonly buckets: readonly BucketInfo[];
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  // `size` is the sum of the entries' bytes plus 20 for each.
  readonly queue: { readonly count: number; readonly size: number };
  readonly file: {
    readonly pageSize: number;
    readonly pageCount: number;
    readonly freePages: number;
    readonly bytes: number;
  };
  // Of the WASM module: what it has taken from the browser, which it never gives back while it is open.
  readonly heapBytes: number;
}

export interface OpenedDatabase {
  // Counts the owners since the first tab opened: a lease of an older epoch is void.
  readonly epoch: string;
  readonly storage: CoreStorage;
  readonly info: CoreInfo;
}

export type Request =
  | {
      readonly kind: "open";
      readonly id: number;
      readonly protocol: number;
      readonly options: CoreOpenOptions;
      readonly state: TabState;
    }
  // `payload` is a statement payload (docs/module-abi.md); `lease` repeats its lease, 0 = autocommit.
  | {
      readonly kind: "execute";
      readonly id: number;
      readonly epoch: string;
      readonly lease: number;
      readonly read: boolean;
      readonly payload: ArrayBuffer;
    }
  | { readonly kind: "leaseOpen"; readonly id: number; readonly mode: LeaseMode; readonly timeoutMs: number }
  | {
      readonly kind: "leaseClose";
      readonly id: number;
      readonly epoch: string;
      readonly lease: number;
      readonly action: LeaseAction;
    }
  // `payload` is a whole kWatchOpen payload whose watch id the owner fills in.
  | { readonly kind: "watchOpen"; readonly id: number; readonly watch: number; readonly payload: ArrayBuffer }
  | { readonly kind: "resolveTables"; readonly id: number; readonly payload: ArrayBuffer }
  | { readonly kind: "schema"; readonly id: number; readonly json: string }
  | { readonly kind: "info"; readonly id: number }
  | { readonly kind: "storage"; readonly id: number }
  | { readonly kind: "connect"; readonly id: number; readonly options: ConnectOptions; readonly at: number }
  | { readonly kind: "disconnect"; readonly id: number }
  | { readonly kind: "clear"; readonly id: number; readonly clearLocal: boolean; readonly soft: boolean }
  | { readonly kind: "crudComplete"; readonly id: number; readonly lastId: number; readonly checkpoint: string | null }
  | { readonly kind: "subscription"; readonly id: number; readonly event: SubscriptionEvent }
  | { readonly kind: "close"; readonly id: number };

export type SubscriptionEvent =
  | {
      readonly event: "subscribe";
      readonly name: string;
      readonly params: Json;
      readonly ttl?: number;
      readonly priority?: number;
    }
  | { readonly event: "unsubscribe"; readonly name: string; readonly params: Json }
  | { readonly event: "unsubscribeAll"; readonly name: string; readonly params: Json };

export type Notice =
  | { readonly kind: "watchClose"; readonly watch: number }
  | { readonly kind: "state"; readonly state: TabState }
  // Drops a request that has not started; it is then answered by nobody.
  | { readonly kind: "cancel"; readonly request: number }
  // The answer of a tab to an `ask` event.
  | { readonly kind: "answer"; readonly ask: number; readonly answer: Answer };

export type Answer =
  | { readonly kind: "credentials"; readonly endpoint: string; readonly token: string }
  | { readonly kind: "uploaded" }
  | { readonly kind: "failed"; readonly message: string };

export type ToWorker = Request | Notice;

export type Reply =
  | { readonly kind: "rows"; readonly id: number; readonly buffer: ArrayBuffer }
  | { readonly kind: "done"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly error: WireError };

export type Event =
  | { readonly kind: "watch"; readonly watch: number; readonly message: ArrayBuffer }
  | { readonly kind: "tables"; readonly tables: readonly string[] }
  | { readonly kind: "status"; readonly status: unknown }
  | { readonly kind: "log"; readonly level: "debug" | "info" | "warn" | "error"; readonly line: string }
  // The owner wants this tab's connector to act. Answered by an `answer` notice.
  | {
      readonly kind: "ask";
      readonly ask: number;
      readonly what: "credentials" | "upload";
      readonly invalidate: boolean;
    }
  // Some tab disconnected the shared sync client: a connect of this tab from before `at` no longer counts.
  | { readonly kind: "disconnected"; readonly at: number }
  | { readonly kind: "schemaChanged"; readonly json: string }
  // Another worker owns the database now: leases are void, watches have to be opened again.
  | { readonly kind: "moved"; readonly opened: OpenedDatabase }
  // The database cannot be used any more.
  | { readonly kind: "broken"; readonly error: WireError };

export type FromWorker = Reply | Event;

// What all workers of a file hear (channel `skerry:<file>`).
export type Broadcast =
  // "Who owns this database?", asked by a follower that has just started.
  | { readonly kind: "hello"; readonly protocol: number; readonly client: string }
  // A worker was elected and is opening the file, or the owner is about to leave: hold everything.
  | { readonly kind: "electing"; readonly protocol: number }
  // The owner serves.
  | { readonly kind: "owner"; readonly protocol: number; readonly epoch: string };

// What a follower sends to the owner (channel `skerry:<file>:owner:<epoch>`).
export type ToOwner =
  | { readonly kind: "message"; readonly client: string; readonly message: ToWorker }
  | { readonly kind: "goodbye"; readonly client: string };

// What the owner sends to one follower (channel `skerry:<file>:<client>`).
export type ToFollower =
  | { readonly kind: "message"; readonly protocol: number; readonly epoch: string; readonly message: FromWorker }
  // This request was received but never started: send it to the next owner.
  | { readonly kind: "bounced"; readonly protocol: number; readonly request: number }
  // The owner is built from another protocol.
  | { readonly kind: "refused"; readonly protocol: number };

export function assertNever(value: never): never {
  throw new Error(`Unexpected message: ${JSON.stringify(value)}`);
}

// Whether something that arrived in a worker can be one of ours: pages post all kinds of things.
export function isToWorker(data: unknown): data is ToWorker {
  return typeof data === "object" && data !== null && typeof (data as { kind?: unknown }).kind === "string";
}
