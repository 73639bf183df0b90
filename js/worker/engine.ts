// The one place that calls the core. It keeps the core's rules: one job at a time on main, none while a slice of long work
// waits; watch results and instructions are taken out after every call; long work yields to messages between slices.

import { toWire, type WireError } from "../errors.js";
import type { CoreInfo } from "../messages.js";
import { Flag, Op } from "./abi.js";
import { type CoreDatabase, CoreFailure } from "./core.js";
import type { Instruction } from "./instructions.js";
import { type Job, MainQueue } from "./locks.js";
import { Macrotask } from "./macrotask.js";

// How long the worker goes on without looking at its messages.
const kTurnMs = 8;
const kWaiting = Flag.kOutbox | Flag.kWork | Flag.kWatches;

export interface EngineSinks {
  perform(instruction: Instruction): void;
  // A watch message for the watch id in its first four bytes.
  watch(message: Uint8Array<ArrayBuffer>): void;
  // The module is dead; no call will work again.
  broken(error: WireError): void;
}

const kText = new TextDecoder();

export class Engine {
  readonly queue = new MainQueue();
  readonly #core: CoreDatabase;
  readonly #sinks: EngineSinks;
  readonly #turn = new Macrotask(() => this.#slice());
  #pumping = false;
  #dead = false;
  #settling: (() => void)[] = [];

  constructor(core: CoreDatabase, sinks: EngineSinks) {
    this.#core = core;
    this.#sinks = sinks;
    this.#collect();
  }

  // Runs one operation at once. Allowed for reads, for statements of an open lease, and from inside a job.
  call(op: Op, payload: Uint8Array | string | null): Uint8Array<ArrayBuffer> {
    try {
      return this.#core.call(op, payload);
    } catch (error) {
      if (error instanceof CoreFailure && error.error.code === "worker_crashed") this.#die(error.error);
      throw error;
    } finally {
      // Instructions and watch results wait for the end of this turn, so that the caller's reply leaves first.
      if (!this.#dead && !this.#pumping && (this.#core.flags() & kWaiting) !== 0) this.#turn.schedule();
    }
  }

  callJson(op: Op, payload: Uint8Array | string | null): unknown {
    const reply = this.call(op, payload);
    return reply.length === 0 ? null : JSON.parse(kText.decode(reply));
  }

  // Puts a job into the queue of main and runs it as soon as its turn has come, now if nothing is before it.
  submit(job: Job): void {
    this.queue.push(job);
    this.pump();
  }

  // Runs an event on main; resolves when the core has handled it and no slice of work is left.
  event(owner: object, event: { readonly event: string; readonly [field: string]: unknown }): Promise<void> {
    return this.#onMain(owner, Op.kEvent, JSON.stringify(event));
  }

  // An event that the core takes even in the middle of long work (`disconnect`): it still keeps its place behind what waits.
  urgentEvent(owner: object, event: { readonly event: string }): Promise<void> {
    if (this.queue.held || !this.queue.empty || this.#dead) return this.event(owner, event);
    try {
      this.call(Op.kEvent, JSON.stringify(event));
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  streamBytes(owner: object, payload: Uint8Array): Promise<void> {
    return this.#onMain(owner, Op.kStreamBytes, payload);
  }

  #onMain(owner: object, op: Op, payload: Uint8Array | string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.submit({
        owner,
        request: 0,
        run: () => {
          try {
            this.call(op, payload);
          } catch (error) {
            reject(error);
            return;
          }
          if (this.#working) this.#settling.push(resolve);
          else resolve();
        },
      });
    });
  }

  info(): CoreInfo {
    return { ...(this.callJson(Op.kInfo, null) as Omit<CoreInfo, "heapBytes">), heapBytes: this.#core.heapBytes() };
  }

  get storage(): ReturnType<CoreDatabase["storage"]> {
    return this.#core.storage();
  }

  // Goes on with what waits, as far as the core lets it and the turn lasts.
  pump(): void {
    if (this.#pumping || this.#dead) return;
    this.#pumping = true;
    const end = performance.now() + kTurnMs;
    try {
      while (!this.#dead) {
        this.#collect();
        if (this.#working) {
          this.#turn.schedule();
          return;
        }
        const job = this.queue.take();
        if (job === null) return;
        job.run();
        if (performance.now() > end) {
          this.#turn.schedule();
          return;
        }
      }
    } finally {
      this.#pumping = false;
    }
  }

  async close(): Promise<void> {
    this.#dead = true;
    this.#turn.close();
    await this.#core.close();
  }

  get #working(): boolean {
    return !this.#dead && (this.#core.flags() & Flag.kWork) !== 0;
  }

  #slice(): void {
    if (this.#dead) return;
    if (this.#working) {
      try {
        this.#core.call(Op.kWork, null);
      } catch (error) {
        this.#failed(error);
      }
    }
    if (!this.#working) {
      const settled = this.#settling;
      this.#settling = [];
      for (const settle of settled) settle();
    }
    this.pump();
  }

  // Takes instructions and watch results out of the core. A query takes its own time: after a turn's worth of them, messages
  // come first.
  #collect(): void {
    const end = performance.now() + kTurnMs;
    try {
      while (!this.#dead && (this.#core.flags() & Flag.kOutbox) !== 0) {
        const instructions = JSON.parse(kText.decode(this.#core.call(Op.kDrain, null))) as Instruction[];
        for (const instruction of instructions) this.#sinks.perform(instruction);
      }
      while (!this.#dead && (this.#core.flags() & Flag.kWatches) !== 0) {
        const message = this.#core.call(Op.kWatchNext, null);
        // Empty: what ran gave the same as before. Others may still be due.
        if (message.length > 0) this.#sinks.watch(message);
        if (performance.now() > end) {
          this.#turn.schedule();
          break;
        }
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  // A call that answers nobody went wrong: only a dead module matters, the core reports the rest as status or log.
  #failed(error: unknown): void {
    if (!(error instanceof CoreFailure)) throw error;
    if (error.error.code === "worker_crashed") this.#die(error.error);
    else this.#sinks.perform({ do: "log", level: "warn", line: error.message });
  }

  #die(error: WireError): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#turn.close();
    this.#sinks.broken(error);
  }
}

// What a failed call told, as it goes to the tab.
export function wireOf(error: unknown): WireError {
  return error instanceof CoreFailure ? error.error : toWire(error);
}
