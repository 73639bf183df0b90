// The streams recorded from a PowerSync Service, replayed against skerryd on a real Postgres: the same config, rows, requests and
// writes in the recorded order give the same rows, priorities, stream lists and order of lines. Bucket numbers and op ids may
// differ; positions that a recorded request names are translated.
//
// Not replayed here:
// - write-checkpoint.json and errors.json: write-checkpoint.test.mjs and errors.test.mjs compare them word for word.
// - initial-redeployed.ndjson.zst: the lines of the .gz once more, and this Node cannot decode them.
// - token-expiry.ndjson: 45 seconds of an empty stream; stream.test.mjs and keepalive_test.cc have its lines.
// What is not compared:
// - the order of a bucket's reasons in `subscriptions`, and that the recorded service names one twice when it found the bucket
//   on two ways.
// - checksums of REMOVE, MOVE and CLEAR: they come from the ids that the service gives to tables. Those of PUT are compared, and the
//   sums of all buckets are checked as a client does.
// - `count` of a bucket after a compaction: the recorded service leaves it as it was, skerryd counts what there is.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import pg from "pg";
import { psql, startPostgres } from "../../support/postgres.mjs";
import { runToEnd } from "../../support/skerryd.mjs";
import { recordedSetting, recording, shapeRecording } from "./recordings.mjs";
import { Replica } from "./replica.mjs";
import { postgresConnection, Service } from "./support.mjs";

const setting = recordedSetting();
const kBulkRows = 20_000;

const checkpointOf = (line) => line.checkpoint ?? line.checkpoint_diff;
const withoutNumber = (name) => name.replace(/^\d+#/, "");
const byBucket = (a, b) => (a.bucket < b.bucket ? -1 : Number(a.bucket > b.bucket));

/** A line as both services have to send it. */
function comparable(line, { counts, rowOrder = true }) {
  const bucket = ({ bucket, priority, subscriptions, count }) => ({
    bucket: withoutNumber(bucket),
    priority,
    subscriptions: [...new Set(subscriptions.map((reason) => JSON.stringify(reason)))].sort(),
    ...(counts ? { count } : {}),
  });
  const acknowledged = checkpointOf(line)?.write_checkpoint;
  const write = acknowledged === undefined ? {} : { write_checkpoint: acknowledged };
  if (line.checkpoint) {
    const { buckets, streams } = line.checkpoint;
    return { checkpoint: { buckets: buckets.map(bucket).sort(byBucket), streams, ...write } };
  }
  if (line.checkpoint_diff) {
    const { updated_buckets: updated, removed_buckets: removed } = line.checkpoint_diff;
    const diff = { updated: updated.map(bucket).sort(byBucket), removed: removed.map(withoutNumber).sort() };
    return { checkpoint_diff: { ...diff, ...write } };
  }
  if (line.data) {
    const data = line.data.data.map(({ op, object_type, object_id, data, checksum }) =>
      op === "PUT" ? { op, object_type, object_id, data, checksum } : { op, object_type, object_id },
    );
    // Else the rows are compared at the end of the step: a copy takes them as the source's table has them.
    const operations = rowOrder ? data : data.length;
    return { data: { bucket: withoutNumber(line.data.bucket), has_more: line.data.has_more, data: operations } };
  }
  if (line.partial_checkpoint_complete) {
    return { partial_checkpoint_complete: line.partial_checkpoint_complete.priority };
  }
  return Object.keys(line);
}

/** All lines but the clock's. Buckets of one priority come in any order. */
function comparableLines(lines, options) {
  const made = lines.filter((line) => !("token_expires_in" in line)).map((line) => comparable(line, options));
  for (let from = 0; from < made.length; ++from) {
    let to = from;
    while (to < made.length && made[to].data) ++to;
    // Stable, so a bucket's own lines stay in their order.
    made.splice(from, to - from, ...made.slice(from, to).sort((a, b) => byBucket(a.data, b.data)));
    from = Math.max(from, to - 1);
  }
  return made;
}

/** Several checkpoints as if they were one: which buckets changed, what they got, what was acknowledged last. */
function effectOf(lines, options) {
  const effect = { updated: {}, removed: [], operations: {}, write_checkpoint: undefined };
  for (const { checkpoint_diff: diff, data } of lines.map((line) => comparable(line, options))) {
    for (const bucket of diff?.updated ?? []) effect.updated[bucket.bucket] = bucket;
    effect.removed.push(...(diff?.removed ?? []));
    effect.write_checkpoint = diff?.write_checkpoint ?? effect.write_checkpoint;
    if (!data) continue;
    effect.operations[data.bucket] ??= [];
    effect.operations[data.bucket].push(...data.data);
  }
  return effect;
}

/** Which of our bucket names and op ids stand for the recorded ones. */
class Translation {
  #names = new Map();
  #ops = new Map();

  learn(recorded, ours) {
    const names = (lines) =>
      lines.flatMap((line) => [...(line.checkpoint?.buckets ?? []), ...(line.checkpoint_diff?.updated_buckets ?? [])]);
    const known = new Map(names(ours).map(({ bucket }) => [withoutNumber(bucket), bucket]));
    for (const { bucket } of names(recorded)) this.#names.set(bucket, known.get(withoutNumber(bucket)));
    const operations = (lines) => lines.flatMap((line) => (line.data ? [line.data] : [])).sort(byBucket);
    const theirs = operations(recorded).flatMap(({ bucket, data }) => data.map((op) => `${bucket} ${op.op_id}`));
    const ids = operations(ours).flatMap(({ data }) => data.map((op) => op.op_id));
    for (const [i, key] of theirs.entries()) this.#ops.set(key, ids[i]);
  }

  position({ name, after }) {
    return { name: this.#names.get(name) ?? name, after: this.#ops.get(`${name} ${after}`) ?? after };
  }
}

/** A statement per transaction, except between begin and commit. */
function transactions(sql) {
  return sql.startsWith("begin;") ? [sql] : sql.split(/(?<=;)\s+/);
}

/** One service on one Postgres, to which the recordings happen one after the other. */
class Replay {
  #translation = new Translation();

  constructor(service, cluster) {
    this.service = service;
    this.cluster = cluster;
  }

  static async start(t, cluster, streams) {
    const service = new Service(t, { sql: "", streamsText: streams, connection: postgresConnection(cluster) });
    await service.start();
    const replay = new Replay(service, cluster);
    await replay.observe();
    return replay;
  }

  /** Who sees everything that is published after it asked. */
  async observe() {
    this.observer?.close();
    this.observer = await this.service.stream({ user: "observer", body: { client_id: "observer" } });
    await this.observer.complete();
  }

  sql(text) {
    psql(this.cluster.url(), text);
  }

  /** Resolves when everything up to now was published: the observer's own request is acknowledged. */
  async settled() {
    const { status, body, json } = await this.call("observer", "GET", "/write-checkpoint2.json?client_id=observer");
    assert.equal(status, 200, `${body}\n${this.service.process.log}`);
    const id = json.data.write_checkpoint;
    const isIt = (line) => checkpointOf(line)?.write_checkpoint === id;
    await this.observer.until((stream) => stream.lines.some(isIt), "the observer's acknowledgement");
  }

  async call(user, method, path, body) {
    return this.service.call(method, path, { token: await this.service.token(user), body });
  }

  async deploy(streams) {
    await this.service.process.end();
    writeFileSync(join(this.service.folder, "streams.yaml"), streams);
    await this.service.start();
  }

  /** Resolves when what is served is another deployment than `before`; gives its number. */
  async deployed(before) {
    for (;;) {
      await this.observe();
      const number = Number.parseInt(this.observer.lines[0].checkpoint.buckets[0].bucket, 10);
      if (number !== before) return number;
      await this.observer.until((stream) => stream.ended, `the end of deployment ${before}`);
    }
  }

  async compact() {
    await this.service.process.end();
    const { code, text } = await runToEnd(["compact", "--config", join(this.service.folder, "service.yaml")]);
    assert.equal(code, 0, text);
    await this.service.start();
    await this.observe();
  }

  open(recorded, { headers = {} } = {}) {
    const body = {
      raw_data: undefined,
      ...recorded.body,
      buckets: (recorded.body.buckets ?? []).map((b) => this.#translation.position(b)),
    };
    return this.service.stream({ user: recorded.user, body, headers: { accept: recorded.accept, ...headers } });
  }

  /** Replays one recording; `between` does what a step asks for that is neither SQL nor a request. */
  async replay(recorded, { counts = true, rowOrder = true, between = async () => {}, ...options } = {}) {
    const how = { counts, rowOrder };
    const stream = await this.open(recorded, options);
    const startedEmpty = recorded.body.buckets?.length === 0 || recorded.body.buckets === undefined;
    const replicas = { recorded: new Replica({ startedEmpty }), ours: new Replica({ startedEmpty }) };
    let seen = 0;
    for (const segment of recorded.segments) {
      if (segment.after === "connect") await stream.complete();
      else await this.#step(segment, stream, recorded, between);
      const lines = stream.lines.slice(seen);
      seen += lines.length;
      const expected = segment.lines;
      const step = `after ${segment.after}`;
      if (segment.after.includes("; then GET")) {
        assert.deepEqual(effectOf(lines, how), effectOf(expected, how), step);
      } else {
        assert.deepEqual(comparableLines(lines, how), comparableLines(expected, how), step);
      }
      for (const line of expected) replicas.recorded.apply(line);
      for (const line of lines) replicas.ours.apply(line);
      assert.deepEqual(replicas.ours.rows, replicas.recorded.rows, `the rows ${step}`);
      this.#translation.learn(expected, lines);
    }
    if (!recorded.endedByServer) await this.settled();
    assert.deepEqual(comparableLines(stream.lines.slice(seen), how), [], "lines that nobody expects");
    assert.equal(stream.ended, recorded.endedByServer);
    stream.close();
    return stream;
  }

  async #step({ after, lines: expected, response }, stream, recorded, between) {
    const completes = () => stream.lines.filter((line) => "checkpoint_complete" in line).length;
    const [sql, request] = after.includes("; then GET") ? after.split("; then ") : [after, after];
    const isRequest = /^(GET|POST) /.test(request);
    if (isRequest) {
      if (sql !== request) this.sql(sql);
      const [method, path, ...body] = request.split(" ");
      const answer = await this.call(recorded.user, method, path, body.join(" ") || undefined);
      assert.deepEqual({ status: answer.status, body: answer.json }, response, after);
      const { write_checkpoint: made, checkpoint_request_id: counted } = answer.json.data;
      if (expected.length === 0) return this.settled();
      const acknowledges = (line) => checkpointOf(line)?.write_checkpoint === (made ?? counted);
      const isComplete = (s) => {
        const at = s.lines.findIndex(acknowledges);
        return at >= 0 && s.lines.slice(at).some((line) => "checkpoint_complete" in line);
      };
      await stream.until(isComplete, `the acknowledgement of ${made ?? counted}`);
      return;
    }
    if (/^waiting /.test(after)) return between(stream);
    for (const transaction of transactions(after)) {
      const before = completes();
      this.sql(transaction);
      if (expected.length === 0) await this.settled();
      else await stream.until(() => completes() > before, `the checkpoint of ${transaction}`);
    }
  }
}

const bulkSql = `INSERT INTO bulk_items SELECT md5('bulk' || n)::uuid, n, 'title ' || n, repeat('x', 2000), n % 3 = 0, '2026-04-01'
  FROM generate_series(1, ${kBulkRows}) AS n`;

test("recorded streams are served alike, from the first sync to the third deployment [P-022][P-085][P-092]", async (t) => {
  const cluster = await startPostgres(t);
  psql(cluster.url(), setting.sql);
  const replay = await Replay.start(t, cluster, setting.streams1);
  const replayed = async (file, options) => {
    let failure = null;
    await t.test(file, async () => {
      try {
        await replay.replay(recording(file, options?.request), options);
      } catch (error) {
        failure = error;
        throw error;
      }
    });
    if (failure) throw new Error(`what follows builds on ${file}`); // Positions and rows carry over.
  };

  for (const name of [
    "initial-two-streams.ndjson",
    "initial-two-streams.bson",
    "initial-nested-data.ndjson",
    "initial-no-streams-key.ndjson",
    "include-defaults-false.ndjson",
    "nothing-subscribed.ndjson",
    "subscription-parameters.ndjson",
    "subscription-explicit-default.ndjson",
    "subscription-duplicate.ndjson",
    "subscription-errors.ndjson",
    "priorities.ndjson",
    "types.ndjson",
    "types.bson",
    "types-nested.ndjson",
    "incremental-update.ndjson",
    "incremental-bson.bson",
    "bucket-added-removed.ndjson",
    "resume-up-to-date.ndjson",
  ]) {
    await replayed(name);
  }
  replay.sql("insert into categories values (6,'while offline',6)");
  replay.sql("update todos set description='milk 2' where id='a0000000-0000-4000-8000-000000000001'");
  await replay.settled();
  for (const name of [
    "resume-with-changes.ndjson",
    "resume-unknown-bucket.ndjson",
    "other-user.ndjson",
    "user-without-data.ndjson",
    "write-checkpoint-stream.ndjson",
    "write-checkpoint-reconnect.ndjson",
    "checkpoint-request-stream.ndjson",
  ]) {
    await replayed(name);
  }

  await replay.compact();
  await replayed("compacted-initial.ndjson", { counts: false });
  await replayed("compacted-resume-mid.ndjson", { counts: false });

  replay.sql(bulkSql);
  await replay.deploy(setting.streams2);
  const second = await replay.deployed(1);
  const common = { buckets: [], include_checksum: true, raw_data: true, client_id: "client-f" };
  const few = { stream: "few", parameters: null, override_priority: null };
  const gzip = { headers: { "accept-encoding": "gzip" } };
  const onlyFew = { ...common, streams: { include_defaults: false, subscriptions: [few] } };
  await replayed("has-more.ndjson.gz", { request: onlyFew, ...gzip, rowOrder: false });
  await replayed("initial-redeployed.ndjson.gz", { request: common, ...gzip, rowOrder: false });

  // The copy waits for this table, so that a client finds the old deployment for sure.
  const held = new pg.Client({ connectionString: cluster.url() });
  await held.connect();
  await held.query("BEGIN; LOCK TABLE bulk_items IN ACCESS EXCLUSIVE MODE");
  await replay.deploy(setting.streams1);
  await replayed("redeploy-old-stream.ndjson", {
    rowOrder: false,
    between: async (stream) => {
      await held.end();
      await stream.until((s) => s.ended, "the end of the old deployment's stream");
    },
  });
  await replay.deployed(second);
  await replayed("redeploy-reconnect.ndjson", { rowOrder: false });
  await replay.service.process.end();

  await t.test("interrupted-low-priority.shape.json", async () => {
    replay.sql("insert into categories select n, 'label ' || n, n from generate_series(1000, 1039) as n");
    await interrupted(await Replay.start(t, cluster, setting.streams1));
  });
});

/** What happened, where a run of lines of one bucket is one event: how many there are is a matter of timing. */
function shapeOf(lines) {
  const shape = [];
  for (const line of lines) {
    const event = line.data ? `data ${withoutNumber(line.data.bucket)}` : comparable(line, { counts: false });
    if (event !== shape.at(-1)) shape.push(event);
  }
  return shape;
}

/** The same changes at the same places of the same download: before the large bucket is through. */
async function interrupted(replay) {
  const recorded = shapeRecording("interrupted-low-priority.shape.json");
  const statements = recorded.lines.flatMap(({ note }) => (note ? [note.replace(/^.*point: /, "")] : []));
  assert.equal(statements.length, 2);
  const stream = await replay.open({
    user: recorded.user,
    accept: recorded.request.accept,
    body: recorded.request.body,
  });
  let at = 0;
  const bulkLine = (s) => s.lines.slice(at).some((line) => line.data?.bucket.includes("bulk"));
  for (const statement of statements) {
    await stream.until(bulkLine, "a piece of the large bucket");
    // Who does not read holds the service back: it cannot come to the end before the change is published.
    stream.response.pause();
    replay.sql(statement);
    await replay.settled();
    at = stream.lines.length;
    stream.response.resume();
    const isDiff = (line) => "checkpoint_diff" in line;
    await stream.until((s) => s.lines.slice(at).some(isDiff), `the checkpoint of ${statement}`);
    at = stream.lines.findIndex((line, i) => i >= at && isDiff(line));
  }
  await stream.complete();
  assert.deepEqual(shapeOf(stream.lines), shapeOf(recorded.lines.filter((line) => !line.note)));
  const replica = new Replica();
  for (const line of stream.lines) replica.apply(line);
  assert.equal(Object.keys(replica.rows.bulk_items).length, kBulkRows);
  stream.close();
}
