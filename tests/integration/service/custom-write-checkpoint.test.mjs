// Write checkpoints that the application numbers, in rows of a table that the service replicates (service.md, section 7.2).
import assert from "node:assert/strict";
import { test } from "node:test";
import { Service } from "./support.mjs";

const streamsText = `
config:
  edition: 3
streams:
  lists:
    auto_subscribe: true
    query: SELECT * FROM lists WHERE owner_id = auth.user_id()
event_definitions:
  write_checkpoints:
    payloads:
      - SELECT user_id, client_id, checkpoint FROM progress
`;
const sql = `
  CREATE TABLE lists(id TEXT PRIMARY KEY, name TEXT, owner_id TEXT);
  CREATE TABLE progress(user_id TEXT, client_id TEXT, checkpoint INTEGER, PRIMARY KEY (user_id, client_id));
  INSERT INTO progress VALUES ('alice', 'c1', 3);`;

const acknowledged = (line) => (line.checkpoint ?? line.checkpoint_diff)?.write_checkpoint;

test("a write is acknowledged when its row is there, to the client that made it and to no other [P-117]", async (t) => {
  const service = await Service.start(t, { streamsText, sql });
  const mine = await service.stream();
  const other = await service.stream({ body: { client_id: "c2" } });
  await Promise.all([mine.complete(), other.complete()]);
  // Known from before the service was started.
  assert.equal(acknowledged(mine.lines[0]), "3");
  assert.equal(acknowledged(other.lines[0]), undefined);

  // The backend has queued a write; nothing is said before it is applied, however much else happens.
  service.sql("INSERT INTO lists VALUES ('l1', 'Another', 'alice')");
  await Promise.all([mine.complete(2), other.complete(2)]);
  assert.equal(acknowledged(mine.lines.find((line) => line.checkpoint_diff)), "3");
  service.sql(`BEGIN; INSERT INTO lists VALUES ('l2', 'Mine', 'alice');
    INSERT INTO progress VALUES ('alice', 'c1', 4) ON CONFLICT DO UPDATE SET checkpoint = excluded.checkpoint; COMMIT`);
  await mine.until((s) => s.lines.some((line) => acknowledged(line) === "4"), "the acknowledgement");
  await mine.complete(3);
  const at = mine.lines.findIndex((line) => acknowledged(line) === "4");
  assert.ok(mine.lines.slice(at).some((line) => line.data?.data.some((op) => op.object_id === "l2")));

  // A row of progress alone is a checkpoint for its client, without buckets.
  service.sql("UPDATE progress SET checkpoint = 5");
  await mine.complete(4);
  assert.deepEqual(mine.lines.findLast((line) => line.checkpoint_diff).checkpoint_diff.updated_buckets, []);
  assert.equal(acknowledged(mine.lines.findLast((line) => line.checkpoint_diff)), "5");
  // The other one saw the lists, and then nothing but its own.
  service.sql("INSERT INTO progress VALUES ('alice', 'c2', 1)");
  await other.until((s) => s.lines.some((line) => acknowledged(line) === "1"), "the other's acknowledgement");
  assert.deepEqual(
    other.lines.map(acknowledged).filter((id) => id !== undefined),
    ["1"],
  );

  // Ids do not fall, also over a restart.
  service.sql("UPDATE progress SET checkpoint = 2");
  mine.close();
  other.close();
  await service.process.end("SIGKILL");
  await service.start();
  const again = await service.stream();
  await again.complete();
  assert.equal(acknowledged(again.lines[0]), "5");
  again.close();
});

test("the service does not count where the application does", async (t) => {
  const service = await Service.start(t, { streamsText, sql });
  const token = await service.token();
  const counted = await service.call("GET", "/write-checkpoint2.json?client_id=c1", { token });
  assert.equal(counted.status, 400);
  assert.equal(counted.json.error.code, "PSYNC_S2001");
  assert.match(counted.json.error.details, /the application numbers them/);
  const body = { client_id: "c1", checkpoint_request_id: "9" };
  const supplied = await service.call("POST", "/sync/checkpoint-request", { token, body });
  assert.equal(supplied.status, 400);
  const stream = await service.stream();
  await stream.complete();
  assert.equal(acknowledged(stream.lines[0]), "3");
  stream.close();
});
