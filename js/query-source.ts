// Where a live query's rows come from: the core, which sends patches, or the tab, which runs the query again when a table that
// it reads has changed.

import { applyWatchMessage, type ResultBuffer, type Row } from "./codec.js";
import { defaultRowComparator, diffRows } from "./comparator.js";
import { fromWire, type WireError } from "./errors.js";
import type { Link, WatchRequest, WatchSink } from "./link.js";

export interface SourceSink<T> {
  // A run begins. Only sources that run in the tab know.
  fetching(): void;
  // A new result. Rows that did not change are the objects of the result before.
  rows(rows: readonly T[]): Promise<void> | void;
  error(error: Error): Promise<void> | void;
}

export type QuerySource<T> = (sink: SourceSink<T>) => () => void;

// A query that the core watches: it re-runs there, and only rows that differ cross over. `onSchemaChange` tells when a query that
// could not run may have become one that can.
export function coreSource<T>(
  link: Link,
  request: WatchRequest,
  mapper: ((row: Row) => T) | null,
  onSchemaChange: (retry: () => void) => () => void,
): QuerySource<T> {
  return (sink) => {
    let refused = false;
    const onFailure = (error: Error): void => {
      refused = true;
      void sink.error(error);
    };
    const open = (): (() => void) => link.watch(request, patchReader(request.compare, mapper, sink, onFailure));
    let stop = open();
    const stopSchema = onSchemaChange(() => {
      if (!refused) return;
      refused = false;
      stop();
      stop = open();
    });
    return () => {
      stopSchema();
      stop();
    };
  };
}

// Applies the messages of one watch to the rows before.
function patchReader<T>(
  compare: boolean,
  mapper: ((row: Row) => T) | null,
  sink: SourceSink<T>,
  failed: (error: Error) => void,
): WatchSink {
  let rows: readonly T[] = [];
  // The rows before a hand-over: the new owner starts with a whole result, most of which is known here.
  let before: readonly T[] | null = null;
  const makeRow = (result: ResultBuffer, index: number): T => {
    const row = result.object(index);
    return mapper === null ? (row as T) : mapper(row);
  };
  return {
    failed,
    restarted() {
      before ??= rows;
      rows = [];
    },
    message(message) {
      try {
        const update = applyWatchMessage(message, rows, makeRow);
        if (update.kind === "error") {
          void sink.error(fromWire(JSON.parse(update.json) as WireError));
          return;
        }
        rows = update.rows;
        if (before !== null) {
          const known = before;
          before = null;
          rows = diffRows(rows, known, defaultRowComparator)?.all ?? inOrderOf(rows, known);
          if (compare && rows === known) return;
        }
        void sink.rows(rows);
      } catch (error) {
        void sink.error(error as Error); // The mapper threw.
      }
    },
  };
}

// Both hold the same rows: the known objects, or the known list itself if the order is the same too.
function inOrderOf<T>(rows: readonly T[], known: readonly T[]): readonly T[] {
  const text = defaultRowComparator.compareBy;
  if (rows.every((row, i) => text(row) === text(known[i]))) return known;
  return rows;
}

// What a source that runs in the tab needs of its database. Its members are looked up at each use: a test suite that replaces
// one on the object sees its replacement used.
export interface ChangeDatabase {
  resolveTables(sql: string, params: readonly unknown[], options: { tables?: readonly string[] }): Promise<string[]>;
  onChangeWithCallback(
    handler: { onChange(): Promise<void>; onError?(error: Error): void },
    options: { tables: readonly string[]; throttleMs: number; signal: AbortSignal },
  ): () => void;
  registerListener(listener: { schemaChanged(): void }): () => void;
}

export interface ChangeQuery<T> {
  compile(): { readonly sql: string; readonly parameters: readonly unknown[] };
  execute(): Promise<readonly T[]>;
}

// A query that runs in the tab, at the start and after each change of its tables, one run at a time.
export function changeSource<T>(
  database: ChangeDatabase,
  query: ChangeQuery<T>,
  settings: { readonly throttleMs: number; readonly tables: readonly string[] | null },
): QuerySource<T> {
  return (sink) => {
    let link = new AbortController();
    const run = async (signal: AbortSignal): Promise<void> => {
      if (signal.aborted) return;
      sink.fetching();
      try {
        const rows = await query.execute();
        if (!signal.aborted) await sink.rows(rows);
      } catch (error) {
        if (!signal.aborted) await sink.error(error as Error);
      }
    };
    const start = async (signal: AbortSignal): Promise<void> => {
      try {
        const { sql, parameters } = query.compile();
        const given = settings.tables === null ? {} : { tables: settings.tables };
        const tables = await database.resolveTables(sql, parameters, given);
        if (signal.aborted) return;
        // A change during the first run waits for its end: of two runs at once the older rows could come last.
        let first = Promise.resolve();
        database.onChangeWithCallback(
          { onChange: () => first.then(() => run(signal)) },
          { tables, throttleMs: settings.throttleMs, signal },
        );
        first = run(signal);
        await first;
      } catch (error) {
        if (!signal.aborted) await sink.error(error as Error);
      }
    };
    const stopSchema = database.registerListener({
      schemaChanged: () => {
        link.abort();
        link = new AbortController();
        void start(link.signal);
      },
    });
    void start(link.signal);
    return () => {
      stopSchema();
      link.abort();
    };
  };
}
