// The upload queue as the app's connector sees it: entries, batches and transactions.

import type { Link } from "./link.js";

export const UpdateType = { PUT: "PUT", PATCH: "PATCH", DELETE: "DELETE" } as const;
export type UpdateType = (typeof UpdateType)[keyof typeof UpdateType];

// A row of `ps_crud`.
interface QueueRow {
  readonly id: number;
  readonly tx_id: number | null;
  readonly data: string;
}

interface QueueData {
  readonly op: UpdateType;
  readonly type: string;
  readonly id: string;
  readonly data?: Record<string, unknown>;
  readonly old?: Record<string, unknown>;
  readonly metadata?: string;
}

export interface CrudEntryJson {
  readonly op_id: number;
  readonly op: UpdateType;
  readonly type: string;
  readonly id: string;
  readonly tx_id: number | undefined;
  readonly data: Record<string, unknown> | undefined;
  readonly old: Record<string, unknown> | undefined;
  readonly metadata: string | undefined;
}

// One local change of one row.
export class CrudEntry {
  // Grows with every entry of this client and is never used again.
  readonly clientId: number;
  readonly id: string;
  readonly op: UpdateType;
  readonly table: string;
  readonly opData: Record<string, unknown> | undefined;
  // Entries of one local transaction share it.
  readonly transactionId: number | undefined;
  readonly previousValues: Record<string, unknown> | undefined;
  readonly metadata: string | undefined;

  constructor(
    clientId: number,
    op: UpdateType,
    table: string,
    id: string,
    transactionId?: number,
    opData?: Record<string, unknown>,
    previousValues?: Record<string, unknown>,
    metadata?: string,
  ) {
    this.clientId = clientId;
    this.op = op;
    this.table = table;
    this.id = id;
    this.transactionId = transactionId;
    this.opData = opData;
    this.previousValues = previousValues;
    this.metadata = metadata;
  }

  static fromRow(row: QueueRow): CrudEntry {
    const { op, type, id, data, old, metadata } = JSON.parse(row.data) as QueueData;
    return new CrudEntry(row.id, op, type, id, row.tx_id ?? undefined, data, old, metadata);
  }

  toJSON(): CrudEntryJson {
    return {
      op_id: this.clientId,
      op: this.op,
      type: this.table,
      id: this.id,
      tx_id: this.transactionId,
      data: this.opData,
      old: this.previousValues,
      metadata: this.metadata,
    };
  }

  equals(other: CrudEntry): boolean {
    return JSON.stringify(this.toComparisonArray()) === JSON.stringify(other.toComparisonArray());
  }

  toComparisonArray(): unknown[] {
    const { transactionId, clientId, op, table, id, opData, previousValues, metadata } = this;
    return [transactionId, clientId, op, table, id, opData, previousValues, metadata];
  }
}

// Some entries of the queue. `complete` removes them, and everything before them.
export class CrudBatch {
  readonly crud: CrudEntry[];
  readonly haveMore: boolean;
  // A custom write checkpoint may be given, if the app's backend makes them.
  readonly complete: (writeCheckpoint?: string) => Promise<void>;

  constructor(crud: CrudEntry[], haveMore: boolean, complete: (writeCheckpoint?: string) => Promise<void>) {
    this.crud = crud;
    this.haveMore = haveMore;
    this.complete = complete;
  }
}

// All entries of one local transaction.
export class CrudTransaction extends CrudBatch {
  readonly transactionId: number | undefined;

  constructor(
    crud: CrudEntry[],
    haveMore: boolean,
    complete: (writeCheckpoint?: string) => Promise<void>,
    transactionId?: number,
  ) {
    super(crud, haveMore, complete);
    this.transactionId = transactionId;
  }
}

export class UploadQueueStats {
  readonly count: number;
  // Bytes, or null if not asked for.
  readonly size: number | null;

  constructor(count: number, size: number | null = null) {
    this.count = count;
    this.size = size;
  }

  toString(): string {
    return this.size === null
      ? `UploadQueueStats<count: ${this.count}>`
      : `UploadQueueStats<count: ${this.count} size: ${this.size / 1024}kB>`;
  }
}

type GetAll = (sql: string, params: readonly unknown[]) => Promise<unknown[]>;

const kPage = 100;
const kEntries = "SELECT id, tx_id, data FROM ps_crud WHERE id > ?1 ORDER BY id LIMIT ?2";

// Reads the queue by SQL; completing goes to the core, which also moves the upload target in the same transaction.
export class UploadQueue {
  private readonly getAll: GetAll;
  private readonly link: () => Link;

  constructor(getAll: GetAll, link: () => Link) {
    this.getAll = getAll;
    this.link = link;
  }

  async batch(limit: number): Promise<CrudBatch | null> {
    const rows = await this.rowsAfter(0, limit + 1);
    if (rows.length === 0) return null;
    const entries = rows.slice(0, limit).map(CrudEntry.fromRow);
    return new CrudBatch(entries, rows.length > limit, this.completer(entries));
  }

  // The first whole transaction after entry `after`. Pages grow, so that neither many small nor one huge one costs much.
  async transactionAfter(after: number): Promise<CrudTransaction | null> {
    const rows = await this.rowsAfter(after, kPage);
    const txId = rows[0]?.tx_id;
    if (txId === undefined) return null;
    // An entry without a transaction id stands alone.
    let end = txId === null ? 1 : rows.findIndex((row) => row.tx_id !== txId);
    let page: number = kPage;
    while (end < 0) {
      const more = await this.rowsAfter((rows.at(-1) as QueueRow).id, page);
      const different = more.findIndex((row) => row.tx_id !== txId);
      if (different >= 0) end = rows.length + different;
      else if (more.length < page) end = rows.length + more.length;
      rows.push(...more);
      page *= 4;
    }
    const entries = rows.slice(0, end).map(CrudEntry.fromRow);
    return new CrudTransaction(entries, rows.length > end, this.completer(entries), txId ?? undefined);
  }

  async stats(includeSize: boolean): Promise<UploadQueueStats> {
    const size = includeSize ? "coalesce(sum(length(CAST(data AS BLOB)) + 20), 0)" : "NULL";
    const [row] = await this.getAll(`SELECT count(*) AS count, ${size} AS size FROM ps_crud`, []);
    const { count, size: bytes } = row as { count: number; size: number | null };
    return new UploadQueueStats(count, bytes);
  }

  private async rowsAfter(id: number, limit: number): Promise<QueueRow[]> {
    return (await this.getAll(kEntries, [id, limit])) as QueueRow[];
  }

  private completer(entries: readonly CrudEntry[]): (writeCheckpoint?: string) => Promise<void> {
    const lastId = entries.at(-1)?.clientId ?? 0;
    return (writeCheckpoint) => this.link().crudComplete(lastId, writeCheckpoint ?? null);
  }
}
