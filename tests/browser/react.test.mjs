// The React hooks in a real page, under StrictMode.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startHarness } from "./api/harness.mjs";

let harness;
let page;
before(async () => {
  harness = await startHarness({ bundle: { "/react-page.js": "tests/browser/api/react-page.tsx" } });
  page = await harness.newPage();
  await page.evaluate(async () => {
    await import("/react-page.js");
    await open("react.db");
    globalThis.opened = [];
    const { query } = db;
    db.query = (definition) => {
      opened.push(definition.sql);
      return query.call(db, definition);
    };
    await db.executeBatch("INSERT INTO lists(id, name) VALUES (?, ?)", [
      ["a1", "apple"],
      ["b1", "banana"],
    ]);
    mount();
  });
});
after(() => harness?.close());

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
  await page.waitForFunction(() => document.querySelectorAll("li").length === 2);
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
  await page.evaluate(() => setShown(false));
  await page.waitForFunction(() => document.querySelectorAll("ul").length === 0);
  const renders = await page.evaluate(async () => {
    globalThis.renders.length = 0;
    await db.execute("INSERT INTO lists(id, name) VALUES ('b3', 'blackberry')");
    await db.getAll("SELECT 1");
    return globalThis.renders.length;
  });
  assert.equal(renders, 0);
});

test("the status is rendered, and hooks without a provider say so instead of crashing", async () => {
  assert.equal(await page.textContent("#status"), "offline");
  assert.equal(await page.textContent("#unprovided"), "true false PowerSync not configured.");
});
