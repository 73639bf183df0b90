// Turns deliveries into an async iterator that keeps what its reader has not taken yet, merged into one.

export interface LatestSource<T> {
  // Starts; returns the function that stops.
  start(push: (value: T) => void, fail: (error: unknown) => void): () => void;
  // What a reader gets that missed `older`; the newer one by default.
  merge?(older: T, newer: T): T;
  readonly signal?: AbortSignal | undefined;
}

// Starts with the first next(), ends with return(), break or the signal.
export function iterateLatest<T>(source: LatestSource<T>): AsyncIterableIterator<T> {
  let stop: (() => void) | null = null;
  let started = false;
  let done = false;
  let failure: { error: unknown } | null = null;
  let kept: { value: T } | null = null;
  let reader: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void } | null = null;

  const finish = (): void => {
    if (done) return;
    done = true;
    kept = null;
    stop?.();
    source.signal?.removeEventListener("abort", finish);
    reader?.resolve({ done: true, value: undefined });
    reader = null;
  };
  const push = (value: T): void => {
    if (done) return;
    if (reader !== null) {
      const { resolve } = reader;
      reader = null;
      resolve({ done: false, value });
    } else {
      kept = { value: kept !== null && source.merge ? source.merge(kept.value, value) : value };
    }
  };
  const fail = (error: unknown): void => {
    if (done) return;
    if (reader === null) failure ??= { error };
    else {
      const { reject } = reader;
      reader = null;
      finish();
      reject(error);
    }
  };

  return {
    next() {
      if (!started) {
        started = true;
        if (source.signal?.aborted) done = true;
        else {
          source.signal?.addEventListener("abort", finish);
          stop = source.start(push, fail);
        }
      }
      if (kept !== null) {
        const { value } = kept;
        kept = null;
        return Promise.resolve({ done: false, value });
      }
      if (failure !== null) {
        const { error } = failure;
        failure = null;
        finish();
        return Promise.reject(error);
      }
      if (done) return Promise.resolve({ done: true, value: undefined });
      return new Promise((resolve, reject) => {
        reader = { resolve, reject };
      });
    },
    return() {
      finish();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
