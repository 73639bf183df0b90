// What a client makes of the lines of its stream: buckets, their sums, and the rows that it shows. Written from the protocol, not
// from Skerry's client.
import assert from "node:assert/strict";

export class Replica {
  // Name → the operations since the last CLEAR and the sum of all that came.
  #buckets = new Map();
  #listed = new Map();
  // Sums can only be compared if the buckets were empty at the start.
  #startedEmpty;
  #rows = {};

  constructor({ startedEmpty = true } = {}) {
    this.#startedEmpty = startedEmpty;
  }

  apply(line) {
    if (line.checkpoint) {
      this.#listed = new Map(line.checkpoint.buckets.map((bucket) => [bucket.bucket, bucket]));
      this.#forgetOthers();
    } else if (line.checkpoint_diff) {
      for (const bucket of line.checkpoint_diff.updated_buckets) this.#listed.set(bucket.bucket, bucket);
      for (const name of line.checkpoint_diff.removed_buckets) this.#listed.delete(name);
      this.#forgetOthers();
    } else if (line.data) {
      this.#append(line.data);
    } else if (line.checkpoint_complete) {
      this.#complete();
    }
  }

  /** { table: { id: data } } as of the last complete checkpoint. */
  get rows() {
    return this.#rows;
  }

  #forgetOthers() {
    for (const name of this.#buckets.keys()) if (!this.#listed.has(name)) this.#buckets.delete(name);
  }

  #append({ bucket: name, data }) {
    const bucket = this.#buckets.get(name) ?? { rows: new Map(), sum: 0 };
    this.#buckets.set(name, bucket);
    for (const op of data) {
      if (op.op === "CLEAR") {
        bucket.rows.clear();
        bucket.sum = op.checksum >>> 0;
        continue;
      }
      bucket.sum = (bucket.sum + op.checksum) >>> 0;
      const key = JSON.stringify([op.object_type, op.object_id, op.subkey]);
      if (op.op === "PUT") bucket.rows.set(key, op);
      if (op.op === "REMOVE") bucket.rows.delete(key);
    }
  }

  #complete() {
    this.#rows = {};
    for (const [name, listed] of this.#listed) {
      const bucket = this.#buckets.get(name) ?? { rows: new Map(), sum: 0 };
      if (this.#startedEmpty) assert.equal(bucket.sum, listed.checksum >>> 0, `the sum of ${name}`);
      for (const { object_type, object_id, data } of bucket.rows.values()) {
        this.#rows[object_type] ??= {};
        this.#rows[object_type][object_id] = data;
      }
    }
  }
}
