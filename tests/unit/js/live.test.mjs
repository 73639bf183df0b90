import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../support/load-ts.mjs";

const { ChangeThrottle, iterateLatest, diffRows, defaultRowComparator, ArrayComparator, WatchedQuery } = await load(
  "throttle.ts",
  "latest.ts",
  "comparator.ts",
  "watched-query.ts",
);

/** A throttle on a clock that only the test moves; `seen` gets what it delivers. */
function throttleOf(t, throttleMs, trailing, deliver = () => undefined) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const seen = [];
  const throttle = new ChangeThrottle(throttleMs, trailing, (tables) => {
    seen.push([...tables]);
    return deliver();
  });
  return { throttle, seen, pass: (ms) => t.mock.timers.tick(ms) };
}

/** Lets everything run that waits for a promise only. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("a leading throttle delivers the first change at once and merges the rest", async (t) => {
  const { throttle, seen, pass } = throttleOf(t, 20, false);
  throttle.add(["a"]);
  assert.deepEqual(seen, [["a"]]);
  throttle.add(["b"]);
  throttle.add(["c", "b"]);
  await settle();
  pass(19);
  assert.equal(seen.length, 1);
  pass(1);
  assert.deepEqual(seen, [["a"], ["b", "c"]]);
  await settle();
  pass(20);
  throttle.add(["d"]);
  assert.deepEqual(seen.at(-1), ["d"], "after a quiet time the next change is a first one again");
});

test("a trailing throttle delivers nothing before its time", async (t) => {
  const { throttle, seen, pass } = throttleOf(t, 20, true);
  throttle.add(["a"]);
  throttle.add(["b"]);
  await settle();
  pass(19);
  assert.deepEqual(seen, []);
  pass(1);
  assert.deepEqual(seen, [["a", "b"]]);
});

test("deliveries do not overlap, and no table is lost while one runs", async (t) => {
  for (const trailing of [false, true]) {
    await t.test(trailing ? "trailing" : "leading", async (sub) => {
      let finish;
      const running = () => new Promise((resolve) => (finish = resolve));
      const { throttle, seen, pass } = throttleOf(sub, 1, trailing, running);
      throttle.add(["a"]);
      pass(1);
      for (const table of ["b", "c"]) {
        throttle.add([table]);
        pass(5);
        await settle();
      }
      assert.deepEqual(seen, [["a"]], "the first delivery still runs");
      finish();
      await settle();
      pass(1);
      assert.deepEqual(seen, [["a"], ["b", "c"]]);
      throttle.add(["d"]);
      finish();
      await settle();
      pass(1);
      assert.deepEqual(seen, [["a"], ["b", "c"], ["d"]]);
    });
  }
});

test("a closed throttle delivers nothing that was scheduled", (t) => {
  const { throttle, seen, pass } = throttleOf(t, 5, true);
  throttle.add(["a"]);
  throttle.close();
  pass(1000);
  assert.deepEqual(seen, []);
});

test("a slow reader of an iterator gets what it missed merged", async () => {
  let push;
  const iterator = iterateLatest({
    start: (p) => {
      push = p;
      return () => undefined;
    },
    merge: (a, b) => [...a, ...b],
  });
  const first = iterator.next();
  push([1]);
  push([2]);
  push([3]);
  assert.deepEqual((await first).value, [1]);
  assert.deepEqual((await iterator.next()).value, [2, 3]);
});

test("leaving the loop, or the signal, ends an iteration quietly and stops its source", async () => {
  for (const end of ["return", "abort"]) {
    const controller = new AbortController();
    let stopped = 0;
    const iterator = iterateLatest({
      signal: controller.signal,
      start: () => () => void stopped++,
    });
    const waiting = iterator.next();
    if (end === "return") await iterator.return();
    else controller.abort();
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    assert.equal(stopped, 1);
  }
});

test("a failing source ends the iteration with its error", async () => {
  let fail;
  const iterator = iterateLatest({
    start: (_, f) => {
      fail = f;
      return () => undefined;
    },
  });
  const waiting = iterator.next();
  fail(new Error("no such table"));
  await assert.rejects(waiting, /no such table/);
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
});

test("a difference tells added, removed, updated and unchanged rows, and keeps identity", () => {
  const [a, b, c] = [
    { id: "a", n: 1 },
    { id: "b", n: 2 },
    { id: "c", n: 3 },
  ];
  const diff = diffRows(
    [
      { id: "b", n: 2 },
      { id: "c", n: 4 },
      { id: "d", n: 5 },
    ],
    [a, b, c],
    defaultRowComparator,
  );
  assert.deepEqual(diff.added, [{ id: "d", n: 5 }]);
  assert.deepEqual(diff.removed, [a]);
  assert.deepEqual(diff.updated, [{ current: { id: "c", n: 4 }, previous: c }]);
  assert.equal(diff.unchanged[0], b);
  assert.equal(diff.all[0], b);
  assert.equal(diffRows([c, a, b], [a, b, c], defaultRowComparator), null, "another order is no change");
});

test("rows that share a key are each reported once", () => {
  const twice = [
    { id: "a", n: 1 },
    { id: "a", n: 2 },
  ];
  assert.equal(diffRows(structuredClone(twice), twice, defaultRowComparator), null);
  const diff = diffRows([{ id: "a", n: 1 }], twice, defaultRowComparator);
  assert.deepEqual(diff.removed, [{ id: "a", n: 2 }]);
  assert.deepEqual(diff.unchanged, [{ id: "a", n: 1 }]);
});

test("rows with bigints and blobs can be compared", () => {
  const row = () => ({ id: 5n, b: new Uint8Array([1]) });
  assert.equal(diffRows([row()], [row()], defaultRowComparator), null);
  assert.notEqual(diffRows([{ ...row(), b: new Uint8Array([2]) }], [row()], defaultRowComparator), null);
});

test("an array comparator compares length and items in order", () => {
  const comparator = new ArrayComparator({ compareBy: (row) => row.id });
  assert.ok(comparator.checkEquality([{ id: "a" }], [{ id: "a" }]));
  assert.ok(!comparator.checkEquality([{ id: "a" }], [{ id: "b" }]));
  assert.ok(!comparator.checkEquality([], [{ id: "a" }]));
});

/** A watched query whose source is driven by the test. */
function drive(settings = {}, differential = false) {
  let sink;
  const query = new WatchedQuery(
    settings,
    () => (s) => {
      sink = s;
      return () => undefined;
    },
    differential,
  );
  return {
    query,
    get sink() {
      return sink;
    },
  };
}

test("a watched query begins loading with its placeholder", () => {
  const placeholder = [{ id: "p" }];
  const { query } = drive({ placeholderData: placeholder });
  assert.deepEqual(query.state, {
    isLoading: true,
    isFetching: true,
    error: null,
    lastUpdated: null,
    data: placeholder,
  });
});

test("a watched query tells data before state, and errors without losing data", async () => {
  const driver = drive();
  const told = [];
  driver.query.registerListener({
    onData: (data) => void told.push(["data", data.length]),
    onStateChange: (state) => void told.push(["state", state.isLoading, state.error?.message]),
    onError: (error) => void told.push(["error", error.message]),
  });
  await driver.sink.rows([1, 2]);
  await driver.sink.error(new Error("boom"));
  await settle();
  assert.deepEqual(told, [
    ["data", 2],
    ["state", false, undefined],
    ["state", false, "boom"],
    ["error", "boom"],
  ]);
  assert.deepEqual(driver.query.state.data, [1, 2]);
  await driver.sink.rows([3]);
  assert.equal(driver.query.state.error, null, "the next success clears the error");
});

test("a listener that throws is reported to those who listen for errors", async () => {
  const driver = drive();
  const errors = [];
  driver.query.registerListener({
    onData: () => {
      throw new Error("listener");
    },
    onError: (error) => void errors.push(error.message),
  });
  await driver.sink.rows([1]);
  assert.deepEqual(errors, ["listener"]);
});

test("a differential query tells its difference first and keeps row identity", async () => {
  const driver = drive({}, true);
  const told = [];
  driver.query.registerListener({
    onDiff: (d) => void told.push(d.added.length),
    onData: () => void told.push("data"),
  });
  await driver.sink.rows([{ id: "a", n: 1 }]);
  const [row] = driver.query.state.data;
  await driver.sink.rows([
    { id: "a", n: 1 },
    { id: "b", n: 1 },
  ]);
  await driver.sink.rows([
    { id: "a", n: 1 },
    { id: "b", n: 1 },
  ]);
  assert.deepEqual(told, [1, "data", 1, "data"]);
  assert.equal(driver.query.state.data[0], row);
});

test("the counts of a watched query's listeners follow them", () => {
  const { query } = drive();
  const seen = [];
  query.listenerMeta.registerListener({ listenersChanged: (counts) => void seen.push(counts.total) });
  const dispose = query.registerListener({ onData: () => undefined });
  assert.equal(query.listenerMeta.counts.onData, 1);
  dispose();
  assert.deepEqual(seen, [1, 0]);
});

test("a closed query ignores what still arrives", async () => {
  const driver = drive();
  await driver.query.close();
  await driver.sink.rows([1]);
  assert.deepEqual(driver.query.state.data, []);
  await driver.query.updateSettings({ throttleMs: 5 });
  assert.equal(driver.query.closed, true);
});
