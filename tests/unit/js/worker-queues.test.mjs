import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../support/load-ts.mjs";

const { MainQueue, ReaderSlots, kReaderSlots, PendingRequests, StreamSubscriptions } = await load(
  "worker/locks.ts",
  "worker/pending.ts",
  "sync-stream.ts",
);

const job = (name, ran, owner = {}) => ({ owner, request: 0, run: () => void ran.push(name) });

test("main serves first come first served, and nobody while it is held", () => {
  const queue = new MainQueue();
  const ran = [];
  for (let i = 0; i < 200; i++) queue.push(job(i, ran));
  for (let i = 0; i < 150; i++) queue.take().run();
  queue.hold();
  assert.equal(queue.take(), null);
  queue.release();
  for (let next = queue.take(); next !== null; next = queue.take()) next.run();
  assert.deepEqual(
    ran,
    Array.from({ length: 200 }, (_, i) => i),
  );
  assert.equal(queue.empty, true);
});

test("the jobs of a closed tab leave the queue, the others keep their order", () => {
  const queue = new MainQueue();
  const ran = [];
  const [a, b] = [{}, {}];
  queue.push(job("a1", ran, a));
  queue.push(job("b1", ran, b));
  queue.push(job("a2", ran, a));
  assert.equal(queue.remove(({ owner }) => owner === a).length, 2);
  queue.take().run();
  assert.deepEqual(ran, ["b1"]);
  assert.equal(queue.take(), null);
});

test("readers beyond the slots wait for one", () => {
  const slots = new ReaderSlots();
  const ran = [];
  for (let i = 0; i < kReaderSlots + 2; i++) slots.acquire(job(i, ran));
  assert.equal(ran.length, kReaderSlots);
  slots.release();
  assert.equal(ran.length, kReaderSlots + 1);
  slots.release();
  slots.release();
  slots.acquire(job("late", ran));
  assert.equal(ran.at(-1), "late");
});

const execute = (id, more) => ({
  kind: "execute",
  id,
  epoch: "",
  lease: 0,
  read: false,
  payload: new ArrayBuffer(0),
  ...more,
});

test("a hand-over repeats reads and reports writes that may have happened", () => {
  const pending = new PendingRequests();
  const requests = [
    execute(1, { read: true }),
    execute(2, {}),
    execute(3, { lease: 5 }),
    { kind: "leaseClose", id: 4, epoch: "", lease: 5, action: "commit" },
    { kind: "leaseOpen", id: 5, mode: "writeLock", timeoutMs: 0 },
    { kind: "crudComplete", id: 6, lastId: 1, checkpoint: null },
    execute(7, {}),
  ];
  for (const request of requests) {
    pending.add(request);
    if (request.id !== 7) pending.sent(request.id, "old");
  }
  const { again, lost } = pending.handOver();
  assert.deepEqual(
    again.map(({ id }) => id),
    [1, 5, 6, 7],
    "7 was never sent",
  );
  assert.deepEqual(
    lost.map(({ id }) => id),
    [2, 3, 4],
  );
});

test("a write that the old owner gave back unstarted is repeated", () => {
  const pending = new PendingRequests();
  pending.add(execute(1, {}));
  pending.sent(1, "old");
  pending.bounced(1);
  assert.deepEqual(
    pending.handOver().again.map(({ id }) => id),
    [1],
  );
});

test("a statement of a lease that was never sent is lost with its lease", () => {
  const pending = new PendingRequests();
  pending.add(execute(1, { lease: 3 }));
  assert.deepEqual(
    pending.handOver().lost.map(({ id }) => id),
    [1],
  );
});

function streamHost() {
  const calls = [];
  const held = [];
  return {
    calls,
    held,
    logger: { log: () => undefined },
    subscription: async (event) => void calls.push(event),
    holdStreams: (streams) => void held.push(streams.map(({ params }) => JSON.stringify(params))),
    waitForStatus: async () => undefined,
  };
}

test("handles of one stream are counted, whatever the order of its parameters' keys [C-172]", async () => {
  const host = streamHost();
  const streams = new StreamSubscriptions(host);
  const first = await streams.stream("todos", { a: 1, b: 2 }).subscribe();
  const second = await streams
    .stream("todos", { b: 2, a: 1 })
    .subscribe({ ttl: Number.POSITIVE_INFINITY, priority: 1 });
  assert.deepEqual(host.held.at(-1), ['{"a":1,"b":2}']);
  assert.deepEqual(host.calls[1], { event: "subscribe", name: "todos", params: { a: 1, b: 2 }, ttl: -1, priority: 1 });
  first.unsubscribe();
  first.unsubscribe();
  assert.equal(host.held.at(-1).length, 1);
  second.unsubscribe();
  assert.deepEqual(host.held.at(-1), []);
  assert.deepEqual(host.calls.at(-1), { event: "unsubscribe", name: "todos", params: { a: 1, b: 2 } });
});

test("a stream's bad input is refused by name", async () => {
  const streams = new StreamSubscriptions(streamHost());
  assert.throws(() => streams.stream(""), { code: "invalid_argument" });
  assert.throws(() => streams.stream("s", { f: 1n }), {
    message: "The parameters of stream s cannot be written as JSON",
  });
  await assert.rejects(streams.stream("s").subscribe({ ttl: -5 }), { code: "invalid_argument", message: /^ttl/ });
  await assert.rejects(streams.stream("s").subscribe({ priority: 7 }), {
    code: "invalid_argument",
    message: /^priority/,
  });
});
