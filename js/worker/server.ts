// The owner's side of a request: what a tab asked is run on the core, now if it may come at any time, else in its turn on main.
//
// A server lives as long as its worker owns the file. Each request gets one reply; a tab that goes away gives back its leases,
// watches and places in the queues.

import { SkerryError, type WireError } from "../errors.js";
import { assertNever, type LeaseMode, type OpenedDatabase, type Request, type ToWorker } from "../messages.js";
import { Op } from "./abi.js";
import type { CoreDatabase } from "./core.js";
import { Driver } from "./driver.js";
import { Engine, wireOf } from "./engine.js";
import { type Job, ReaderSlots } from "./locks.js";
import type { Session } from "./session.js";
import { storageState } from "./storage-state.js";
import { SyncHub } from "./sync-hub.js";

export class Server {
  readonly epoch: string;
  readonly #hub = new SyncHub();
  readonly #driver = new Driver(this.#hub);
  readonly #engine: Engine;
  readonly #readers = new ReaderSlots();
  // By the core's watch id.
  readonly #watches = new Map<number, { readonly session: Session; readonly watch: number }>();
  #nextWatch = 1;

  constructor(core: CoreDatabase, epoch: string, onBroken: (error: WireError) => void) {
    this.epoch = epoch;
    this.#engine = new Engine(core, {
      perform: (instruction) => this.#driver.perform(instruction),
      watch: (message) => this.#deliverWatch(message),
      broken: onBroken,
    });
    this.#hub.attach(this.#engine);
    this.#driver.attach(this.#engine);
  }

  // Takes a tab in. Everything it sends from now on comes through `handle`.
  join(session: Session): OpenedDatabase {
    const info = this.#engine.info();
    this.#hub.add(session);
    return { epoch: this.epoch, storage: this.#engine.storage, info };
  }

  // A tab is gone, or says that it goes.
  leave(session: Session): void {
    if (session.ended) return;
    session.end();
    this.#engine.queue.remove((job) => job.owner === session);
    this.#readers.remove((job) => job.owner === session);
    for (const lease of [...session.leases.keys()]) {
      try {
        this.#closeLease(session, lease, "release");
      } catch {
        // The module died; there is nothing left to give back.
      }
    }
    for (const watch of session.watches.keys()) this.#closeWatch(session, watch);
    this.#hub.remove(session);
    this.#engine.pump();
  }

  handle(session: Session, message: ToWorker): void {
    switch (message.kind) {
      case "watchClose":
        this.#closeWatch(session, message.watch);
        return;
      case "state":
        session.state = message.state;
        this.#hub.changed();
        return;
      case "cancel":
        this.#engine.queue.remove((job) => job.owner === session && job.request === message.request);
        this.#readers.remove((job) => job.owner === session && job.request === message.request);
        return;
      case "answer":
        session.answered(message.ask, message.answer);
        return;
      default:
        try {
          this.#request(session, message);
        } catch (error) {
          session.reply({ kind: "failed", id: message.id, error: wireOf(error) });
        }
    }
  }

  // Stops serving: what had not begun is handed back for the next owner, open leases are rolled back.
  async close(bounce: (session: Session, request: number) => void): Promise<void> {
    for (const job of [...this.#engine.queue.remove(() => true), ...this.#readers.remove(() => true)]) {
      if (job.request !== 0) bounce(job.owner as Session, job.request);
    }
    this.abandon();
    await this.#engine.close();
  }

  // Stops streams and timers and talks to no tab any more; the module is dead or about to be closed.
  abandon(): void {
    this.#driver.close();
    for (const session of [...this.#hub.sessions]) session.end();
  }

  #request(session: Session, request: Request): void {
    switch (request.kind) {
      case "open":
        throw new SkerryError("internal", "A tab opened the database twice");
      case "execute":
        this.#execute(session, request);
        return;
      case "leaseOpen":
        this.#openLease(session, request);
        return;
      case "leaseClose":
        this.#checkLease(session, request.epoch, request.lease);
        this.#finish(session, request.id, () => this.#closeLease(session, request.lease, request.action));
        this.#engine.pump();
        return;
      case "watchOpen":
        this.#finish(session, request.id, () => this.#openWatch(session, request.watch, request.payload));
        return;
      case "resolveTables":
        this.#finish(session, request.id, () =>
          this.#engine.callJson(Op.kResolveTables, new Uint8Array(request.payload)),
        );
        return;
      case "schema":
        this.#onMain(session, request.id, () => {
          this.#engine.call(Op.kSchema, request.json);
          this.#hub.post({ kind: "schemaChanged", json: request.json }, session);
          return null;
        });
        return;
      case "info":
        this.#finish(session, request.id, () => this.#engine.info());
        return;
      case "storage":
        this.#settle(session, request.id, storageState(this.#engine.storage));
        return;
      case "connect":
        session.state = { ...session.state, connect: { options: request.options, at: request.at } };
        this.#hub.connect(request.options, request.at, (error) => {
          if (error === null) session.reply({ kind: "done", id: request.id, value: null });
          else {
            const code = (error.code ?? "internal") as "internal";
            session.reply({ kind: "failed", id: request.id, error: { code, message: error.message } });
          }
        });
        return;
      case "disconnect":
        this.#settle(session, request.id, this.#hub.disconnect());
        return;
      case "clear":
        this.#onMain(session, request.id, () => {
          const { clearLocal, soft } = request;
          return this.#engine.callJson(Op.kClear, JSON.stringify({ clearLocal, soft }));
        });
        return;
      case "crudComplete":
        this.#onMain(session, request.id, () => {
          const { lastId, checkpoint } = request;
          const payload = JSON.stringify(checkpoint === null ? { lastId } : { lastId, checkpoint });
          return this.#engine.callJson(Op.kCrudComplete, payload);
        });
        return;
      case "subscription":
        this.#settle(session, request.id, this.#engine.event(session, { ...request.event }));
        return;
      case "close":
        session.reply({ kind: "done", id: request.id, value: null });
        this.leave(session);
        return;
      default:
        assertNever(request);
    }
  }

  #execute(session: Session, request: Extract<Request, { kind: "execute" }>): void {
    const run = (): void => {
      try {
        const { buffer } = this.#engine.call(Op.kExecute, new Uint8Array(request.payload));
        session.reply({ kind: "rows", id: request.id, buffer });
      } catch (error) {
        session.reply({ kind: "failed", id: request.id, error: wireOf(error) });
      }
    };
    if (request.lease !== 0) {
      this.#checkLease(session, request.epoch, request.lease);
      run();
    } else if (request.read) {
      run();
    } else {
      this.#engine.submit({ owner: session, request: request.id, run });
    }
  }

  #openLease(session: Session, request: Extract<Request, { kind: "leaseOpen" }>): void {
    const { id, mode, timeoutMs } = request;
    const write = isWrite(mode);
    let timer: ReturnType<typeof setTimeout> | null = null;
    const job: Job = {
      owner: session,
      request: id,
      run: () => {
        if (timer !== null) clearTimeout(timer);
        try {
          const { lease } = this.#engine.callJson(Op.kLeaseOpen, JSON.stringify({ mode })) as { lease: number };
          session.leases.set(lease, { write });
          if (write) this.#engine.queue.hold();
          session.reply({ kind: "done", id, value: lease });
        } catch (error) {
          if (!write) this.#readers.release();
          session.reply({ kind: "failed", id, error: wireOf(error) });
        }
      },
    };
    if (timeoutMs > 0) {
      timer = setTimeout(() => {
        const queue = write ? this.#engine.queue : this.#readers;
        if (queue.remove((waiting) => waiting === job).length === 0) return;
        const message = `The ${mode} timed out: it waited ${timeoutMs} ms for its turn`;
        session.reply({ kind: "failed", id, error: { code: "lock_timeout", message } });
      }, timeoutMs);
    }
    if (write) this.#engine.submit(job);
    else this.#readers.acquire(job);
  }

  #closeLease(session: Session, lease: number, action: string): unknown {
    const held = session.leases.get(lease);
    session.leases.delete(lease);
    try {
      return this.#engine.callJson(Op.kLeaseClose, JSON.stringify({ lease, action }));
    } finally {
      // Whatever COMMIT answered, the core has ended the lease.
      if (held?.write === true) this.#engine.queue.release();
      else if (held !== undefined) this.#readers.release();
    }
  }

  #checkLease(session: Session, epoch: string, lease: number): void {
    if (epoch === this.epoch && session.leases.has(lease)) return;
    throw new SkerryError(
      epoch === this.epoch ? "invalid_argument" : "connection_closed",
      epoch === this.epoch
        ? "Attempted to use a connection lease that has already been returned."
        : "The transaction was lost: the tab that owned the database closed.",
    );
  }

  #openWatch(session: Session, watch: number, payload: ArrayBuffer): unknown {
    const id = this.#nextWatch++;
    new DataView(payload).setUint32(0, id, true);
    this.#watches.set(id, { session, watch });
    session.watches.set(watch, id);
    try {
      return this.#engine.callJson(Op.kWatchOpen, new Uint8Array(payload));
    } catch (error) {
      this.#watches.delete(id);
      session.watches.delete(watch);
      throw error;
    }
  }

  #closeWatch(session: Session, watch: number): void {
    const id = session.watches.get(watch);
    if (id === undefined) return;
    session.watches.delete(watch);
    this.#watches.delete(id);
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, id, true);
    try {
      this.#engine.call(Op.kWatchClose, payload);
    } catch {
      // The core did not know it any more, which is what was wanted.
    }
  }

  #deliverWatch(message: Uint8Array<ArrayBuffer>): void {
    const id = new DataView(message.buffer, message.byteOffset).getUint32(0, true);
    const target = this.#watches.get(id);
    target?.session.post({ kind: "watch", watch: target.watch, message: message.buffer }, [message.buffer]);
  }

  // Runs now and replies with what came out.
  #finish(session: Session, id: number, run: () => unknown): void {
    try {
      session.reply({ kind: "done", id, value: run() });
    } catch (error) {
      session.reply({ kind: "failed", id, error: wireOf(error) });
    }
  }

  #onMain(session: Session, id: number, run: () => unknown): void {
    this.#engine.submit({ owner: session, request: id, run: () => this.#finish(session, id, run) });
  }

  #settle(session: Session, id: number, work: Promise<unknown>): void {
    work.then(
      (value) => session.reply({ kind: "done", id, value: value ?? null }),
      (error: unknown) => session.reply({ kind: "failed", id, error: wireOf(error) }),
    );
  }
}

function isWrite(mode: LeaseMode): boolean {
  return mode === "writeLock" || mode === "writeTransaction";
}
