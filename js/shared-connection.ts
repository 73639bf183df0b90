// Several database objects of one tab on one file share one connection. Each of them gets a Link of its own; the worker ends
// when the last link closes.

import { encodeStatement, type ResultBuffer } from "./codec.js";
import { Connection } from "./connection.js";
import { DatabaseClosedError, SkerryError, toWire } from "./errors.js";
import type { LeaseHandle, Link, LinkListener, Query, WatchRequest, WatchSink } from "./link.js";
import type {
  Answer,
  ConnectOptions,
  CoreInfo,
  Event,
  LeaseMode,
  OpenedDatabase,
  StorageState,
  StreamName,
  SubscriptionEvent,
  TabState,
} from "./messages.js";
import type { CoreOpenOptions } from "./worker/core.js";

interface Shared {
  readonly connection: Connection;
  readonly members: Set<Member>;
  // What has to agree between two openings of one file.
  readonly storageKey: string;
}

// Made on first use: importing the package runs nothing.
let registry: Map<string, Shared> | null = null;

export function openLink(options: CoreOpenOptions, startWorker: () => Worker, listener: LinkListener): Link {
  registry ??= new Map();
  const file = options.dbFilename;
  const storageKey = options.storage;
  let shared = registry.get(file);
  if (shared !== undefined && shared.storageKey !== storageKey) {
    throw new SkerryError(
      "invalid_argument",
      `${file} is already open in this tab with storage "${shared.storageKey}"; it cannot be opened with "${storageKey}"`,
    );
  }
  if (shared === undefined) {
    const members = new Set<Member>();
    const connection = new Connection(startWorker(), options, {
      event: (event) => dispatch(members, connection, event),
      opened: (opened, first) => {
        if (first) return;
        for (const member of members) member.listener.status(opened.info.status);
      },
    });
    shared = { connection, members, storageKey };
    registry.set(file, shared);
    // A database that did not open, or broke, may be opened again.
    const forget = (): void => {
      if (registry?.get(file)?.connection === connection) registry.delete(file);
    };
    connection.opened.catch(() => {
      forget();
      void connection.close();
    });
    connection.onBroken = forget;
    return new Member(file, shared, listener, null);
  }
  return new Member(file, shared, listener, options.schemaJson);
}

function dispatch(members: ReadonlySet<Member>, connection: Connection, event: Event): void {
  switch (event.kind) {
    case "status":
      for (const { listener } of members) listener.status(event.status);
      return;
    case "tables":
      for (const { listener } of members) listener.tables(event.tables);
      return;
    case "log":
      for (const { listener } of members) listener.log(event.level, event.line);
      return;
    case "schemaChanged":
      for (const { listener } of members) listener.schemaChanged(event.json);
      return;
    case "disconnected":
      if (connection.state.connect !== null && connection.state.connect.at <= event.at) {
        connection.setState({ connect: null });
      }
      for (const member of members) member.disconnected(event.at);
      return;
    case "broken":
      for (const { listener } of members) listener.broken(new SkerryError(event.error.code, event.error.message));
      return;
    case "ask":
      void answer(members, event).then((result) => connection.answer(event.ask, result));
      return;
    default:
      return;
  }
}

// The member that connected last has the connector.
async function answer(members: ReadonlySet<Member>, ask: Extract<Event, { kind: "ask" }>): Promise<Answer> {
  const member = [...members].filter((m) => m.connectedAt > 0).sort((a, b) => b.connectedAt - a.connectedAt)[0];
  if (member === undefined) return { kind: "failed", message: "This tab has no connector any more" };
  try {
    if (ask.what === "upload") {
      await member.listener.askUpload();
      return { kind: "uploaded" };
    }
    return { kind: "credentials", ...(await member.listener.askCredentials(ask.invalidate)) };
  } catch (error) {
    return { kind: "failed", message: toWire(error).message };
  }
}

class Member implements Link {
  readonly listener: LinkListener;
  readonly opened: Promise<OpenedDatabase>;
  connectedAt = 0;
  streams: readonly StreamName[] = [];
  listens = false;
  readonly #file: string;
  readonly #shared: Shared;
  readonly #watches = new Set<() => void>();
  #lastConnect = 0;
  #closed = false;

  // `schemaJson` is applied when the file was open already.
  constructor(file: string, shared: Shared, listener: LinkListener, schemaJson: string | null) {
    this.#file = file;
    this.#shared = shared;
    this.listener = listener;
    shared.members.add(this);
    const { connection } = shared;
    this.opened =
      schemaJson === null
        ? connection.opened
        : connection.opened.then(async (opened) => {
            await connection.request({ kind: "schema", json: schemaJson });
            return opened;
          });
    this.opened.catch(() => undefined);
  }

  async run(query: Query, signal: AbortSignal | null): Promise<ResultBuffer> {
    return this.#connection.run(query, signal);
  }

  async lease(mode: LeaseMode, timeoutMs: number): Promise<LeaseHandle> {
    return this.#connection.lease(mode, timeoutMs);
  }

  watch(request: WatchRequest, sink: WatchSink): () => void {
    const connection = this.#connection;
    let stop: (() => void) | null = null;
    // Not before this database's schema is applied; the connection itself may be open for longer.
    void this.opened.then(
      () => {
        if (this.#watches.has(close)) stop = connection.watch(request, sink);
      },
      (error: Error) => sink.failed(error),
    );
    const close = (): void => {
      this.#watches.delete(close);
      stop?.();
    };
    this.#watches.add(close);
    return close;
  }

  async resolveTables(sql: string, parameters: readonly unknown[]): Promise<readonly string[]> {
    const query = { sql, sets: [parameters], read: true, batch: false };
    const payload = encodeStatement({ ...query, lease: 0, deadlineMs: 0 }, false);
    const { tables } = await this.#connection.request<{ tables: string[] }>({ kind: "resolveTables", payload }, [
      payload,
    ]);
    return tables;
  }

  async schema(json: string): Promise<void> {
    await this.#connection.request({ kind: "schema", json });
  }

  async info(): Promise<CoreInfo> {
    return this.#connection.request({ kind: "info" });
  }

  async storage(): Promise<StorageState> {
    return this.#connection.request({ kind: "storage" });
  }

  async connect(options: ConnectOptions): Promise<void> {
    // Two connects in one millisecond still have an order.
    const at = Math.max(Date.now(), this.#lastConnect + 1);
    this.#lastConnect = at;
    this.connectedAt = at;
    this.#connection.setState({ connect: { options, at } });
    await this.#connection.request({ kind: "connect", options, at });
  }

  async disconnect(): Promise<void> {
    await this.#connection.request({ kind: "disconnect" });
  }

  async clear(clearLocal: boolean, soft: boolean): Promise<void> {
    await this.#connection.request({ kind: "clear", clearLocal, soft });
  }

  async crudComplete(lastId: number, checkpoint: string | null): Promise<void> {
    await this.#connection.request({ kind: "crudComplete", lastId, checkpoint });
  }

  async subscription(event: SubscriptionEvent): Promise<void> {
    await this.#connection.request({ kind: "subscription", event });
  }

  holdStreams(streams: readonly StreamName[]): void {
    this.streams = streams;
    this.#shareState();
  }

  listenTables(listens: boolean): void {
    this.listens = listens;
    this.#shareState();
  }

  disconnected(at: number): void {
    if (this.connectedAt > at) return;
    this.connectedAt = 0;
    this.listener.disconnected();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const close of [...this.#watches]) close();
    const { connection, members } = this.#shared;
    members.delete(this);
    if (members.size > 0) {
      this.#shareState();
      return;
    }
    registry?.delete(this.#file);
    await connection.close();
  }

  get #connection(): Connection {
    if (this.#closed) throw new DatabaseClosedError();
    return this.#shared.connection;
  }

  // The tab's state is that of all its databases.
  #shareState(): void {
    const { connection, members } = this.#shared;
    const all = [...members];
    const state: Partial<TabState> = {
      streams: all.flatMap((member) => member.streams),
      listensTables: all.some((member) => member.listens),
    };
    connection.setState(all.some((member) => member.connectedAt > 0) ? state : { ...state, connect: null });
  }
}
