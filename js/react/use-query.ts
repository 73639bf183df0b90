// A query's rows, live.

import { useCallback, useEffect, useId, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { RowComparator } from "../comparator.js";
import type { SkerryDatabase } from "../database.js";
import { SkerryError } from "../errors.js";
import type { WatchedQuery, WatchedQuerySettings } from "../watched-query.js";
import { useSkerry } from "./context.js";
import { kLoading, queryStore } from "./query-store.js";
import { type UseSyncStreamOptions, useSyncStreams } from "./use-sync-stream.js";

export interface ReactCompilableQuery<T> {
  compile(): { readonly sql: string; readonly parameters: readonly unknown[] };
  execute(): Promise<readonly T[]>;
}

export interface UseQueryOptions<T> {
  // Runs once; `refresh` runs it again.
  readonly runQueryOnce?: boolean;
  // Rows that are equal by it keep their identity.
  readonly rowComparator?: RowComparator<T>;
  readonly reportFetching?: boolean;
  readonly throttleMs?: number;
  readonly tables?: readonly string[];
  readonly streams?: readonly (UseSyncStreamOptions & { readonly waitForStream?: boolean })[];
}

export interface UseQueryResult<T> {
  readonly data: readonly T[];
  // No result yet.
  readonly isLoading: boolean;
  readonly isFetching: boolean;
  readonly error: Error | undefined;
  // Only with runQueryOnce.
  readonly refresh?: (signal?: AbortSignal) => Promise<void>;
}

interface Definition<T> {
  readonly key: string;
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly compilable: ReactCompilableQuery<T> | null;
}

const kNoRows: readonly never[] = [];
const kNoStreams: readonly UseSyncStreamOptions[] = [];

export function useQuery<T = Record<string, unknown>>(
  query: string | ReactCompilableQuery<T>,
  params: readonly unknown[] = kNoRows,
  options: UseQueryOptions<T> = {},
): UseQueryResult<T> {
  const db = useSkerry();
  const streams = options.streams ?? kNoStreams;
  const statuses = useSyncStreams(streams);
  const waits = options.streams?.some(
    (stream, i) => stream.waitForStream === true && statuses[i]?.subscription.hasSynced !== true,
  );
  const definition = useDefinition(query, params, options);
  const once = options.runQueryOnce === true;
  const live = useLive(db, once || waits ? null : definition, options);
  const single = useOnce(db, once && !waits ? definition : null);

  if (db === null) return kNotConfigured as UseQueryResult<T>;
  if (definition instanceof Error) {
    return { data: kNoRows, isLoading: false, isFetching: false, error: definition };
  }
  if (waits) return { data: kNoRows, isLoading: true, isFetching: false, error: undefined };
  return once ? single : live;
}

const kNotConfigured: UseQueryResult<never> = {
  data: kNoRows,
  isLoading: false,
  isFetching: false,
  error: /* @__PURE__ */ new SkerryError("invalid_argument", "PowerSync not configured."),
};

// The query by value: the same object as long as it asks the same, however often the component renders.
function useDefinition<T>(
  query: string | ReactCompilableQuery<T>,
  params: readonly unknown[],
  options: UseQueryOptions<T>,
): Definition<T> | Error {
  const compilable = typeof query === "string" ? null : query;
  // A comparator is a function, and functions have no value to compare: such a query is shared with nobody.
  const own = useId();
  let text: string;
  let sql = "";
  let parameters = params;
  try {
    if (compilable === null) sql = query as string;
    else ({ sql, parameters } = compilable.compile());
    const { throttleMs, tables, reportFetching, rowComparator } = options;
    text = JSON.stringify([sql, parameters, throttleMs, tables, reportFetching, rowComparator && own], asText);
  } catch (error) {
    text = `error ${String(error)}`;
  }
  // The key stands for all that goes in.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  return useMemo(() => {
    if (text.startsWith("error ")) return new SkerryError("invalid_argument", text.slice("error ".length));
    return { key: compilable === null ? text : `compiled ${text}`, sql, parameters, compilable };
  }, [text]);
}

function useLive<T>(
  db: SkerryDatabase | null,
  definition: Definition<T> | Error | null,
  options: UseQueryOptions<T>,
): UseQueryResult<T> {
  const active = db === null || definition === null || definition instanceof Error ? null : { db, definition };
  const key = active?.definition.key ?? null;
  // `options` went into the key, so a key never meets two of them.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const subscribe = useCallback(
    (changed: () => void) => {
      if (active === null) return () => undefined;
      const start = () => watch(active.db, active.definition, options) as WatchedQuery<unknown>;
      return queryStore(active.db).subscribe(active.definition.key, start, changed);
    },
    [db, key],
  );
  const peek = () => (active === null ? kLoading : queryStore(active.db).peek(active.definition.key));
  const state = useSyncExternalStore(subscribe, peek, () => kLoading);
  // Another query keeps the old rows on the screen until it has its own.
  const shown = useRef<readonly T[] | null>(null);
  useEffect(() => {
    if (!state.isLoading) shown.current = state.data as readonly T[];
  }, [state]);
  const kept = state.isLoading ? shown.current : null;
  return {
    data: kept ?? (state.data as readonly T[]),
    isLoading: state.isLoading && kept === null,
    isFetching: state.isFetching,
    error: state.error ?? undefined,
  };
}

function watch<T>(db: SkerryDatabase, definition: Definition<T>, options: UseQueryOptions<T>): WatchedQuery<T> {
  const { sql, parameters, compilable } = definition;
  const { throttleMs, tables, reportFetching, rowComparator } = options;
  const settings: WatchedQuerySettings<T> = {
    ...(throttleMs === undefined ? {} : { throttleMs }),
    ...(tables === undefined ? {} : { triggerOnTables: tables }),
    ...(reportFetching === undefined ? {} : { reportFetching }),
  };
  const query =
    compilable === null
      ? db.query<T>({ sql, parameters })
      : db.customQuery<T>({ compile: () => compilable.compile(), execute: () => compilable.execute() });
  return rowComparator === undefined ? query.watch(settings) : query.differentialWatch({ ...settings, rowComparator });
}

function useOnce<T>(db: SkerryDatabase | null, definition: Definition<T> | Error | null): UseQueryResult<T> {
  const [state, setState] = useState<Omit<UseQueryResult<T>, "refresh">>({
    data: kNoRows,
    isLoading: true,
    isFetching: true,
    error: undefined,
  });
  const refresh = useCallback(
    async (signal?: AbortSignal) => {
      if (db === null || definition === null || definition instanceof Error) return;
      setState((before) => ({ ...before, isFetching: true }));
      try {
        const { sql, parameters, compilable } = definition;
        const data = compilable === null ? await db.getAll<T>(sql, parameters) : await compilable.execute();
        if (signal?.aborted !== true) setState({ data, isLoading: false, isFetching: false, error: undefined });
      } catch (error) {
        if (signal?.aborted === true) return;
        setState((before) => ({ ...before, isLoading: false, isFetching: false, error: error as Error }));
      }
    },
    [db, definition],
  );
  useEffect(() => {
    const controller = new AbortController();
    void refresh(controller.signal);
    return () => controller.abort();
  }, [refresh]);
  return { ...state, refresh };
}

function asText(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  return value instanceof Uint8Array ? [...value] : value;
}
