// A client of the protocol that trusts nothing: it keeps its positions over broken connections, adds up every checksum, and compares
// what it would show with what the source had.
import { setTimeout as pause } from "node:timers/promises";
import { canonical } from "./app.mjs";

const retryMs = 10;

export class Replica {
  // By name: { after, sum, rows }, rows by subkey, type and id.
  #buckets = new Map();
  #target = null; // Of the last checkpoint line, with the buckets' sums and priorities.
  #stream = null;
  #isClosed = false;
  #following = null;
  #waiting = [];
  #requests = []; // Write checkpoints that wait: { id, n }.
  #acknowledged = 0n;
  failure = null;
  visible = null; // What it shows: { n, config, deployment, op }.

  /** `world` has the service, expected(config, n, user), committed() and lineRead(). */
  constructor(world, user, name) {
    this.world = world;
    this.user = user;
    this.name = name;
  }

  follow() {
    this.#following ??= this.#follow();
  }

  /** Resolves when `condition(this)` holds; a failure of the replica fails it. */
  async until(condition) {
    for (;;) {
      if (this.failure) throw this.failure;
      if (condition(this)) return;
      await new Promise((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Asks for a write checkpoint: when it is acknowledged, what was committed before has to be visible (I10). */
  async requestWriteCheckpoint() {
    const n = this.world.committed();
    for (;;) {
      if (this.failure) throw this.failure;
      const { service } = this.world;
      const token = await service.token(this.user);
      const path = `/write-checkpoint2.json?client_id=${this.name}`;
      const answer = await service.call("GET", path, { token }).catch(() => null); // While the service is down.
      if (answer?.status === 200) {
        this.#requests.push({ id: BigInt(answer.json.data.write_checkpoint), n });
        this.#checkRequests(); // The acknowledgement may have been faster.
        return;
      }
      await pause(retryMs);
    }
  }

  get waitsForAcknowledgement() {
    return this.#requests.length > 0;
  }

  async close() {
    this.#isClosed = true;
    this.#stream?.close();
    this.#wake();
    await this.#following;
  }

  toString() {
    const { lines, broken, ended } = this.#stream ?? {};
    const requests = this.#requests.map(({ id, n }) => `${id} for state ${n}`);
    return `${this.name} shows ${this.visible?.n} of ${this.visible?.config}, read ${lines?.length} lines${broken ? ", broken" : ""}${ended ? ", ended" : ""}, waits for ${requests}`;
  }

  async #follow() {
    while (!this.#isClosed && !this.failure) {
      try {
        const buckets = [...this.#buckets].map(([name, { after }]) => ({ name, after }));
        this.#stream = await this.world.service.stream({ user: this.user, body: { buckets, client_id: this.name } });
      } catch {
        await pause(retryMs);
        continue;
      }
      if (this.#isClosed) this.#stream.close();
      try {
        await this.#read(this.#stream);
      } catch (error) {
        this.failure = new Error(`${this.name} of ${this.user}: ${error.message}`);
      }
      this.#stream.close();
      this.#wake();
    }
  }

  async #read(stream) {
    for (let at = 0; ; ++at) {
      while (at === stream.lines.length) {
        if (stream.broken || stream.ended || this.#isClosed) return;
        await new Promise((resolve) => stream.waiting.push(resolve));
      }
      this.#take(stream.lines[at]);
      stream.lines[at] = null;
      this.world.lineRead();
      this.#wake();
    }
  }

  #take(line) {
    if (line.checkpoint) this.#checkpoint(line.checkpoint);
    else if (line.checkpoint_diff) this.#checkpointDiff(line.checkpoint_diff);
    else if (line.data) this.#data(line.data);
    else if (line.partial_checkpoint_complete) this.#check(line.partial_checkpoint_complete.priority);
    else if (line.checkpoint_complete) this.#complete(line.checkpoint_complete);
    else if (!("token_expires_in" in line)) throw new Error(`unknown line ${JSON.stringify(line)}`);
  }

  #checkpoint(checkpoint) {
    const buckets = new Map(checkpoint.buckets.map((bucket) => [bucket.bucket, bucket]));
    this.#aim(checkpoint, buckets);
  }

  #checkpointDiff(diff) {
    if (this.#target === null) throw new Error("a diff before any checkpoint");
    const buckets = new Map(this.#target.buckets);
    for (const name of diff.removed_buckets) {
      if (!buckets.delete(name)) throw new Error(`${name} is removed and was not there`);
    }
    for (const bucket of diff.updated_buckets) buckets.set(bucket.bucket, bucket);
    this.#aim(diff, buckets);
  }

  #aim(line, buckets) {
    const deployments = new Set([...buckets.keys()].map((name) => Number(name.split("#")[0])));
    if (deployments.size !== 1) throw new Error(`buckets of ${[...deployments]} in one checkpoint`); // I14
    const [deployment] = deployments;
    const op = BigInt(line.last_op_id);
    const before = this.#target;
    const goesBack = before && (deployment < before.deployment || (deployment === before.deployment && op < before.op));
    if (goesBack) throw new Error(`checkpoint ${deployment}#${op} after ${before.deployment}#${before.op}`); // G2
    for (const name of this.#buckets.keys()) if (!buckets.has(name)) this.#buckets.delete(name);
    this.#target = { deployment, op, buckets, acknowledged: BigInt(line.write_checkpoint ?? 0) };
  }

  #data({ bucket: name, after, next_after, data }) {
    if (!this.#target?.buckets.has(name)) throw new Error(`data of ${name}, which the checkpoint does not have`); // I8
    let bucket = this.#buckets.get(name);
    if (!bucket) {
      bucket = { after: "0", sum: 0, rows: new Map() };
      this.#buckets.set(name, bucket);
    }
    if (after !== bucket.after) throw new Error(`${name} goes on at ${after} instead of ${bucket.after}`);
    let last = BigInt(after);
    for (const op of data) {
      const id = BigInt(op.op_id);
      if (id <= last) throw new Error(`${name}: operation ${id} after ${last}`);
      last = id;
      bucket.sum = (bucket.sum + op.checksum) >>> 0;
      const key = `${op.subkey} ${op.object_type} ${op.object_id}`;
      if (op.op === "PUT") bucket.rows.set(key, [op.object_type, op.object_id, op.data]);
      else if (op.op === "REMOVE") bucket.rows.delete(key);
      else if (op.op === "CLEAR") {
        bucket.rows.clear();
        bucket.sum = op.checksum >>> 0;
      } else if (op.op !== "MOVE") throw new Error(`unknown operation ${op.op}`);
    }
    if (last > BigInt(next_after)) throw new Error(`${name}: operation ${last} above ${next_after}`);
    bucket.after = next_after;
  }

  /** The sums of the buckets down to a priority. */
  #check(priority) {
    for (const [name, { checksum, priority: own }] of this.#target.buckets) {
      const sum = this.#buckets.get(name)?.sum ?? 0;
      if (own <= priority && sum !== checksum >>> 0)
        throw new Error(`${name} sums up to ${sum}, not ${checksum >>> 0}`);
    }
  }

  #complete({ last_op_id }) {
    const { op, deployment, buckets, acknowledged } = this.#target;
    if (BigInt(last_op_id) !== op) throw new Error(`checkpoint ${last_op_id} is complete, ${op} was announced`);
    this.#check(3);
    const rows = [];
    for (const name of buckets.keys()) {
      for (const [type, id, data] of this.#buckets.get(name)?.rows.values() ?? []) {
        const row = JSON.parse(data);
        if (row.id !== id) throw new Error(`row ${id} says that it is ${row.id}`);
        rows.push([type, row]);
      }
    }
    const clock = rows.find(([type]) => type === "clock")?.[1];
    if (!clock) throw new Error("a checkpoint without the clock's row");
    const { n, config } = clock;
    if (this.visible && n < this.visible.n) throw new Error(`shows state ${n} after ${this.visible.n}`);
    const shown = canonical(rows);
    const expected = this.world.expected(config, n, this.user);
    if (shown !== expected) {
      const where = [...buckets.keys()].map((name) => `${name}: ${this.#buckets.get(name)?.rows.size ?? 0}`);
      throw new Error(
        `at ${deployment}#${op}, ${difference(n, config, shown, expected)}; rows by bucket: ${where.join(", ")}`,
      );
    } // G3
    this.visible = { n, config, deployment, op };
    if (acknowledged > this.#acknowledged) this.#acknowledged = acknowledged;
    this.#checkRequests();
  }

  #checkRequests() {
    const { n } = this.visible ?? { n: -1 };
    for (const request of this.#requests) {
      if (request.id <= this.#acknowledged && n < request.n)
        throw new Error(`write checkpoint ${request.id} is acknowledged with state ${n} before ${request.n}`);
    }
    this.#requests = this.#requests.filter(({ id }) => id > this.#acknowledged);
  }

  #wake() {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function difference(n, config, shown, expected) {
  if (expected === undefined) return `state ${n} of config ${config} never was`;
  const all = new Set(expected.split("\n"));
  const had = new Set(shown.split("\n"));
  const some = (lines) => lines.slice(0, 5).map((line) => line.slice(0, 200));
  const missing = some([...all].filter((line) => !had.has(line)));
  const wrong = some([...had].filter((line) => !all.has(line)));
  return `state ${n} of config ${config}: missing ${JSON.stringify(missing)}, wrong ${JSON.stringify(wrong)}`;
}
