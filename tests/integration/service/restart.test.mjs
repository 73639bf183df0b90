// What a restart keeps: everything, also after SIGKILL in the middle of writes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { afterwards } from "../../support/cleanup.mjs";
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

/** One process that writes all the time, each few rows in a transaction of their own. */
class Writer {
  #stop = false;

  constructor(file) {
    this.shell = spawn("sqlite3", ["-cmd", ".timeout 60000", file], { stdio: ["pipe", "ignore", "inherit"] });
    this.closed = once(this.shell, "close");
    this.fed = this.#feed();
  }

  async #feed() {
    for (let i = 0; !this.#stop; i += 10) {
      const values = Array.from({ length: 10 }, (_, k) => `('w${i + k}', 'l1', 'row ${i + k}')`).join(",");
      const removal = i % 500 === 0 ? `DELETE FROM todos WHERE id = 'w${i}';` : "";
      const isRead = this.shell.stdin.write(`INSERT INTO todos VALUES ${values};${removal}\n`);
      // No more than the shell takes: the writing is to end soon after the last kill.
      if (!isRead) await once(this.shell.stdin, "drain");
    }
  }

  /** Resolves with its exit code when everything is written. */
  async end() {
    this.#stop = true;
    await this.fed;
    this.shell.stdin.end();
    const [code] = await this.closed;
    return code;
  }
}

test("killed again and again during writes, it has every row afterwards, once", async (t) => {
  const service = await Service.start(t);
  const writer = new Writer(service.source);
  afterwards(t, () => writer.end());
  for (let kill = 0; kill < 4; ++kill) {
    // It is at work: a client has been given rows that were written after it had begun to read.
    const client = await service.stream();
    await client.complete();
    const first = client.operations().length;
    await client.until((s) => s.operations().length > first + 100 * kill, "rows written meanwhile");
    const { signal } = await service.process.end("SIGKILL");
    assert.equal(signal, "SIGKILL");
    client.close();
    await service.start();
  }
  assert.equal(await writer.end(), 0);
  service.sql("INSERT INTO todos VALUES ('last', 'l1', 'the end')");

  const stream = await service.stream();
  const operation = (op) => op.object_id === "last";
  await stream.until((s) => s.operations().some(operation), "the last row", 120_000);
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
