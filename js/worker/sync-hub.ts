// The sync client is one, the tabs are many: this merges what they want (connect, streams) and picks the tab whose connector
// acts. The most recently connected tab comes first; when it goes, the one before it.

import { canonicalJson } from "../json.js";
import type { Answer, ConnectOptions, Event, Json, StreamName } from "../messages.js";
import type { Tabs } from "./driver.js";
import { type Engine, wireOf } from "./engine.js";
import type { LogLevel } from "./instructions.js";
import type { Session } from "./session.js";

type Settle = (error: { code?: string; message: string } | null) => void;

export class SyncHub implements Tabs {
  readonly #sessions = new Set<Session>();
  readonly #pending = new Map<number, Settle>();
  #engine: Engine | null = null;
  #nextRequest = 1;
  // The connect that the core works with, null while it is disconnected.
  #current: { readonly at: number; readonly options: string } | null = null;
  #streams = "[]";

  attach(engine: Engine): void {
    this.#engine = engine;
  }

  get sessions(): ReadonlySet<Session> {
    return this.#sessions;
  }

  // A tab opened, here for the first time or after a hand-over: then it brings its connect and its streams along.
  add(session: Session): void {
    this.#sessions.add(session);
    this.#mergeStreams();
    const { connect } = session;
    if (connect === null || (this.#current !== null && this.#current.at >= connect.at)) return;
    if (this.#current?.options === canonicalJson(connect.options as unknown as Json)) {
      this.#current = { ...this.#current, at: connect.at };
      return;
    }
    this.connect(connect.options, connect.at, () => undefined);
  }

  remove(session: Session): void {
    this.#sessions.delete(session);
    this.changed();
  }

  // A tab is gone, or what it wants has changed.
  changed(): void {
    this.#mergeStreams();
    // Nobody is left who could fetch a token: syncing on would only fail from here.
    if (this.#current === null || this.#candidates().length > 0) return;
    this.disconnect().catch((error: Error) => this.log("error", `Could not disconnect: ${error.message}`));
  }

  connect(options: ConnectOptions, at: number, settle: Settle): void {
    const request = this.#nextRequest++;
    this.#pending.set(request, settle);
    this.#current = { at, options: canonicalJson(options as unknown as Json) };
    this.#send({ event: "connect", request, options }).catch((error: unknown) => {
      // Options that the core cannot take: it is as disconnected as it was.
      this.#current = null;
      this.settled(request, wireOf(error));
    });
  }

  async disconnect(): Promise<void> {
    const at = Math.max(Date.now(), this.#current?.at ?? 0);
    this.#current = null;
    for (const session of this.#sessions) {
      if (session.state.connect !== null) session.state = { ...session.state, connect: null };
      session.post({ kind: "disconnected", at });
    }
    try {
      await this.#engine?.urgentEvent(this, { event: "disconnect" });
    } finally {
      // A connect that was under way is over, whether it got anywhere or not.
      for (const request of [...this.#pending.keys()]) this.settled(request, null);
    }
  }

  #mergeStreams(): void {
    const merged = new Map<string, StreamName>();
    for (const session of this.#sessions) {
      for (const stream of session.streams) merged.set(canonicalJson([stream.name, stream.params]), stream);
    }
    const keys = [...merged.keys()].sort();
    const text = JSON.stringify(keys);
    if (text === this.#streams) return;
    this.#streams = text;
    void this.#send({ event: "activeStreams", streams: keys.map((key) => merged.get(key)) }).catch((error: Error) =>
      this.log("error", `Could not tell the core about the streams: ${error.message}`),
    );
  }

  async ask(what: "credentials" | "upload", invalidate: boolean): Promise<Answer> {
    const [session] = this.#candidates();
    if (session === undefined) throw new Error("No open tab has a connector");
    return session.ask(what, invalidate);
  }

  status(status: unknown): void {
    this.post({ kind: "status", status });
  }

  tables(tables: readonly string[]): void {
    for (const session of this.#sessions) {
      if (session.state.listensTables) session.post({ kind: "tables", tables });
    }
  }

  settled(request: number, error: { code?: string; message: string } | null): void {
    const settle = this.#pending.get(request);
    this.#pending.delete(request);
    settle?.(error);
  }

  log(level: LogLevel, line: string): void {
    this.post({ kind: "log", level, line });
  }

  post(event: Event, except: Session | null = null): void {
    for (const session of this.#sessions) {
      if (session !== except) session.post(event);
    }
  }

  // Tabs with a connector, the latest first.
  #candidates(): Session[] {
    return [...this.#sessions]
      .filter((session) => session.connect !== null)
      .sort((a, b) => (b.connect?.at ?? 0) - (a.connect?.at ?? 0));
  }

  #send(event: { readonly event: string; readonly [field: string]: unknown }): Promise<void> {
    return this.#engine === null ? Promise.resolve() : this.#engine.event(this, event);
  }
}
