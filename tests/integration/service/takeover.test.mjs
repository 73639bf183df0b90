// One storage, several processes: only one holds it, whoever starts while it does is refused and disturbs nothing, and after its end,
// however sudden, the next one goes on where it was (I12, W31, W32).
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { afterwards } from "../../support/cleanup.mjs";
import { Skerryd } from "../../support/skerryd.mjs";
import { until } from "../../support/until.mjs";
import { Replica } from "./replica.mjs";
import { Service } from "./support.mjs";

/** One more process on the same source and storage, at a port of its own. */
function contender(t, service) {
  const process = new Skerryd(["run", "--config", join(service.folder, "service.yaml"), "--port", "0"]);
  afterwards(t, () => process.end("SIGKILL"));
  return process;
}

/** Waits until one of them listens and the others have ended. */
async function decided(contenders) {
  const listens = (one) => /listening on/.test(one.output);
  await until(
    () => contenders.every((one) => one.ended || listens(one)) && contenders.some(listens),
    "one that holds it",
  );
  const holders = contenders.filter(listens);
  assert.equal(holders.length, 1, "one holds the storage");
  for (const other of contenders.filter((one) => !listens(one))) {
    assert.equal((await other.closed).code, 1);
    assert.match(other.log, /the bucket storage .*storage\.db is in use by another skerryd/);
  }
  return holders[0];
}

test("I12 W32: of several processes one holds the storage, and the next takes over at once when it is killed", async (t) => {
  const service = await Service.start(t);
  let number = 0;
  const write = () =>
    service.sql(
      `INSERT INTO todos VALUES ('n${++number}', 'l1', 'text'); DELETE FROM todos WHERE id = 'n${number - 7}'`,
    );
  const stream = await service.stream();
  await stream.complete();

  // Whoever is refused leaves the holder and its streams as they were.
  const refused = contender(t, service);
  assert.equal((await refused.closed).code, 1);
  assert.match(refused.log, /is in use by another skerryd/);
  write();
  await stream.until((s) => s.operations().some((op) => op.object_id === "n1"), "a change after the refusal");

  for (let round = 0; round < 5; ++round) {
    for (let i = 0; i < 20; ++i) write();
    // In the middle of whatever it does with them.
    await service.process.end("SIGKILL");
    for (let i = 0; i < 5; ++i) write();
    const contenders = [contender(t, service), contender(t, service), contender(t, service)];
    service.process = await decided(contenders);
    service.port = await service.process.listening();
  }
  const after = await service.stream();
  const replica = new Replica();
  await after.until((s) => s.operations().some((op) => op.object_id === `n${number}`), "the last row");
  const last = after.lines.findIndex((line) => line.data?.data.some((op) => op.object_id === `n${number}`));
  await after.until((s) => s.lines.slice(last).some((line) => "checkpoint_complete" in line), "its checkpoint");
  for (const line of after.lines) replica.apply(line);
  const expected = service.sql("SELECT id FROM todos WHERE list_id IN ('l1', 'l2') ORDER BY id").split("\n");
  assert.deepEqual(Object.keys(replica.rows.todos).sort(), expected.sort());
  after.close();
});

test("W31: a client moves to another process with its positions and is sent nothing twice", async (t) => {
  const service = await Service.start(t);
  const first = await service.stream();
  await first.complete();
  const { buckets, last_op_id: op } = first.lines[0].checkpoint;
  first.close();
  await service.process.end();

  service.process = contender(t, service);
  const port = await service.process.listening();
  assert.notEqual(port, service.port);
  service.port = port;
  const positions = buckets.map(({ bucket }) => ({ name: bucket, after: op }));
  const second = await service.stream({ body: { buckets: positions } });
  await second.complete();
  const identity = ({ bucket, checksum, count, priority }) => ({ bucket, checksum, count, priority });
  assert.deepEqual(second.lines[0].checkpoint.buckets.map(identity), buckets.map(identity));
  assert.ok(!second.lines.some((line) => "data" in line));
  service.sql("INSERT INTO todos VALUES ('t9', 'l1', 'later')");
  await second.complete(2);
  assert.deepEqual(
    second.operations().map((op) => op.object_id),
    ["t9"],
  );
  second.close();
});
