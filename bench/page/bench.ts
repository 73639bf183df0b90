// The workloads, run in the page through the public API. Each checks its answer before it gives its time in milliseconds.
import { column, Schema, SkerryDatabase, Table } from "skerry";
import { listsOf, rowOf } from "../rows.mjs";
import fedWorkerUrl from "./fed-worker.mjs?worker&url";
import { startFloor } from "../wasm-floor/page.mjs";

const coreUrl = new URL("../../build/wasm/core.wasm", import.meta.url).href;
const columns = {
  list_id: column.text,
  description: column.text,
  completed: column.integer,
  created_at: column.text,
  created_by: column.text,
};
const schema = new Schema({ todos: new Table(columns, { indexes: { list: ["list_id"] } }) });
const lists = listsOf(100);
const insert = "INSERT INTO todos (id, list_id, description, completed, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?)";

interface Times {
  /** Milliseconds of the whole workload. */
  readonly ms: number;
  /** Milliseconds of each repetition, where the workload is made of them. */
  readonly each?: number[];
  readonly heapBytes?: number;
  readonly fileBytes?: number;
}

const valuesOf = (index: number): unknown[] => {
  const row = rowOf(index, lists);
  return [row.id, row.list_id, row.description, row.completed, row.created_at, row.created_by];
};

function expect(what: string, got: unknown, wanted: unknown): void {
  if (got !== wanted) throw new Error(`${what}: got ${String(got)}, expected ${String(wanted)}`);
}

async function withDatabase<T>(name: string, work: (db: SkerryDatabase) => Promise<T>, worker?: () => Worker): Promise<T> {
  const db = new SkerryDatabase({ schema, database: { dbFilename: name, wasmUrl: coreUrl, ...(worker && { worker }) } });
  try {
    await db.init();
    return await work(db);
  } finally {
    await db.close({ disconnect: true });
  }
}

/** The shipped worker, whose stream comes out of its memory. */
function fedWorker(encoding: string, rows: number): Worker {
  const url = new URL(fedWorkerUrl, location.href);
  url.searchParams.set("stream", `${location.origin}/stream/${encoding}/${rows}/sync/stream?end`);
  return new Worker(url, { type: "module" });
}

const countOf = async (db: SkerryDatabase): Promise<number> => (await db.get<{ n: number }>("SELECT count(*) AS n FROM todos")).n;

/** Plain SQLite of the same version in the same VFS, without our layer: the floor. */
async function withFloor<T>(name: string, work: (call: (name: string, ...args: unknown[]) => Promise<any>, db: number) => Promise<T>) {
  const floor = startFloor(new Worker(new URL("../wasm-floor/worker.mjs", import.meta.url), { type: "module" }));
  try {
    await floor.call("open", { name, wasmUrl: new URL("../../build/wasm/floor.wasm", import.meta.url).href });
    const db = await floor.call("connect");
    // As src/sqlite opens a database: the floor differs by our layer, not by its settings.
    for (const pragma of ["page_size=16384", "journal_mode=WAL", "synchronous=NORMAL", "cache_size=-51200"]) {
      const { code, message } = await floor.call("run", db, `PRAGMA ${pragma}`);
      if (code !== 0) throw new Error(`PRAGMA ${pragma}: ${message}`);
    }
    await floor.call("run", db, "CREATE TABLE todos(id TEXT PRIMARY KEY NOT NULL, list_id TEXT, description TEXT, completed INTEGER, created_at TEXT, created_by TEXT)");
    await floor.call("run", db, "CREATE INDEX todos_list ON todos(list_id)");
    return await work(floor.call, db);
  } finally {
    await floor.call("close");
    floor.kill();
  }
}

const workloads = {
  /** The same rows by a prepared statement in one transaction. */
  floor: (rows: number, name: string): Promise<Times> =>
    withFloor(name, async (call, db) => {
      const values = Array.from({ length: rows }, (_, index) => valuesOf(index));
      const { code, ms } = await call("insert", db, insert, values);
      expect("result code", code, 0);
      const count = await call("run", db, "SELECT count(*) FROM todos");
      expect("rows", Number(count.rows[0]), rows);
      return { ms };
    }),

  /** The same single inserts, each its own transaction, without a message per insert. */
  floorInserts: (count: number, name: string): Promise<Times> =>
    withFloor(name, async (call, db) => {
      const quote = (value: unknown) => (typeof value === "number" ? String(value) : `'${String(value)}'`);
      const statements = Array.from({ length: count }, (_, index) => `INSERT INTO todos VALUES (${valuesOf(index).map(quote).join(", ")})`);
      return { ms: await call("runEach", db, statements) };
    }),

  /** From connect() to the rows being there; `fed` from the worker's memory, else over HTTP. */
  sync: (rows: number, encoding: string, name: string, fed = false): Promise<Times> =>
    withDatabase(name, async (db) => {
      const credentials = { endpoint: `${location.origin}/stream/${encoding}/${rows}`, token: "bench" };
      const started = performance.now();
      await db.connect({ fetchCredentials: async () => credentials, uploadData: async () => {} });
      await db.waitForFirstSync();
      const ms = performance.now() - started;
      expect("rows", await countOf(db), rows);
      const last = rowOf(rows - 1, lists);
      const found = await db.get<{ description: string }>("SELECT description FROM todos WHERE id = ?", [last.id]);
      expect("the last row", found.description, last.description);
      const { heapBytes, file } = await db.info();
      return { ms, heapBytes, fileBytes: file.bytes };
    }, fed ? () => fedWorker(encoding, rows) : undefined),

  /** Opens a database that `sync` left, up to its first answer. */
  open: async (rows: number, name: string): Promise<Times> => {
    const started = performance.now();
    const db = new SkerryDatabase({ schema, database: { dbFilename: name } });
    const row = await db.get<{ id: string }>("SELECT id FROM todos WHERE id = ?", [rowOf(rows >> 1, lists).id]);
    const ms = performance.now() - started;
    expect("row", row.id, rowOf(rows >> 1, lists).id);
    await db.close({ disconnect: true });
    return { ms };
  },

  inserts: (count: number, name: string): Promise<Times> =>
    withDatabase(name, async (db) => {
      const rows = Array.from({ length: count }, (_, index) => valuesOf(index));
      const started = performance.now();
      for (const values of rows) await db.execute(insert, values);
      const ms = performance.now() - started;
      expect("rows", await countOf(db), count);
      expect("queue", (await db.getUploadQueueStats()).count, count);
      return { ms };
    }),

  transaction: (count: number, name: string): Promise<Times> =>
    withDatabase(name, async (db) => {
      const rows = Array.from({ length: count }, (_, index) => valuesOf(index));
      const started = performance.now();
      await db.writeTransaction(async (tx) => {
        for (const values of rows) await tx.execute(insert, values);
      });
      const ms = performance.now() - started;
      expect("rows", await countOf(db), count);
      return { ms };
    }),

  batch: (count: number, name: string): Promise<Times> =>
    withDatabase(name, async (db) => {
      const rows = Array.from({ length: count }, (_, index) => valuesOf(index));
      const started = performance.now();
      await db.executeBatch(insert, rows);
      const ms = performance.now() - started;
      expect("rows", await countOf(db), count);
      return { ms };
    }),

  /** Point reads one after another, and `getAll` of 10,000 rows with 6 columns, on the rows that `batch` left. */
  reads: (count: number, name: string): Promise<Times> =>
    withDatabase(name, async (db) => {
      const started = performance.now();
      for (let index = 0; index < count; ++index) {
        const id = rowOf(index, lists).id;
        const row = await db.get<{ id: string }>("SELECT * FROM todos WHERE id = ?", [id]);
        if (row.id !== id) throw new Error(`point read of ${id} gave ${row.id}`);
      }
      return { ms: performance.now() - started };
    }),

  getAll: (count: number, name: string, repetitions: number): Promise<Times> =>
    withDatabase(name, async (db) => {
      const each: number[] = [];
      for (let repetition = 0; repetition < repetitions; ++repetition) {
        const started = performance.now();
        const rows = await db.getAll<{ id: string; description: string; completed: number }>("SELECT * FROM todos");
        // Touch every cell: lazily decoded rows must not look fast by not being there.
        let sum = 0;
        for (const row of rows) for (const value of Object.values(row)) sum += typeof value === "string" ? value.length : Number(value);
        each.push(performance.now() - started);
        expect("rows", rows.length, count);
        if (sum < count * 100) throw new Error("cells are missing");
      }
      return { ms: each.reduce((a, b) => a + b, 0), each };
    }),

  /** From calling execute() to the watch's callback with the new row. */
  watch: (repetitions: number, name: string): Promise<Times> =>
    withDatabase(name, async (db) => {
      let seen: (n: number) => void = () => {};
      const abort = new AbortController();
      const first = new Promise<void>((done) => {
        seen = () => done();
      });
      db.watch("SELECT count(*) AS n FROM todos", [], { onResult: (result) => seen((result.array[0] as { n: number }).n) }, { signal: abort.signal });
      await first;
      const before = await countOf(db);
      const each: number[] = [];
      for (let index = 0; index < repetitions; ++index) {
        const wanted = before + index + 1;
        const arrived = new Promise<void>((done) => {
          seen = (n) => n === wanted && done();
        });
        const started = performance.now();
        await db.execute(insert, valuesOf(1_000_000 + index));
        await arrived;
        each.push(performance.now() - started);
        // Longer than the throttle: what is measured is one write, not a burst.
        await new Promise((done) => setTimeout(done, 40));
      }
      abort.abort();
      return { ms: each.reduce((a, b) => a + b, 0), each };
    }),
};

export type Workloads = typeof workloads;
Object.assign(globalThis, { workloads });
