// The live side of a database: change events, watches and watched queries.

import { nonNegative } from "./checks.js";
import type { Row } from "./codec.js";
import { FalsyComparator, type RowComparator, type WatchedQueryComparator } from "./comparator.js";
import { DatabaseBase } from "./database-base.js";
import { SkerryError } from "./errors.js";
import { iterateLatest } from "./latest.js";
import { LogLevels } from "./logger.js";
import { QueryResult } from "./query-result.js";
import { type ChangeQuery, changeSource, coreSource, type QuerySource } from "./query-source.js";
import { ChangeThrottle } from "./throttle.js";
import { WatchedQuery, type WatchedQuerySettings } from "./watched-query.js";

// Between two deliveries of one watch, unless its options say otherwise.
export const kThrottleMs = 30;

// What @powersync/web puts before a table's name.
const kInternalName = /^ps_data(?:_local)?__/;

export interface ChangeEvent {
  changedTables: string[];
}

export interface OnChangeOptions {
  readonly tables?: readonly string[];
  readonly throttleMs?: number;
  // Delivers `{ changedTables: [] }` once, at the start.
  readonly triggerImmediate?: boolean;
  readonly signal?: AbortSignal;
}

export interface OnChangeHandler {
  readonly onChange: (event: ChangeEvent) => Promise<void> | void;
  readonly onError?: (error: Error) => void;
}

export interface WatchOptions extends Omit<OnChangeOptions, "triggerImmediate"> {
  readonly comparator?: WatchedQueryComparator<QueryResult>;
}

export interface WatchHandler<T = Record<string, unknown>> {
  readonly onResult: (result: QueryResult<T>) => void;
  readonly onError?: (error: Error) => void;
}

export interface QueryDefinition<T> {
  readonly sql: string;
  readonly parameters?: readonly unknown[];
  readonly mapper?: (row: Record<string, unknown>) => T;
}

export interface CompilableQuery<T> {
  compile(): { readonly sql: string; readonly parameters: readonly unknown[] };
  execute(options: { sql: string; parameters: readonly unknown[]; db: LiveDatabase }): Promise<readonly T[]>;
}

export interface Query<T> {
  watch(options?: Omit<WatchedQuerySettings<T>, "rowComparator">): WatchedQuery<T>;
  differentialWatch(
    options?: Omit<WatchedQuerySettings<T>, "comparator"> & { rowComparator?: RowComparator<T> },
  ): WatchedQuery<T>;
}

export abstract class LiveDatabase extends DatabaseBase {
  private readonly changeListeners = new Set<(tables: readonly string[]) => void>();

  // Runs when rows of `tables` may have changed, wherever they were written: here, in another tab or by sync.
  onChange(options?: OnChangeOptions): AsyncIterableIterator<ChangeEvent>;
  onChange(handler: OnChangeHandler | undefined, options?: OnChangeOptions): () => void;
  onChange(
    handlerOrOptions?: OnChangeHandler | OnChangeOptions,
    options?: OnChangeOptions,
  ): AsyncIterableIterator<ChangeEvent> | (() => void) {
    if (handlerOrOptions !== undefined && "onChange" in handlerOrOptions) {
      return this.onChangeWithCallback(handlerOrOptions, options);
    }
    return this.onChangeWithAsyncGenerator(handlerOrOptions as OnChangeOptions | undefined);
  }

  onChangeWithCallback(handler: OnChangeHandler | undefined, options: OnChangeOptions = {}): () => void {
    const onChange = handler?.onChange;
    if (typeof onChange !== "function") throw new SkerryError("invalid_argument", "onChange is required");
    const { tables = [], triggerImmediate = false, signal } = options;
    const throttleMs = nonNegative("throttleMs", options.throttleMs, kThrottleMs);
    if (signal?.aborted) return () => undefined;
    const wanted = new Set(tables);
    const report = handler?.onError ?? ((error: Error) => this.logError("A handler of onChange failed", error));
    let stopped = false;
    const deliver = async (changed: ReadonlySet<string>): Promise<void> => {
      if (stopped) return;
      try {
        await onChange({ changedTables: [...changed] });
      } catch (error) {
        report(error as Error);
      }
    };
    const throttle = new ChangeThrottle(throttleMs, this.profile.trailingWatch, deliver);
    const stopListening = this.listenTables((changed) => {
      throttle.add(changed.filter((table) => wanted.has(table)).map((table) => this.reportedName(table)));
    }, wanted);
    const stopClosing = this.registerListener({ closing: () => stop() });
    const stop = (): void => {
      if (stopped) return;
      stopped = true;
      throttle.close();
      stopListening();
      stopClosing();
      signal?.removeEventListener("abort", stop);
    };
    signal?.addEventListener("abort", stop);
    if (triggerImmediate) void deliver(new Set());
    return stop;
  }

  onChangeWithAsyncGenerator(options: OnChangeOptions = {}): AsyncIterableIterator<ChangeEvent> {
    return iterateLatest<ChangeEvent>({
      signal: options.signal,
      start: (push, fail) => this.onChangeWithCallback({ onChange: push, onError: fail }, options),
      merge: (older, newer) => ({ changedTables: [...new Set([...older.changedTables, ...newer.changedTables])] }),
    });
  }

  // The result of a query, now and after every change. The callback form returns the function that ends it.
  watch<T = Record<string, unknown>>(
    sql: string,
    params?: readonly unknown[],
    options?: WatchOptions,
  ): AsyncIterableIterator<QueryResult<T>>;
  watch<T = Record<string, unknown>>(
    sql: string,
    params: readonly unknown[] | undefined,
    handler: WatchHandler<T> | undefined,
    options?: WatchOptions,
  ): () => void;
  watch<T = Record<string, unknown>>(
    sql: string,
    params?: readonly unknown[],
    handlerOrOptions?: WatchHandler<T> | WatchOptions,
    options?: WatchOptions,
  ): AsyncIterableIterator<QueryResult<T>> | (() => void) {
    if (handlerOrOptions !== undefined && "onResult" in handlerOrOptions) {
      return this.watchWithCallback(sql, params, handlerOrOptions, options);
    }
    return this.watchWithAsyncGenerator<T>(sql, params, handlerOrOptions as WatchOptions | undefined);
  }

  watchWithCallback<T = Record<string, unknown>>(
    sql: string,
    params: readonly unknown[] | undefined,
    handler: WatchHandler<T> | undefined,
    options: WatchOptions = {},
  ): () => void {
    const onResult = handler?.onResult;
    if (typeof onResult !== "function") throw new SkerryError("invalid_argument", "onResult is required");
    const onError = handler?.onError ?? ((error: Error) => this.logError(`The watch of "${sql}" failed`, error));
    const { signal } = options;
    if (signal?.aborted) return () => undefined;
    this.checkOpen();
    const comparator = options.comparator ?? (this.profile.trailingWatch ? FalsyComparator : null);
    let previous: QueryResult | null = null;
    const source = this.source<Row>(
      { sql, ...(params === undefined ? {} : { parameters: params }) },
      {
        ...(options.throttleMs === undefined ? {} : { throttleMs: options.throttleMs }),
        ...(options.tables === undefined ? {} : { triggerOnTables: options.tables }),
      },
      options.comparator === undefined,
    );
    const stopSource = source({
      fetching: () => undefined,
      rows: (rows) => {
        const result = new QueryResult(rows);
        if (previous !== null && comparator?.checkEquality(result, previous) === true) return;
        previous = result;
        try {
          onResult(result as QueryResult<T>);
        } catch (error) {
          onError(error as Error);
        }
      },
      error: onError,
    });
    const stopClosing = this.registerListener({ closing: () => stop() });
    const stop = (): void => {
      stopSource();
      stopClosing();
      signal?.removeEventListener("abort", stop);
    };
    signal?.addEventListener("abort", stop);
    return stop;
  }

  watchWithAsyncGenerator<T = Record<string, unknown>>(
    sql: string,
    params?: readonly unknown[],
    options: WatchOptions = {},
  ): AsyncIterableIterator<QueryResult<T>> {
    return iterateLatest<QueryResult<T>>({
      signal: options.signal,
      start: (push, fail) => this.watchWithCallback<T>(sql, params, { onResult: push, onError: fail }, options),
    });
  }

  // A query to be watched as an object with a state.
  query<T = Record<string, unknown>>(definition: QueryDefinition<T>): Query<T> {
    const make = (settings: WatchedQuerySettings<T>, differential: boolean): WatchedQuery<T> =>
      this.watched(settings, differential, (current) =>
        this.source<T>(definition, current, differential || current.comparator === undefined),
      );
    return {
      watch: (settings = {}) => make(settings, false),
      differentialWatch: (settings = {}) => make(settings, true),
    };
  }

  // A query that runs in the tab, for instance through a query builder.
  customQuery<T = Record<string, unknown>>(query: CompilableQuery<T>): Query<T> {
    const changeQuery: ChangeQuery<T> = {
      compile: () => query.compile(),
      execute: () => query.execute({ ...query.compile(), db: this }),
    };
    const make = (settings: WatchedQuerySettings<T>, differential: boolean): WatchedQuery<T> =>
      this.watched(settings, differential, (current) =>
        changeSource(this.changeDatabase, changeQuery, timing(current)),
      );
    return {
      watch: (settings = {}) => make(settings, false),
      differentialWatch: (settings = {}) => make(settings, true),
    };
  }

  // The tables and views that a query reads, or `tables` as given.
  async resolveTables(
    sql: string,
    params: readonly unknown[] = [],
    options: { readonly tables?: readonly string[] } = {},
  ): Promise<string[]> {
    if (options.tables !== undefined) return [...options.tables];
    return [...(await (await this.usable()).resolveTables(sql, params))];
  }

  // Called by the link's listener: the core committed changes to these tables.
  protected tablesChanged(tables: readonly string[]): void {
    for (const listener of [...this.changeListeners]) listener(tables);
  }

  private watched<T>(
    settings: WatchedQuerySettings<T>,
    differential: boolean,
    makeSource: (settings: WatchedQuerySettings<T>) => QuerySource<T>,
  ): WatchedQuery<T> {
    this.checkOpen();
    const query = new WatchedQuery<T>(settings, makeSource, differential);
    const dispose = this.registerListener({ closing: () => query.close() });
    query.registerListener({ closed: dispose });
    return query;
  }

  // Native queries run in the core. The compatibility profile runs them here, as it always did: trailing, and through the
  // methods of this object, which suites replace.
  private source<T>(
    definition: QueryDefinition<T>,
    settings: WatchedQuerySettings<T>,
    compare: boolean,
  ): QuerySource<T> {
    const { sql, parameters = [], mapper } = definition;
    const { throttleMs, tables } = timing(settings);
    if (this.profile.trailingWatch) {
      const query: ChangeQuery<T> = {
        compile: () => ({ sql, parameters }),
        execute: async () => {
          const rows = await this.getAll(sql, parameters);
          return mapper === undefined ? (rows as T[]) : rows.map(mapper);
        },
      };
      return changeSource(this.changeDatabase, query, { throttleMs, tables });
    }
    const names = tables?.map((name) => this.sqlName(name.replace(kInternalName, ""))) ?? null;
    const request = { sql, parameters, throttleMs, compare, tables: names };
    return coreSource<T>(this.link, request, mapper ?? null, (retry) =>
      this.registerListener({ schemaChanged: retry }),
    );
  }

  private get changeDatabase() {
    return {
      resolveTables: (sql: string, params: readonly unknown[], options: { tables?: readonly string[] }) =>
        this.resolveTables(sql, params, options),
      onChangeWithCallback: (handler: OnChangeHandler, options: OnChangeOptions) =>
        this.onChangeWithCallback(handler, options),
      registerListener: (listener: { schemaChanged(): void }) => this.registerListener(listener),
    };
  }

  private listenTables(listener: (tables: readonly string[]) => void, wanted: Set<string>): () => void {
    // A table may be asked for by the names that @powersync/web gave it.
    for (const name of [...wanted]) {
      if (kInternalName.test(name)) wanted.add(this.sqlName(name.replace(kInternalName, "")));
    }
    this.changeListeners.add(listener);
    if (this.changeListeners.size === 1) this.link.listenTables(true);
    return () => {
      this.changeListeners.delete(listener);
      if (this.changeListeners.size === 0) this.link.listenTables(false);
    };
  }

  private sqlName(table: string): string {
    return this.currentSchema.tables?.find(({ name }) => name === table)?.viewName ?? table;
  }

  private reportedName(table: string): string {
    if (!this.profile.internalTableNames) return table;
    return this.currentSchema.tables?.find(({ viewName }) => viewName === table)?.internalName ?? table;
  }

  private logError(message: string, error: Error): void {
    this.logger.log({ level: LogLevels.error, message, error });
  }
}

function timing(settings: Pick<WatchedQuerySettings<unknown>, "throttleMs" | "triggerOnTables">): {
  throttleMs: number;
  tables: readonly string[] | null;
} {
  const throttleMs = nonNegative("throttleMs", settings.throttleMs, kThrottleMs);
  return { throttleMs, tables: settings.triggerOnTables ?? null };
}
