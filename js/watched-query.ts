// A live query as an object: it runs from its construction on, holds its latest state, and tells its listeners.

import {
  defaultRowComparator,
  diffRows,
  type RowComparator,
  type RowDiff,
  type WatchedQueryComparator,
} from "./comparator.js";
import { BaseObserver } from "./observer.js";
import type { QuerySource } from "./query-source.js";

export interface WatchedQueryState<Data> {
  // No result yet.
  readonly isLoading: boolean;
  readonly isFetching: boolean;
  readonly error: Error | null;
  readonly lastUpdated: Date | null;
  readonly data: Data;
}

export interface WatchedQueryListener<Row> {
  onData(data: readonly Row[]): void | Promise<void>;
  onError(error: Error): void | Promise<void>;
  onStateChange(state: WatchedQueryState<readonly Row[]>): void | Promise<void>;
  // Differential queries only.
  onDiff(diff: RowDiff<Row>): void | Promise<void>;
  settingsWillUpdate(): void | Promise<void>;
  closed(): void | Promise<void>;
}

export const WatchedQueryListenerEvent = {
  ON_DATA: "onData",
  ON_ERROR: "onError",
  ON_STATE_CHANGE: "onStateChange",
  ON_DIFF: "onDiff",
  SETTINGS_WILL_UPDATE: "settingsWillUpdate",
  CLOSED: "closed",
} as const;
export type WatchedQueryListenerEvent = (typeof WatchedQueryListenerEvent)[keyof typeof WatchedQueryListenerEvent];

export interface WatchedQuerySettings<Row> {
  readonly throttleMs?: number;
  // False: states that only say "fetching" are not reported.
  readonly reportFetching?: boolean;
  readonly triggerOnTables?: readonly string[];
  readonly placeholderData?: readonly Row[];
  readonly comparator?: WatchedQueryComparator<readonly Row[]>;
  readonly rowComparator?: RowComparator<Row>;
}

export type ListenerCounts = Readonly<Record<WatchedQueryListenerEvent | "total", number>>;

interface ListenersChanged {
  listenersChanged(counts: ListenerCounts): void;
}

class ListenerMeta extends BaseObserver<ListenersChanged> {
  counts: ListenerCounts;

  constructor(counts: ListenerCounts) {
    super();
    this.counts = counts;
  }
}

export class WatchedQuery<Row> extends BaseObserver<WatchedQueryListener<Row>> {
  readonly listenerMeta: ListenerMeta;
  private current: WatchedQueryState<readonly Row[]>;
  private settings: WatchedQuerySettings<Row>;
  private readonly makeSource: (settings: WatchedQuerySettings<Row>) => QuerySource<Row>;
  private readonly differential: boolean;
  private stop: (() => void) | null = null;
  private isClosed = false;
  // Listeners are told one after another, in the order of what happened.
  private telling: Promise<void> = Promise.resolve();

  constructor(
    settings: WatchedQuerySettings<Row>,
    makeSource: (settings: WatchedQuerySettings<Row>) => QuerySource<Row>,
    differential: boolean,
  ) {
    super();
    this.settings = settings;
    this.makeSource = makeSource;
    this.differential = differential;
    this.listenerMeta = new ListenerMeta(this.countListeners());
    this.current = {
      isLoading: true,
      isFetching: this.reportFetching,
      error: null,
      lastUpdated: null,
      data: settings.placeholderData ?? [],
    };
    this.start();
  }

  get state(): WatchedQueryState<readonly Row[]> {
    return this.current;
  }

  get closed(): boolean {
    return this.isClosed;
  }

  override registerListener(listener: Partial<WatchedQueryListener<Row>>): () => void {
    const dispose = super.registerListener(listener);
    this.listenersChanged();
    return () => {
      dispose();
      this.listenersChanged();
    };
  }

  // Runs the query anew under other settings. Does nothing after close().
  async updateSettings(settings: WatchedQuerySettings<Row>): Promise<void> {
    if (this.isClosed) return;
    this.stop?.();
    this.settings = { ...this.settings, ...settings };
    await this.iterateAsyncListeners((l) => l.settingsWillUpdate?.());
    this.update({ isLoading: true, isFetching: this.reportFetching });
    this.start();
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stop?.();
    this.stop = null;
    await this.iterateAsyncListeners((l) => l.closed?.());
    this.dispose();
    this.listenersChanged();
  }

  private get reportFetching(): boolean {
    return this.settings.reportFetching ?? true;
  }

  private start(): void {
    this.stop = this.makeSource(this.settings)({
      fetching: () => {
        if (this.reportFetching && !this.current.isFetching) this.update({ isFetching: true });
      },
      rows: (rows) => this.onRows(rows),
      error: (error) => this.onError(error),
    });
  }

  private onRows(rows: readonly Row[]): Promise<void> {
    const done = { isLoading: false, isFetching: false, error: null, lastUpdated: new Date() };
    const previous = this.current;
    if (this.differential) {
      const diff = diffRows(
        rows,
        previous.data,
        this.settings.rowComparator ?? (defaultRowComparator as RowComparator<Row>),
      );
      return this.update(diff === null ? done : { ...done, data: diff.all }, diff);
    }
    const { comparator } = this.settings;
    // The first result is one, also if it equals the placeholder.
    const equal = comparator?.checkEquality(rows, previous.data) ?? false;
    return this.update(equal ? done : { ...done, data: rows });
  }

  private onError(error: Error): Promise<void> {
    const told = this.update({ isLoading: false, isFetching: false, error, lastUpdated: new Date() });
    this.telling = this.telling.then(() => this.tellError(error));
    return told;
  }

  private update(change: Partial<WatchedQueryState<readonly Row[]>>, diff: RowDiff<Row> | null = null): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    const before = this.current;
    const state = { ...before, ...change };
    if (sameState(before, state)) return this.telling;
    this.current = state;
    this.telling = this.telling.then(async () => {
      if (diff !== null) await this.tell((l) => l.onDiff?.(diff));
      if (state.data !== before.data) await this.tell((l) => l.onData?.(state.data));
      await this.tell((l) => l.onStateChange?.(state));
    });
    return this.telling;
  }

  // A listener that throws is reported to those who listen for errors.
  private async tell(call: (listener: Partial<WatchedQueryListener<Row>>) => void | Promise<void>): Promise<void> {
    await this.iterateAsyncListeners(async (listener) => {
      try {
        await call(listener);
      } catch (error) {
        await this.tellError(error as Error);
      }
    });
  }

  private async tellError(error: Error): Promise<void> {
    await this.iterateAsyncListeners(async (listener) => {
      try {
        await listener.onError?.(error);
      } catch (second) {
        console.error("A listener for errors of a watched query threw", second);
      }
    });
  }

  private listenersChanged(): void {
    this.listenerMeta.counts = this.countListeners();
    this.listenerMeta.iterateListeners((l) => l.listenersChanged?.(this.listenerMeta.counts));
  }

  private countListeners(): ListenerCounts {
    const events = Object.values(WatchedQueryListenerEvent);
    const listeners = [...this.listeners];
    const entries = events.map((event) => [event, listeners.filter((l) => l[event] !== undefined).length]);
    return Object.fromEntries([...entries, ["total", listeners.length]]) as ListenerCounts;
  }
}

function sameState(a: WatchedQueryState<unknown>, b: WatchedQueryState<unknown>): boolean {
  return a.data === b.data && a.error === b.error && a.isLoading === b.isLoading && a.isFetching === b.isFetching;
}
