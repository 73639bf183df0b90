// A tab's way to its worker: requests with their replies, watches, and the tab's share in a hand-over.
//
// One connection per database file and tab. Several SkerryDatabase objects on one file share it through `ConnectionShare`, and
// the worker ends with the last of them.

import { encodeStatement, encodeWatch, ResultBuffer } from "./codec.js";
import { ConnectionClosedError, DatabaseClosedError, fromWire, WorkerCrashedError } from "./errors.js";
import type { LeaseHandle, Query, WatchRequest, WatchSink } from "./link.js";
import {
  type Event,
  type FromWorker,
  kProtocol,
  type LeaseAction,
  type LeaseMode,
  type OpenedDatabase,
  type Reply,
  type Request,
  type TabState,
  type ToWorker,
} from "./messages.js";
import type { CoreOpenOptions } from "./worker/core.js";

type RequestBody = Request extends infer R ? (R extends Request ? Omit<R, "id"> : never) : never;

interface PendingCall {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

interface Watch {
  readonly request: WatchRequest;
  readonly sink: WatchSink;
}

export interface ConnectionEvents {
  // Everything that is not a reply, a watch message or a hand-over.
  event(event: Exclude<Event, { kind: "watch" } | { kind: "moved" }>): void;
  // The first open, and every hand-over.
  opened(opened: OpenedDatabase, first: boolean): void;
}

export class Connection {
  readonly opened: Promise<OpenedDatabase>;
  onBroken: () => void = () => undefined;
  readonly #worker: Worker;
  readonly #events: ConnectionEvents;
  readonly #calls = new Map<number, PendingCall>();
  readonly #watches = new Map<number, Watch>();
  #state: TabState = { listensTables: false, streams: [], connect: null };
  #epoch = "";
  #nextId = 1;
  #broken: Error | null = null;

  constructor(worker: Worker, options: CoreOpenOptions, events: ConnectionEvents) {
    this.#worker = worker;
    this.#events = events;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#onMessage(data);
    worker.onmessageerror = () =>
      this.#break(new WorkerCrashedError("A message of the database worker was unreadable"));
    worker.onerror = (event) => {
      event.preventDefault?.();
      const reason = event.message ? `: ${event.message}` : ": its script could not be loaded or run";
      this.#break(new WorkerCrashedError(`The database worker stopped${reason}`));
    };
    this.opened = this.request<OpenedDatabase>({
      kind: "open",
      protocol: kProtocol,
      options,
      state: this.#state,
    }).then((opened) => {
      this.#adopt(opened, true);
      return opened;
    });
    // The failure has its place in every call; without a caller yet it is not an unhandled one.
    this.opened.catch(() => undefined);
  }

  get state(): TabState {
    return this.#state;
  }

  // What this tab wants of every owner of the database.
  setState(change: Partial<TabState>): void {
    this.#state = { ...this.#state, ...change };
    this.#post({ kind: "state", state: this.#state });
  }

  request<T>(body: RequestBody, transfer: Transferable[] = []): Promise<T> {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#calls.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#post({ ...body, id } as Request, transfer);
    });
  }

  async run(query: Query, signal: AbortSignal | null): Promise<ResultBuffer> {
    return this.#execute(query, 0, signal);
  }

  async lease(mode: LeaseMode, timeoutMs: number): Promise<LeaseHandle> {
    const lease = await this.request<number>({ kind: "leaseOpen", mode, timeoutMs });
    const epoch = this.#epoch;
    const check = (): void => {
      if (epoch !== this.#epoch) throw new ConnectionClosedError(kLeaseLost);
    };
    return {
      run: async (query) => {
        check();
        return this.#execute(query, lease, null);
      },
      close: async (action: LeaseAction) => {
        check();
        await this.request({ kind: "leaseClose", epoch, lease, action });
      },
    };
  }

  watch(request: WatchRequest, sink: WatchSink): () => void {
    const watch = this.#nextId++;
    this.#watches.set(watch, { request, sink });
    this.#openWatch(watch);
    return () => {
      if (this.#watches.delete(watch)) this.#post({ kind: "watchClose", watch });
    };
  }

  answer(ask: number, answer: Extract<ToWorker, { kind: "answer" }>["answer"]): void {
    this.#post({ kind: "answer", ask, answer });
  }

  async close(): Promise<void> {
    if (this.#broken === null) {
      // A worker that is stuck must not keep the page from closing its database.
      await Promise.race([
        this.request({ kind: "close" }),
        new Promise((resolve) => setTimeout(resolve, kCloseMs)),
      ]).catch(() => undefined);
    }
    this.#break(new DatabaseClosedError());
  }

  async #execute(query: Query, lease: number, signal: AbortSignal | null): Promise<ResultBuffer> {
    signal?.throwIfAborted();
    const payload = encodeStatement({ ...query, lease, deadlineMs: 0 });
    const epoch = lease === 0 ? "" : this.#epoch;
    const id = this.#nextId;
    const reply = this.request<ResultBuffer>({ kind: "execute", epoch, lease, read: query.read, payload }, [payload]);
    if (signal === null) return reply;
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        if (!this.#calls.delete(id)) return;
        this.#post({ kind: "cancel", request: id });
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      reply.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    });
  }

  #openWatch(watch: number): void {
    const entry = this.#watches.get(watch);
    if (entry === undefined) return;
    const { request, sink } = entry;
    const fail = (error: Error): void => {
      if (this.#watches.get(watch) === entry) sink.failed(error);
    };
    try {
      const { sql, parameters, ...settings } = request;
      const statement = { sql, sets: [parameters], lease: 0, read: true, batch: false, deadlineMs: 0 };
      const payload = encodeWatch(statement, settings);
      this.request({ kind: "watchOpen", watch, payload }, [payload]).catch(fail);
    } catch (error) {
      queueMicrotask(() => fail(error as Error));
    }
  }

  #onMessage(message: FromWorker): void {
    switch (message.kind) {
      case "rows":
      case "done":
      case "failed":
        this.#settle(message);
        return;
      case "watch":
        this.#watches.get(message.watch)?.sink.message(message.message);
        return;
      case "moved":
        this.#adopt(message.opened, false);
        for (const [watch, { sink }] of [...this.#watches]) {
          sink.restarted();
          this.#openWatch(watch);
        }
        return;
      case "broken":
        this.#break(fromWire(message.error));
        return;
      default:
        this.#events.event(message);
    }
  }

  #settle(reply: Reply): void {
    const call = this.#calls.get(reply.id);
    if (call === undefined) return; // Cancelled meanwhile.
    this.#calls.delete(reply.id);
    if (reply.kind === "failed") call.reject(fromWire(reply.error));
    else call.resolve(reply.kind === "rows" ? new ResultBuffer(reply.buffer) : reply.value);
  }

  #adopt(opened: OpenedDatabase, first: boolean): void {
    this.#epoch = opened.epoch;
    this.#events.opened(opened, first);
  }

  // Nothing comes back any more: every call and every watch learns why.
  #break(error: Error): void {
    if (this.#broken !== null) return;
    this.#broken = error;
    // Whatever it still holds, a lock or the file, is free for the next one.
    this.#worker.terminate();
    this.onBroken();
    for (const call of this.#calls.values()) call.reject(error);
    this.#calls.clear();
    if (!(error instanceof DatabaseClosedError)) {
      for (const { sink } of [...this.#watches.values()]) sink.failed(error);
      this.#events.event({ kind: "broken", error: { code: "worker_crashed", message: error.message } });
    }
    this.#watches.clear();
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (this.#broken === null) this.#worker.postMessage(message, transfer);
  }
}

const kCloseMs = 5000;
const kLeaseLost = "The transaction was lost: the tab that owned the database closed.";
