// One tab, as the owner of the database sees it: what it holds and what has to be given back when it goes.

import type { Answer, ConnectOptions, FromWorker, Reply, StreamName, TabState } from "../messages.js";
import type { Channel } from "./channel.js";

export interface Lease {
  readonly write: boolean;
}

interface Ask {
  resolve(answer: Answer): void;
  abandon(): void;
}

export class Session {
  readonly client: string;
  readonly leases = new Map<number, Lease>();
  // The tab's watch ids and the core's.
  readonly watches = new Map<number, number>();
  state: TabState;
  readonly #channel: Channel;
  readonly #asks = new Map<number, Ask>();
  #nextAsk = 1;
  #ended = false;

  constructor(client: string, channel: Channel, state: TabState) {
    this.client = client;
    this.#channel = channel;
    this.state = state;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get connect(): { readonly options: ConnectOptions; readonly at: number } | null {
    return this.#ended ? null : this.state.connect;
  }

  get streams(): readonly StreamName[] {
    return this.state.streams;
  }

  post(message: FromWorker, transfer?: ArrayBuffer[]): void {
    if (!this.#ended) this.#channel.post(message, transfer);
  }

  reply(reply: Reply): void {
    this.post(reply, reply.kind === "rows" ? [reply.buffer] : undefined);
  }

  // Lets the tab's connector act.
  ask(what: "credentials" | "upload", invalidate: boolean): Promise<Answer> {
    const ask = this.#nextAsk++;
    return new Promise((resolve, reject) => {
      this.#asks.set(ask, { resolve, abandon: () => reject(new Error(`Tab closed while handling ${what}`)) });
      this.post({ kind: "ask", ask, what, invalidate });
    });
  }

  answered(ask: number, answer: Answer): void {
    this.#asks.get(ask)?.resolve(answer);
    this.#asks.delete(ask);
  }

  end(): void {
    this.#ended = true;
    for (const ask of this.#asks.values()) ask.abandon();
    this.#asks.clear();
    this.#channel.close();
  }
}
