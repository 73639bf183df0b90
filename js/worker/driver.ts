// Carries out what the core asks: streams, timers, credentials, uploads. Every instruction that has an answer gets exactly
// one, as an event with the same id; whatever goes wrong here becomes a `…Failed` event, never a thrown error.

import type { Answer } from "../messages.js";
import type { Engine } from "./engine.js";
import type { Instruction, LogLevel } from "./instructions.js";
import { getText, HttpError, runStream } from "./transport.js";

// The tabs, as far as the driver needs them.
export interface Tabs {
  // Asks the most recently connected tab that lives; fails if none can answer.
  ask(what: "credentials" | "upload", invalidate: boolean): Promise<Answer>;
  status(status: unknown): void;
  tables(tables: readonly string[]): void;
  settled(request: number, error: { code?: string; message: string } | null): void;
  log(level: LogLevel, line: string): void;
}

type CoreEvent = { readonly event: string; readonly [field: string]: unknown };

export class Driver {
  readonly #tabs: Tabs;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();
  readonly #streams = new Map<number, AbortController>();
  readonly #online = () => this.#send({ event: "online" });
  #engine: Engine | null = null;
  // The core knows the client's name for itself only from the stream; the checkpoint request repeats it.
  #userAgent = "";

  constructor(tabs: Tabs) {
    this.#tabs = tabs;
  }

  // The engine and its driver need each other; the engine comes second.
  attach(engine: Engine): void {
    this.#engine = engine;
    globalThis.addEventListener("online", this.#online);
  }

  perform(instruction: Instruction): void {
    switch (instruction.do) {
      case "fetchCredentials":
        void this.#fetchCredentials(instruction.id, instruction.invalidate);
        return;
      case "openStream":
        void this.#openStream(instruction);
        return;
      case "closeStream":
        this.#streams.get(instruction.id)?.abort();
        this.#streams.delete(instruction.id);
        return;
      case "upload":
        void this.#upload(instruction.id);
        return;
      case "writeCheckpoint":
        void this.#writeCheckpoint(instruction);
        return;
      case "timer":
        this.#startTimer(instruction.id, instruction.ms);
        return;
      case "cancelTimer":
        clearTimeout(this.#timers.get(instruction.id));
        this.#timers.delete(instruction.id);
        return;
      case "status":
        this.#tabs.status(instruction.status);
        return;
      case "tables":
        this.#tabs.tables(instruction.tables);
        return;
      case "settled": {
        const { error } = instruction;
        this.#tabs.settled(instruction.request, typeof error === "string" ? { message: error } : (error ?? null));
        return;
      }
      case "log":
        this.#tabs.log(instruction.level, instruction.line);
        return;
      default:
        // An instruction of a newer core: saying so beats a sync that silently stands still.
        this.#tabs.log("error", `Unknown instruction ${(instruction as { do: string }).do}`);
    }
  }

  close(): void {
    globalThis.removeEventListener("online", this.#online);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const stream of this.#streams.values()) stream.abort();
    this.#timers.clear();
    this.#streams.clear();
    this.#engine = null;
  }

  async #fetchCredentials(id: number, invalidate: boolean): Promise<void> {
    const answer = await this.#ask("credentials", invalidate);
    if (answer.kind === "credentials") {
      this.#send({ event: "credentials", id, endpoint: answer.endpoint, token: answer.token });
    } else {
      const message = answer.kind === "failed" ? answer.message : "Not signed in";
      this.#send({ event: "credentialsFailed", id, message });
    }
  }

  async #upload(id: number): Promise<void> {
    const answer = await this.#ask("upload", false);
    if (answer.kind === "failed") this.#send({ event: "uploadFailed", id, message: answer.message });
    else this.#send({ event: "uploadDone", id });
  }

  async #ask(what: "credentials" | "upload", invalidate: boolean): Promise<Answer> {
    try {
      return await this.#tabs.ask(what, invalidate);
    } catch (error) {
      return { kind: "failed", message: describe(error) };
    }
  }

  async #openStream(instruction: Extract<Instruction, { do: "openStream" }>): Promise<void> {
    const { id } = instruction;
    const controller = new AbortController();
    this.#streams.set(id, controller);
    this.#userAgent = instruction.userAgent;
    try {
      await runStream(
        instruction,
        {
          opened: (status, contentType) => this.#deliver(id, { event: "streamOpened", id, status, contentType }),
          room: 4,
          bytes: (frame) => this.#deliverBytes(id, frame),
        },
        controller.signal,
      );
      if (this.#streams.delete(id)) this.#send({ event: "streamEnded", id });
    } catch (error) {
      // A stream that the core closed gets no answer.
      if (!this.#streams.delete(id)) return;
      controller.abort();
      const status = error instanceof HttpError ? { status: error.status, statusText: error.statusText } : {};
      this.#send({ event: "streamFailed", id, message: describe(error), ...status });
    }
  }

  async #writeCheckpoint(instruction: Extract<Instruction, { do: "writeCheckpoint" }>): Promise<void> {
    const { id, url, token } = instruction;
    try {
      const { status, body } = await getText(url, token, instruction.userAgent ?? this.#userAgent);
      this.#send({ event: "writeCheckpoint", id, status, body });
    } catch (error) {
      this.#send({ event: "writeCheckpointFailed", id, message: describe(error) });
    }
  }

  #startTimer(id: number, ms: number): void {
    clearTimeout(this.#timers.get(id));
    const timer = setTimeout(() => {
      this.#timers.delete(id);
      this.#send({ event: "timer", id });
    }, ms);
    this.#timers.set(id, timer);
  }

  async #deliver(stream: number, event: CoreEvent): Promise<void> {
    if (this.#engine === null || !this.#streams.has(stream)) return;
    await this.#engine.event(this, event);
  }

  // The stream's number, then the bytes (docs/module-abi.md).
  async #deliverBytes(stream: number, frame: Uint8Array): Promise<void> {
    if (this.#engine === null || !this.#streams.has(stream)) return;
    new DataView(frame.buffer).setUint32(0, stream, true);
    await this.#engine.streamBytes(this, frame);
  }

  #send(event: CoreEvent): void {
    this.#engine?.event(this, event).catch((error: unknown) => {
      this.#tabs.log("error", `Event ${event.event} failed: ${describe(error)}`);
    });
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
