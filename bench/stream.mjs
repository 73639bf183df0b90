// The body of one initial sync, made once and sent from memory: `rows` rows in 10 buckets, 1,000 operations a line.
import { listsOf, randomOf, rowOf } from "./rows.mjs";

export const bucketCount = 10;
const lists = listsOf(100);

/** Writes the few BSON types a sync line has: strings, int32, doubles, booleans, documents, arrays. */
class BsonWriter {
  constructor() {
    this.bytes = Buffer.alloc(1 << 16);
    this.size = 0;
  }
  room(count) {
    if (this.size + count <= this.bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.bytes.length * 2, this.size + count));
    this.bytes.copy(larger, 0, 0, this.size);
    this.bytes = larger;
  }
  header(type, key) {
    this.room(key.length + 2);
    this.bytes[this.size++] = type;
    this.size += this.bytes.write(key, this.size, "latin1");
    this.bytes[this.size++] = 0;
  }
  value(key, value) {
    if (typeof value === "string") {
      this.header(2, key);
      const length = Buffer.byteLength(value);
      this.room(length + 5);
      this.bytes.writeInt32LE(length + 1, this.size);
      this.size += 4 + this.bytes.write(value, this.size + 4);
      this.bytes[this.size++] = 0;
    } else if (typeof value === "boolean") {
      this.header(8, key);
      this.room(1);
      this.bytes[this.size++] = value ? 1 : 0;
    } else if (typeof value === "number") {
      const small = Number.isInteger(value) && Math.abs(value) < 2 ** 31;
      this.header(small ? 16 : 1, key);
      this.room(8);
      this.size = small ? this.bytes.writeInt32LE(value, this.size) : this.bytes.writeDoubleLE(value, this.size);
    } else if (value === null) {
      this.header(10, key);
    } else {
      this.header(Array.isArray(value) ? 4 : 3, key);
      this.document(value);
    }
  }
  document(object) {
    this.room(4);
    const start = this.size;
    this.size += 4;
    for (const key of Object.keys(object)) this.value(key, object[key]);
    this.room(1);
    this.bytes[this.size++] = 0;
    this.bytes.writeInt32LE(this.size - start, start);
  }
  take() {
    return this.bytes.subarray(0, this.size);
  }
}

const lineOf = {
  bson(value) {
    const writer = new BsonWriter();
    writer.document(value);
    return writer.take();
  },
  ndjson: (value) => Buffer.from(`${JSON.stringify(value)}\n`),
};

/** @returns {{ chunks: Buffer[], rows: number, bytes: number, rowBytes: number }} */
export function initialSync(rows, encoding = "bson") {
  const line = lineOf[encoding];
  const random = randomOf(7);
  const checksums = new Array(bucketCount).fill(0);
  const operations = Array.from({ length: bucketCount }, () => []);
  const chunks = [];
  let rowBytes = 0;
  const name = (bucket) => `1#todos|0["bucket-${bucket}"]`;
  const flush = (bucket) => {
    const data = operations[bucket];
    if (data.length === 0) return;
    chunks.push(
      line({
        data: { bucket: name(bucket), after: "0", has_more: false, data, next_after: data[data.length - 1].op_id },
      }),
    );
    operations[bucket] = [];
  };
  for (let index = 0; index < rows; ++index) {
    const row = rowOf(index, lists);
    const bucket = index % bucketCount;
    const data = JSON.stringify(row);
    const checksum = random();
    rowBytes += data.length;
    checksums[bucket] = (checksums[bucket] + checksum) >>> 0;
    const subkey = `5c2b7f0e-1111-4222-8333-444455556666/${row.id}`;
    operations[bucket].push({
      op_id: String(index + 1),
      op: "PUT",
      object_type: "todos",
      object_id: row.id,
      checksum,
      subkey,
      data,
    });
    if (operations[bucket].length === 1000) flush(bucket);
  }
  for (let bucket = 0; bucket < bucketCount; ++bucket) flush(bucket);
  const buckets = checksums.map((checksum, bucket) => ({
    bucket: name(bucket),
    checksum,
    count: Math.floor((rows + bucketCount - 1 - bucket) / bucketCount),
    priority: 3,
    subscriptions: [{ default: 0 }],
  }));
  const streams = [{ name: "todos", is_default: true, errors: [] }];
  chunks.unshift(line({ checkpoint: { last_op_id: String(rows), buckets, streams } }));
  chunks.push(line({ checkpoint_complete: { last_op_id: String(rows) } }));
  return { chunks, rows, rowBytes, bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
}
