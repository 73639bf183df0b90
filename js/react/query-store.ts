// Live queries by what they ask: components that ask the same share one query and one result.
//
// Nothing runs during rendering. A query starts with its first subscriber and ends a moment after its last one, so that a
// remount (StrictMode, a changed key) finds it alive.

import type { SkerryDatabase } from "../database.js";
import type { WatchedQuery, WatchedQueryState } from "../watched-query.js";

type State = WatchedQueryState<readonly unknown[]>;

interface Entry {
  readonly query: WatchedQuery<unknown>;
  readonly subscribers: Set<() => void>;
}

export const kLoading: State = { isLoading: true, isFetching: true, error: null, lastUpdated: null, data: [] };

export class QueryStore {
  private readonly entries = new Map<string, Entry>();

  // The latest state: the same object until something changes.
  peek(key: string): State {
    return this.entries.get(key)?.query.state ?? kLoading;
  }

  subscribe(key: string, start: () => WatchedQuery<unknown>, subscriber: () => void): () => void {
    const entry = this.entries.get(key) ?? this.open(key, start());
    entry.subscribers.add(subscriber);
    return () => {
      entry.subscribers.delete(subscriber);
      if (entry.subscribers.size === 0) setTimeout(() => this.closeUnused(key, entry), 0);
    };
  }

  private open(key: string, query: WatchedQuery<unknown>): Entry {
    const entry: Entry = { query, subscribers: new Set() };
    this.entries.set(key, entry);
    query.registerListener({
      onStateChange: () => {
        for (const subscriber of [...entry.subscribers]) subscriber();
      },
      // The database closed.
      closed: () => {
        if (this.entries.get(key) === entry) this.entries.delete(key);
      },
    });
    return entry;
  }

  private closeUnused(key: string, entry: Entry): void {
    if (entry.subscribers.size > 0 || this.entries.get(key) !== entry) return;
    this.entries.delete(key);
    void entry.query.close();
  }
}

let stores: WeakMap<SkerryDatabase, QueryStore> | null = null;

export function queryStore(db: SkerryDatabase): QueryStore {
  stores ??= new WeakMap();
  const store = stores.get(db) ?? new QueryStore();
  stores.set(db, store);
  return store;
}
