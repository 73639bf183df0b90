// `skerryd compact` and the compaction that a running service does by itself.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { runToEnd, sqlite } from "../../support/skerryd.mjs";
import { Replica } from "./replica.mjs";
import { Service } from "./support.mjs";

const updates = (from, to) =>
  Array.from({ length: to - from }, (_, i) => `UPDATE todos SET text = 'milk ${from + i}' WHERE id = 't1';`).join("\n");

test("rows that hold much back are sent again with --defragment, and everybody ends the same", async (t) => {
  const service = await Service.start(t);
  const early = await service.stream();
  await early.complete();
  // t2 stays as it is, and behind it each change of t1 is an operation of its own.
  for (let i = 0; i < 30; ++i) {
    service.sql(updates(i, i + 1));
    await early.complete(i + 2);
  }
  const { last_op_id: op } = early.lines.findLast((line) => line.checkpoint_diff).checkpoint_diff;
  const { buckets } = early.lines[0].checkpoint;
  const positions = buckets.map(({ bucket }) => ({ name: bucket, after: op }));
  early.close();
  await service.process.end();
  const compact = (...options) => runToEnd(["compact", "--storage", join(service.folder, "storage.db"), ...options]);
  const operations = () => Number(sqlite(join(service.folder, "storage.db"), "SELECT count(*) FROM ops"));
  assert.equal((await compact()).code, 0);
  const before = operations();
  const done = await compact("--defragment");
  assert.equal(done.code, 0, done.text);
  const repeated = Number(/(\d+) rows will be sent again/.exec(done.text)[1]);
  assert.ok(repeated > 0);
  assert.ok(operations() < before / 2, `${operations()} of ${before} operations are left`);
  assert.match((await compact("--defragment")).text, /^0 rows will be sent again$/m);

  await service.start();
  const [fresh, old] = [await service.stream(), await service.stream({ body: { buckets: positions } })];
  await Promise.all([fresh.complete(), old.complete()]);
  const replica = new Replica();
  for (const line of fresh.lines) replica.apply(line);
  assert.deepEqual(Object.keys(replica.rows.todos).sort(), ["t1", "t2"]);
  assert.equal(JSON.parse(replica.rows.todos.t1).text, "milk 29");
  assert.ok(old.operations().length <= repeated);
  fresh.close();
  old.close();
});

test("a stopped service's storage is made smaller, and clients at any position end the same", async (t) => {
  const service = await Service.start(t);
  const early = await service.stream();
  await early.complete();
  const lists = early.lines[0].checkpoint.buckets;
  const position = {
    name: lists.find((b) => b.bucket.includes("todos")).bucket,
    after: early.lines[0].checkpoint.last_op_id,
  };
  service.sql(updates(0, 50));
  await early.until((s) => s.operations().some((op) => op.data?.includes("milk 49")), "the last update");
  early.close();
  const refused = await runToEnd(["compact", "--config", join(service.folder, "service.yaml")]);
  assert.equal(refused.code, 1);
  assert.match(refused.text, /in use by another skerryd/);
  await service.process.end();

  const done = await runToEnd(["compact", "--config", join(service.folder, "service.yaml")]);
  assert.equal(done.code, 0, done.text);
  assert.match(done.text, /storage\.db: \d+ buckets, \d+ operations moved/);
  const storage = join(service.folder, "storage.db");
  assert.ok(Number(sqlite(storage, "SELECT count(*) FROM ops WHERE kind = 0 AND data LIKE '%milk%'")) === 1);

  await service.start();
  for (const buckets of [[], [position]]) {
    const stream = await service.stream({ body: { buckets } });
    const lines = await stream.complete();
    const { bucket, checksum } = lines[0].checkpoint.buckets.find((b) => b.bucket.includes("todos"));
    const operations = lines.flatMap((line) => (line.data?.bucket === bucket ? line.data.data : []));
    const puts = operations.filter((op) => op.op === "PUT" && op.object_id === "t1");
    assert.deepEqual(
      puts.map((op) => JSON.parse(op.data).text),
      ["milk 49"],
    );
    if (buckets.length === 0)
      assert.equal(
        operations.reduce((sum, op) => (sum + op.checksum) | 0, 0),
        checksum | 0,
      );
    stream.close();
  }
});
