// The React hooks in a real page, under StrictMode.
import assert from "node:assert/strict";
import { test } from "node:test";
import { testPage } from "./api/harness.mjs";

let page;
testPage("react", {
  react: true,
  prepare: async (opened) => {
    page = opened;
    await page.evaluate(async () => {
      await import("/react-page.js");
      await open("react.db");
      // The queries that the hooks start.
      globalThis.opened = [];
      const { query } = db;
      db.query = (definition) => {
        const made = query.call(db, definition);
        const { watch } = made;
        made.watch = (settings) => {
          const watched = watch.call(made, settings);
          opened.push(watched);
          return watched;
        };
        return made;
      };
      await db.executeBatch("INSERT INTO lists(id, name) VALUES (?, ?)", [
        ["a1", "apple"],
        ["b1", "banana"],
      ]);
      mount();
    });
  },
});

const items = (list = 1) =>
  page.evaluate((n) => [...document.querySelectorAll(`ul:nth-of-type(${n}) li`)].map((li) => li.textContent), list);

test("a query renders its rows and follows changes", async () => {
  await page.waitForFunction(() => document.querySelectorAll("li").length === 4);
  assert.deepEqual(await items(), ["apple", "banana"]);
  await page.evaluate(() => db.execute("INSERT INTO lists(id, name) VALUES ('c1', 'cherry')").then(() => undefined));
  await page.waitForFunction(() => document.querySelectorAll("li").length === 6);
  assert.deepEqual(await items(2), ["apple", "banana", "cherry"]);
});

test("components that ask the same share one query, also under StrictMode", async () => {
  const opened = await page.evaluate(() => globalThis.opened.length);
  assert.equal(opened, 1);
});

test("another query keeps the old rows on the screen until it has its own", async () => {
  await page.evaluate(() => {
    globalThis.renders.length = 0;
    setPrefix("b");
  });
  await page.waitForFunction(
    () => document.querySelectorAll("li").length === 2 && globalThis.renders.at(-1).isFetching === false,
  );
  const renders = await page.evaluate(() =>
    globalThis.renders.map(({ prefix, ids, isLoading, isFetching }) => ({ prefix, ids, isLoading, isFetching })),
  );
  assert.deepEqual(renders[0], { prefix: "b", ids: ["a1", "b1", "c1"], isLoading: false, isFetching: true });
  assert.ok(
    renders.every(({ ids }) => ids.length > 0),
    "no empty frame in between",
  );
  assert.deepEqual(renders.at(-1), { prefix: "b", ids: ["b1"], isLoading: false, isFetching: false });
});

test("rows that did not change are the same objects in the next render", async () => {
  await page.evaluate(() => {
    globalThis.before = globalThis.lastData[0];
    return db.execute("INSERT INTO lists(id, name) VALUES ('b2', 'blueberry')").then(() => undefined);
  });
  await page.waitForFunction(() => globalThis.lastData.length === 2);
  assert.equal(await page.evaluate(() => globalThis.lastData[0] === globalThis.before), true);
});

test("a query nobody shows any more is closed", async () => {
  assert.equal(await page.evaluate(() => opened.at(-1).closed), false);
  await page.evaluate(() => setShown(false));
  await page.waitForFunction(() => document.querySelectorAll("ul").length === 0);
  await page.waitForFunction(() => opened.every((query) => query.closed));
});

test("the status is rendered, and hooks without a provider say so instead of crashing", async () => {
  assert.equal(await page.textContent("#status"), "offline");
  assert.equal(await page.textContent("#unprovided"), "true false PowerSync not configured.");
});
