// When are two results of a query the same?

export interface WatchedQueryComparator<Data> {
  checkEquality(current: Data, previous: Data): boolean;
}

// Never: every run is delivered.
export const FalsyComparator: WatchedQueryComparator<unknown> = { checkEquality: () => false };

// Lists are equal if they are equally long and their items have the same text in the same order.
export class ArrayComparator<Item> implements WatchedQueryComparator<readonly Item[]> {
  private readonly compareBy: (item: Item) => string;

  constructor(options: { readonly compareBy: (item: Item) => string }) {
    this.compareBy = options.compareBy;
  }

  checkEquality(current: readonly Item[], previous: readonly Item[]): boolean {
    if (current.length !== previous.length) return false;
    return current.every((item, i) => this.compareBy(item) === this.compareBy(previous[i] as Item));
  }
}

export interface RowComparator<Row> {
  readonly keyBy: (row: Row) => string;
  readonly compareBy: (row: Row) => string;
}

export const defaultRowComparator: RowComparator<unknown> = {
  keyBy: (row) => {
    const id = (row as { id?: unknown } | null)?.id;
    return typeof id === "string" ? id : rowText(row);
  },
  compareBy: rowText,
};

export interface RowDiff<Row> {
  readonly added: readonly Row[];
  readonly removed: readonly Row[];
  readonly updated: readonly { readonly current: Row; readonly previous: Row }[];
  readonly unchanged: readonly Row[];
  // The new rows, in order. A row that did not change is the object it was before.
  readonly all: readonly Row[];
}

// What changed between two results. Null if nothing did; another order alone is no change. Rows that share a key are told apart
// by their turn: the second one of now is compared with the second one of before.
export function diffRows<Row>(
  current: readonly Row[],
  previous: readonly Row[],
  comparator: RowComparator<Row>,
): RowDiff<Row> | null {
  const before = new Map<string, Row>();
  for (const [key, row] of withTurns(previous, comparator)) before.set(key, row);
  const added: Row[] = [];
  const updated: { current: Row; previous: Row }[] = [];
  const unchanged: Row[] = [];
  const all: Row[] = [];
  for (const [key, row] of withTurns(current, comparator)) {
    const old = before.get(key);
    before.delete(key);
    if (old === undefined) {
      added.push(row);
      all.push(row);
    } else if (old === row || comparator.compareBy(old) === comparator.compareBy(row)) {
      unchanged.push(old);
      all.push(old);
    } else {
      updated.push({ current: row, previous: old });
      all.push(row);
    }
  }
  const removed = [...before.values()];
  if (added.length === 0 && updated.length === 0 && removed.length === 0) return null;
  return { added, removed, updated, unchanged, all };
}

function* withTurns<Row>(rows: readonly Row[], comparator: RowComparator<Row>): Generator<[string, Row]> {
  const turns = new Map<string, number>();
  for (const row of rows) {
    const key = comparator.keyBy(row);
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    yield [turn === 0 ? `=${key}` : `${turn}=${key}`, row];
  }
}

// JSON, for rows that may hold bigints and blobs.
function rowText(row: unknown): string {
  return JSON.stringify(row, (_key, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`;
    return value instanceof Uint8Array ? [...value] : value;
  });
}
