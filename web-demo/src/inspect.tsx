import { useEffect, useState } from "react";
import type { CoreInfo, StorageState } from "skerry";
import { RateChart } from "./rate-chart";
import { useDatabase } from "./use-database";

const everyMs = 500;
const keptSamples = 120;

interface Sample {
  readonly info: CoreInfo;
  readonly storage: StorageState;
  /** Operations per second over the last minute, oldest first. */
  readonly rates: readonly number[];
}

/** Reads the counters while the page is open; the rate is their change between two readings. */
function useSamples(): { sample: Sample | null; error: string | null } {
  const db = useDatabase();
  const [sample, setSample] = useState<Sample | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let live = true;
    let timer = 0;
    let last: { operations: number; at: number } | null = null;
    const read = async () => {
      try {
        const [info, storage] = await Promise.all([db.info(), db.storage()]);
        if (!live) return;
        const at = performance.now();
        const operations = info.counters.operations;
        const rate = last ? Math.max(0, ((operations - last.operations) * 1000) / (at - last.at)) : 0;
        last = { operations, at };
        setSample((previous) => ({ info, storage, rates: [...(previous?.rates ?? []), rate].slice(-keptSamples) }));
        setError(null);
      } catch (failure) {
        if (live) setError((failure as Error).message);
      }
      if (live) timer = window.setTimeout(read, everyMs);
    };
    void read();
    return () => {
      live = false;
      clearTimeout(timer);
    };
  }, [db]);
  return { sample, error };
}

const number = (value: number): string => value.toLocaleString("en");

function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return "unknown";
  for (const [unit, size] of [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ] as const) {
    if (value >= size) return `${(value / size).toFixed(1)} ${unit}`;
  }
  return `${number(value)} B`;
}

export function Inspect() {
  const { sample, error } = useSamples();
  if (error) return <p role="alert">{error}</p>;
  if (!sample) return <p className="empty">Reading…</p>;
  const { info, storage, rates } = sample;
  return (
    <section aria-label="Inspect" className="inspect">
      <h1>Inspect</h1>
      <RateChart rates={rates} everyMs={everyMs} />
      <dl>
        <div>
          <dt>Storage</dt>
          <dd>{storage.backend === "opfs" ? "OPFS" : `Memory only: ${storage.reason}`}</dd>
        </div>
        <div>
          <dt>Database file</dt>
          <dd>{bytes(info.file.bytes)}</dd>
        </div>
        <div>
          <dt>Used of quota</dt>
          <dd>
            {bytes(storage.usage)} of {bytes(storage.quota)}
          </dd>
        </div>
        <div>
          <dt>Upload queue</dt>
          <dd>
            {number(info.queue.count)} {info.queue.count === 1 ? "entry" : "entries"}, {bytes(info.queue.size)}
          </dd>
        </div>
        <div>
          <dt>Downloaded</dt>
          <dd>
            {number(info.counters.operations)} operations, {bytes(info.counters.bytes)}
          </dd>
        </div>
        <div>
          <dt>Client</dt>
          <dd>
            <code>{info.clientId}</code>, SQLite {info.sqliteVersion}
          </dd>
        </div>
      </dl>
      <div className="tables">
        <table>
          <caption>Buckets</caption>
          <thead>
            <tr>
              <th scope="col">Bucket</th>
              <th scope="col">Operations</th>
              <th scope="col">Position</th>
            </tr>
          </thead>
          <tbody>
            {info.buckets.map((bucket) => (
              <tr key={bucket.name}>
                <td>
                  <code>{bucket.name}</code>
                </td>
                <td>{number(bucket.operations)}</td>
                <td>{bucket.lastOp}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <table>
          <caption>Rows</caption>
          <thead>
            <tr>
              <th scope="col">Table</th>
              <th scope="col">Rows</th>
            </tr>
          </thead>
          <tbody>
            {info.tables.map((table) => (
              <tr key={table.name}>
                <td>
                  <code>{table.name}</code>
                </td>
                <td>{number(table.rows)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
