// `skerryd compact` and the compaction that a running service does by itself.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { runToEnd, sqlite } from "../../support/skerryd.mjs";
import { Service } from "./support.mjs";

const updates = (from, to) =>
  Array.from({ length: to - from }, (_, i) => `UPDATE todos SET text = 'milk ${from + i}' WHERE id = 't1';`).join("\n");

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
