// Subscriptions to sync streams. A stream stays active while any handle in any tab is alive; afterwards its TTL runs.

import { SkerryError } from "./errors.js";
import { canonicalJson, toJson } from "./json.js";
import { LogLevels, type SkerryLogger } from "./logger.js";
import type { Json, StreamName, SubscriptionEvent } from "./messages.js";
import type { SyncStatus } from "./sync-status.js";

export interface SyncStreamSubscribeOptions {
  // Seconds that the stream stays after its last handle is gone; a day by default, Infinity for ever.
  readonly ttl?: number;
  readonly priority?: 0 | 1 | 2 | 3;
}

export interface SyncStreamSubscription {
  readonly name: string;
  readonly parameters: { readonly [key: string]: Json } | null;
  // Resolves when the stream was synced once, or when the signal aborts.
  waitForFirstSync(signal?: AbortSignal): Promise<void>;
  // May be called any number of times.
  unsubscribe(): void;
}

export interface SyncStream {
  readonly name: string;
  readonly parameters: { readonly [key: string]: Json } | null;
  subscribe(options?: SyncStreamSubscribeOptions): Promise<SyncStreamSubscription>;
  // Forgets the subscription; handles that are alive keep the stream active until they are released.
  unsubscribeAll(): Promise<void>;
}

export interface StreamHost {
  readonly logger: SkerryLogger;
  subscription(event: SubscriptionEvent): Promise<void>;
  holdStreams(streams: readonly StreamName[]): void;
  waitForStatus(predicate: (status: SyncStatus) => unknown, signal?: AbortSignal): Promise<void>;
}

interface Held {
  readonly stream: StreamName;
  handles: number;
}

// The handles of one database object.
export class StreamSubscriptions {
  private readonly host: StreamHost;
  private readonly held = new Map<string, Held>();
  // A handle that nobody can release any more keeps its stream active for as long as the tab lives.
  private readonly leaks: FinalizationRegistry<string>;

  constructor(host: StreamHost) {
    this.host = host;
    this.leaks = new FinalizationRegistry((name) => {
      host.logger.log({
        level: LogLevels.warn,
        message: `A subscription to ${name} leaked! Call unsubscribe() on it.`,
      });
    });
  }

  stream(name: string, params?: { readonly [key: string]: unknown } | null): SyncStream {
    if (typeof name !== "string" || name === "") {
      throw new SkerryError("invalid_argument", "A sync stream needs a name");
    }
    // Keys in one order: two equal objects are one subscription.
    const text = canonicalJson(toJson(params ?? null, `The parameters of stream ${name}`));
    const parameters = JSON.parse(text) as { readonly [key: string]: Json } | null;
    const stream: StreamName = { name, params: parameters };
    return {
      name,
      parameters,
      subscribe: (options = {}) => this.subscribe(stream, parameters, options),
      unsubscribeAll: () => this.host.subscription({ event: "unsubscribeAll", ...stream }),
    };
  }

  private async subscribe(
    stream: StreamName,
    parameters: { readonly [key: string]: Json } | null,
    options: SyncStreamSubscribeOptions,
  ): Promise<SyncStreamSubscription> {
    const { ttl, priority } = options;
    if (ttl !== undefined && !(ttl >= 0)) {
      throw new SkerryError("invalid_argument", `ttl has to be a number of seconds that is not negative, not ${ttl}`);
    }
    if (priority !== undefined && ![0, 1, 2, 3].includes(priority)) {
      throw new SkerryError("invalid_argument", `priority has to be 0, 1, 2 or 3, not ${priority}`);
    }
    await this.host.subscription({
      event: "subscribe",
      ...stream,
      ...(ttl === undefined ? {} : { ttl: ttl === Number.POSITIVE_INFINITY ? -1 : ttl }),
      ...(priority === undefined ? {} : { priority }),
    });
    const key = canonicalJson([stream.name, stream.params]);
    const held = this.held.get(key) ?? { stream, handles: 0 };
    held.handles++;
    this.held.set(key, held);
    this.tellHost();
    let released = false;
    const subscription: SyncStreamSubscription = {
      name: stream.name,
      parameters,
      waitForFirstSync: (signal) =>
        this.host.waitForStatus(
          (status) => status.forStream({ name: stream.name, parameters })?.subscription.hasSynced === true,
          signal,
        ),
      unsubscribe: () => {
        if (released) return;
        released = true;
        this.leaks.unregister(subscription);
        this.release(key, held);
      },
    };
    this.leaks.register(subscription, stream.name, subscription);
    return subscription;
  }

  private release(key: string, held: Held): void {
    held.handles--;
    if (held.handles > 0) return;
    this.held.delete(key);
    this.tellHost();
    this.host.subscription({ event: "unsubscribe", ...held.stream }).catch(() => {
      // The database closed first: its handles are gone with it.
    });
  }

  private tellHost(): void {
    this.host.holdStreams([...this.held.values()].map(({ stream }) => stream));
  }
}
