// What a client is told of its subscriptions: which streams there are, and which of its subscriptions could not be evaluated.
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
  chosen:
    query: SELECT * FROM todos WHERE id IN subscription.parameter('ids')
  ours:
    auto_subscribe: true
    query: SELECT * FROM todos WHERE id IN auth.parameter('ids')
`;

const chosen = (ids) => ({ stream: "chosen", parameters: { ids }, override_priority: null });

test("W29: an unknown stream is absent, a failing subscription is told by its index, and the others work [P-090][P-091]", async (t) => {
  const service = await Service.start(t, { streamsText });
  const subscriptions = [
    { stream: "no_such_stream", parameters: null, override_priority: null },
    chosen("not json"),
    chosen(["t1", "t3"]),
    chosen("neither"),
    { stream: "lists", parameters: { unused: 1 }, override_priority: 1 },
  ];
  const stream = await service.stream({ body: { streams: { include_defaults: true, subscriptions } } });
  await stream.complete();
  const { streams, buckets } = stream.lines[0].checkpoint;
  assert.deepEqual(streams.map(({ name, is_default }) => [name, is_default]).sort(), [
    ["chosen", false],
    ["lists", true],
    ["ours", true],
  ]);
  const errors = Object.fromEntries(streams.map((one) => [one.name, one.errors.map((error) => error.subscription)]));
  assert.deepEqual(errors, { lists: [], chosen: [1, 3], ours: [] });
  for (const { message } of streams.find((one) => one.name === "chosen").errors) assert.match(message, /JSON/);
  const reasons = buckets
    .flatMap((bucket) => bucket.subscriptions.map((reason) => reason.sub))
    .filter(Number.isInteger);
  assert.deepEqual([...new Set(reasons)].sort(), [2, 4]);
  assert.deepEqual(
    stream
      .operations()
      .map((op) => op.object_id)
      .sort(),
    ["l1", "l2", "t1", "t3"],
  );
  // It goes on, with the same errors said once.
  service.sql("UPDATE todos SET text = 'oat milk' WHERE id = 't1'");
  await stream.complete(2);
  assert.equal(stream.operations().at(-1).object_id, "t1");
  stream.close();
});

test("bucket definitions are default streams of their names [P-094]", async (t) => {
  const definitions = `
bucket_definitions:
  mine:
    parameters: SELECT request.user_id() AS uid
    data:
      - SELECT * FROM lists WHERE owner_id = bucket.uid
`;
  const service = await Service.start(t, { streamsText: definitions });
  const stream = await service.stream();
  await stream.complete();
  assert.deepEqual(stream.lines[0].checkpoint.streams, [{ name: "mine", is_default: true, errors: [] }]);
  assert.deepEqual(stream.lines[0].checkpoint.buckets[0].subscriptions, [{ default: 0 }]);
  assert.deepEqual(
    stream.operations().map((op) => op.object_id),
    ["l1", "l2"],
  );
  stream.close();
});

test("a default stream that fails for a token is told as the default [P-091]", async (t) => {
  const service = await Service.start(t, { streamsText });
  const stream = await service.stream({ token: await service.token("alice", { claims: { ids: "not json" } }) });
  await stream.complete();
  const ours = stream.lines[0].checkpoint.streams.find((one) => one.name === "ours");
  assert.deepEqual(
    ours.errors.map((error) => error.subscription),
    ["default"],
  );
  assert.deepEqual(
    stream
      .operations()
      .map((op) => op.object_id)
      .sort(),
    ["l1", "l2"],
  );
  stream.close();
});
