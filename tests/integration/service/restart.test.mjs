// What a restart keeps: everything, also after SIGKILL in the middle of writes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { Service } from "./support.mjs";

/** Reduces a stream's operations to the rows that a client would have. */
function rows(stream) {
  const kept = new Map();
  for (const op of stream.operations()) {
    if (op.op === "PUT") kept.set(`${op.object_type}/${op.object_id}`, op.data);
    else kept.delete(`${op.object_type}/${op.object_id}`);
  }
  return kept;
}

test("killed again and again during writes, it has every row afterwards, once", async (t) => {
  const service = await Service.start(t);
  const total = 4000;
  // One process writes all the time, in transactions of its own, while the service is killed and started.
  const writer = spawn("sqlite3", ["-cmd", ".timeout 10000", service.source], { stdio: ["pipe", "ignore", "inherit"] });
  const written = new Promise((resolve) => writer.on("close", resolve));
  for (let i = 0; i < total; i += 10) {
    const values = Array.from({ length: 10 }, (_, k) => `('w${i + k}', 'l1', 'row ${i + k}')`).join(",");
    writer.stdin.write(`INSERT INTO todos VALUES ${values};\n`);
    if (i % 500 === 0) writer.stdin.write(`DELETE FROM todos WHERE id = 'w${i}';\n`);
  }
  writer.stdin.end();
  for (let kill = 0; kill < 4; ++kill) {
    await new Promise((resolve) => setTimeout(resolve, 60 + 90 * kill));
    const { signal } = await service.process.end("SIGKILL");
    assert.equal(signal, "SIGKILL");
    await service.start();
  }
  assert.equal(await written, 0);
  service.sql("INSERT INTO todos VALUES ('last', 'l1', 'the end')");

  const stream = await service.stream();
  await stream.until((s) => rows(s).has("todos/last"), "the last row", 20_000);
  await stream.complete();
  const expected = service.sql("SELECT id FROM todos WHERE list_id = 'l1' ORDER BY id").split("\n");
  const synced = [...rows(stream).keys()]
    .filter((key) => key.startsWith("todos/"))
    .map((key) => key.slice(6))
    .sort();
  assert.deepEqual(synced, expected.sort());
  stream.close();
});

test("a client goes on after a restart where it was, without a new download", async (t) => {
  const service = await Service.start(t);
  const first = await service.stream();
  await first.complete();
  const { last_op_id, buckets } = first.lines[0].checkpoint;
  first.close();
  await service.process.end("SIGKILL");
  service.sql("INSERT INTO todos VALUES ('t7', 'l1', 'while it was down')");
  await service.start();
  const second = await service.stream({
    body: { buckets: buckets.map(({ bucket }) => ({ name: bucket, after: last_op_id })) },
  });
  await second.until((s) => s.operations().length > 0, "the row written meanwhile");
  assert.deepEqual(
    second.operations().map((op) => op.object_id),
    ["t7"],
  );
  second.close();
});

test("a write checkpoint asked for before a SIGKILL is acknowledged after it", async (t) => {
  const service = await Service.start(t);
  const token = await service.token();
  const answer = await service.call("GET", "/write-checkpoint2.json?client_id=c1", { token });
  await service.process.end("SIGKILL");
  await service.start();
  const stream = await service.stream();
  const has = (line) =>
    (line.checkpoint ?? line.checkpoint_diff)?.write_checkpoint === answer.json.data.write_checkpoint;
  await stream.until((s) => s.lines.some(has), "the acknowledgement");
  const next = await service.call("GET", "/write-checkpoint2.json?client_id=c1", { token });
  assert.equal(next.json.data.write_checkpoint, "2");
  stream.close();
});
