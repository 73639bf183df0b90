// Several tabs of one browser on one database: one owner, hand-over, and what each tab may rely on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { testBrowser } from "./api/harness.mjs";

const browser = testBrowser();

let files = 0;
/** Opens `count` tabs on a file of their own, one after another, so that the first one owns it. */
async function tabs(count) {
  const file = `tabs-${++files}.db`;
  const pages = [];
  for (let i = 0; i < count; i++) {
    const page = await browser.newPage();
    await page.evaluate((name) => open(name).then(() => undefined), file);
    pages.push(page);
  }
  return pages;
}
/**
 * Resolves when `pages` are what is left of the tabs and all of them work with one of them. The browser ends a worker some time
 * after its page, and a write that reaches it meanwhile may be lost, as the caller is told.
 */
async function handedOver(pages) {
  await pages[0].evaluate(
    async ([file, tabs]) => {
      const locks = async () => (await navigator.locks.query()).held.filter(({ name }) => name.startsWith(file)).length;
      // Each worker holds a lock of its own, and one of them that of the file.
      await until(locks, (held) => held === tabs + 1);
    },
    [`skerry:tabs-${files}.db`, pages.length],
  );
  // A read is asked again until an owner that lives has answered it.
  for (const page of pages) await page.evaluate(() => db.getAll("SELECT 1"));
}
const closeAll = (pages) => Promise.all(pages.map((page) => page.close()));
const count = (page) => page.evaluate(async () => (await db.get("SELECT count(*) AS n FROM lists")).n);
const insert = (page, id) =>
  page.evaluate((value) => db.execute("INSERT INTO lists(id) VALUES (?)", [value]).then((r) => r.rowsAffected), id);

test("two tabs share one database: what one writes the other reads and watches", async () => {
  const [first, second] = await tabs(2);
  await second.evaluate(() => {
    globalThis.seen = [];
    db.watch("SELECT id FROM lists ORDER BY id", [], {
      onResult: (r) => void seen.push(r.array.map((row) => row.id).join("")),
    });
  });
  await second.evaluate(() => until(() => seen.length === 1));
  assert.equal(await insert(first, "a"), 1);
  await second.evaluate(() => until(() => seen.at(-1) === "a"));
  assert.equal(await insert(second, "b"), 1);
  assert.equal(await count(first), 2);
  assert.equal((await second.evaluate(() => db.storage())).backend, "opfs");
  await closeAll([first, second]);
});

test("transactions of two tabs do not mix", async () => {
  const pages = await tabs(2);
  await pages[0].evaluate(() => db.execute("INSERT INTO lists(id, name) VALUES ('n', '0')").then(() => undefined));
  const increment = async () => {
    for (let i = 0; i < 25; i++) {
      await db.writeTransaction(async (tx) => {
        const { name } = await tx.get("SELECT name FROM lists");
        await tx.execute("UPDATE lists SET name = ?", [String(Number(name) + 1)]);
      });
    }
  };
  await Promise.all(pages.map((page) => page.evaluate(increment)));
  assert.equal(await pages[1].evaluate(async () => (await db.get("SELECT name FROM lists")).name), "50");
  await closeAll(pages);
});

test("when the owner's tab closes, another one takes over with data, watches and client id", async () => {
  const [first, second, third] = await tabs(3);
  const client = await first.evaluate(() => db.getClientId());
  await insert(first, "a");
  await second.evaluate(() => {
    globalThis.seen = [];
    db.watch("SELECT id FROM lists ORDER BY id", [], {
      onResult: (r) => void seen.push(r.array.map((row) => row.id).join("")),
    });
  });
  await second.evaluate(() => until(() => seen.at(-1) === "a"));
  await first.close();
  assert.equal(await count(third), 1);
  await handedOver([second, third]);
  assert.equal(await insert(third, "b"), 1);
  await second.evaluate(() => until(() => seen.at(-1) === "ab"));
  assert.deepEqual(await second.evaluate(() => seen), ["a", "ab"], "the hand-over itself delivered nothing");
  assert.equal(await second.evaluate(() => db.getClientId()), client);
  await closeAll([second, third]);
});

test("an open transaction of a follower is rejected when the owner goes, and nothing of it stays", async () => {
  const [first, second] = await tabs(2);
  await second.evaluate(() => {
    globalThis.outcome = rejection(
      db.writeTransaction(async (tx) => {
        await tx.execute("INSERT INTO lists(id) VALUES ('half')");
        globalThis.inside = true;
        await new Promise((resolve) => (globalThis.goOn = resolve));
        await tx.execute("INSERT INTO lists(id) VALUES ('other half')");
      }),
    );
  });
  await second.evaluate(() => until(() => globalThis.inside));
  await first.close();
  await handedOver([second]);
  const error = await second.evaluate(() => {
    goOn();
    return outcome;
  });
  assert.equal(error.name, "ConnectionClosedError");
  assert.equal(await count(second), 0);
  assert.equal(await insert(second, "next"), 1);
  await second.close();
});

test("a tab that dies inside a transaction gives back the lock, rolled back", async () => {
  const [first, second] = await tabs(2);
  await second.evaluate(() => {
    void db.writeTransaction(async (tx) => {
      await tx.execute("INSERT INTO lists(id) VALUES ('half')");
      globalThis.inside = true;
      await new Promise(() => undefined);
    });
  });
  await second.evaluate(() => until(() => globalThis.inside));
  await second.close();
  assert.equal(await insert(first, "a"), 1);
  assert.equal(await count(first), 1);
  await first.close();
});

test("closing the database in the owner's tab hands waiting writes of others to the next owner", async () => {
  const [first, second] = await tabs(2);
  // The write of the second tab waits behind a lock of the first one when that closes.
  await first.evaluate(() => {
    void db.writeLock(() => new Promise(() => undefined)).catch(() => undefined);
    return db.getAll("SELECT 1");
  });
  await second.evaluate(() => {
    globalThis.write = db.execute("INSERT INTO lists(id) VALUES ('a')").then((r) => r.rowsAffected);
    return db.getAll("SELECT 1").then(() => undefined);
  });
  await first.evaluate(() => db.close());
  assert.equal(await second.evaluate(() => write), 1);
  assert.equal(await count(second), 1);
  await closeAll([first, second]);
});

test("tabs that come and go in any order leave the rest working", async () => {
  const pages = await tabs(5);
  for (let round = 0; round < 4; round++) {
    await insert(pages[round % pages.length], `round-${round}`);
    const [gone] = pages.splice((round * 3) % pages.length, 1);
    await gone.close();
    assert.equal(await count(pages[0]), round + 1);
    await handedOver(pages);
  }
  await closeAll(pages);
});

test("rapid reloads open the database each time", async () => {
  const [page] = await tabs(1);
  for (let i = 0; i < 10; i++) {
    await page.reload();
    await browser.ready(page);
    const backend = await page.evaluate(async () => (await (await open("reloads.db")).storage()).backend);
    assert.equal(backend, "opfs");
  }
  await page.close();
});

test("a file that somebody else holds is a typed error within its budget, never a second database", async () => {
  const holder = await browser.newPage();
  await holder.evaluate(async () => {
    globalThis.holder = new Worker("/holder.mjs", { type: "module" });
    await new Promise((resolve) => (globalThis.holder.onmessage = resolve));
  });
  const result = await holder.evaluate(async () => {
    const start = performance.now();
    const error = await rejection(open("", { database: { dbFilename: "held.db", busyTimeoutMs: 300 } }));
    const waited = performance.now() - start;
    globalThis.holder.terminate();
    const db = await open("held.db");
    const { backend } = await db.storage();
    await db.close();
    return { error, waited, backend };
  });
  assert.equal(result.error.name, "StorageBusyError");
  assert.equal(result.error.code, "storage_busy");
  assert.ok(result.waited >= 298, `it tried for ${result.waited} ms`);
  assert.equal(result.backend, "opfs");
  await holder.close();
});

test("a tab of another protocol is refused with words", async () => {
  const [owner] = await tabs(1);
  const file = `tabs-${files}.db`;
  const stranger = await browser.newPage({ quiet: true });
  const reply = await stranger.evaluate(async (name) => {
    const common = new BroadcastChannel(`skerry:${name}`);
    const answers = new BroadcastChannel(`skerry:${name}:stranger`);
    const answer = new Promise((resolve) => (answers.onmessage = ({ data }) => resolve(data)));
    common.postMessage({ kind: "hello", protocol: 999, client: "stranger" });
    return answer;
  }, file);
  assert.equal(reply.kind, "refused");
  // And a tab that meets an owner of another protocol says so.
  const error = await stranger.evaluate(async () => {
    const name = "foreign.db";
    await new Promise((resolve) =>
      navigator.locks.request(`skerry:${name}`, () => {
        resolve();
        return new Promise(() => undefined);
      }),
    );
    const common = new BroadcastChannel(`skerry:${name}`);
    common.onmessage = ({ data }) => {
      if (data.kind === "hello") common.postMessage({ kind: "owner", protocol: 999, epoch: "x" });
    };
    return rejection(open(name));
  });
  assert.equal(error.name, "StorageBusyError");
  assert.match(error.message, /another version of Skerry \(protocol 999/);
  await closeAll([owner, stranger]);
});

test("no lock of a closed database is left behind", async () => {
  const [page] = await tabs(1);
  const file = `tabs-${files}.db`;
  const left = await page.evaluate(async (name) => {
    for (let i = 0; i < 20; i++) {
      await db.close();
      await open(name);
    }
    await db.close();
    const held = async () =>
      (await navigator.locks.query()).held.filter((lock) => lock.name.startsWith(`skerry:${name}`)).length;
    return until(held, (n) => n === 0);
  }, file);
  assert.equal(left, 0);
  await page.close();
});
