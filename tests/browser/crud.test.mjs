// The upload queue as a connector reads it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { testPage } from "./api/harness.mjs";

const { withDatabase } = testPage("crud");

test("local writes become entries with what changed, in order [C-084]", async () => {
  const entries = await withDatabase(async () => {
    await db.execute("INSERT INTO lists(id, name) VALUES ('a', 'A')");
    await db.execute("UPDATE lists SET owner = 'me' WHERE id = 'a'");
    await db.execute("DELETE FROM lists WHERE id = 'a'");
    await db.execute("INSERT INTO notes(id, body) VALUES ('local', 'only')");
    await db.execute("INSERT INTO events(id, what) VALUES ('e', 'seen')");
    const batch = await db.getCrudBatch();
    return {
      crud: batch.crud.map((entry) => entry.toJSON()),
      more: batch.haveMore,
      events: await db.getAll("SELECT * FROM events"),
    };
  });
  assert.deepEqual(
    entries.crud.map(({ op, type, id, data }) => ({ op, type, id, data })),
    [
      { op: "PUT", type: "lists", id: "a", data: { name: "A" } },
      { op: "PATCH", type: "lists", id: "a", data: { owner: "me" } },
      { op: "DELETE", type: "lists", id: "a", data: undefined },
      { op: "PUT", type: "events", id: "e", data: { what: "seen" } },
    ],
  );
  assert.deepEqual(
    entries.crud.map(({ tx_id }) => tx_id),
    [1, 2, 3, 4],
  );
  assert.equal(entries.more, false);
  assert.deepEqual(entries.events, [], "an insert-only table stays empty");
});

test("a transaction is given whole, however large, and completing removes it and what is older [C-080]", async () => {
  const result = await withDatabase(async () => {
    await db.writeTransaction(async (tx) => {
      await tx.executeBatch(
        "INSERT INTO lists(id) VALUES (?)",
        Array.from({ length: 750 }, (_, i) => [`big-${i}`]),
      );
    });
    await db.execute("INSERT INTO lists(id) VALUES ('next')");
    const first = await db.getNextCrudTransaction();
    const before = await db.getUploadQueueStats(true);
    await first.complete();
    const second = await db.getNextCrudTransaction();
    await second.complete();
    return {
      first: [first.crud.length, first.haveMore, first.transactionId],
      before: { count: before.count, sized: before.size > 751 * 20 },
      second: [second.crud.length, second.haveMore, second.transactionId, second.crud[0].id],
      after: (await db.getUploadQueueStats()).count,
      none: [await db.getNextCrudTransaction(), await db.getCrudBatch()],
    };
  });
  assert.deepEqual(result, {
    first: [750, true, 1],
    before: { count: 751, sized: true },
    second: [1, false, 2, "next"],
    after: 0,
    none: [null, null],
  });
});

test("a batch ignores the borders of transactions and counts exactly [C-082]", async () => {
  const result = await withDatabase(async () => {
    for (let i = 0; i < 5; i++) await db.execute("INSERT INTO lists(id) VALUES (?)", [`l${i}`]);
    const sizes = [];
    for (let batch = await db.getCrudBatch(2); batch !== null; batch = await db.getCrudBatch(2)) {
      sizes.push([batch.crud.length, batch.haveMore]);
      await batch.complete();
    }
    return sizes;
  });
  assert.deepEqual(result, [
    [2, true],
    [2, true],
    [1, false],
  ]);
});

test("all transactions can be walked without completing any [C-081]", async () => {
  const result = await withDatabase(async () => {
    for (let i = 0; i < 3; i++) await db.execute("INSERT INTO lists(id) VALUES (?)", [`l${i}`]);
    const ids = [];
    let second;
    for await (const transaction of db.getCrudTransactions()) {
      ids.push(transaction.transactionId);
      if (ids.length === 2) second = transaction;
    }
    await second.complete();
    return { ids, left: (await db.getCrudBatch()).crud.map(({ id }) => id) };
  });
  assert.deepEqual(result, { ids: [1, 2, 3], left: ["l2"] });
});

test("a transaction that was rolled back queues nothing and uses no id", async () => {
  const ids = await withDatabase(async () => {
    await db.writeTransaction(async (tx) => {
      await tx.execute("INSERT INTO lists(id) VALUES ('gone')");
      await tx.rollback();
    });
    await db.execute("INSERT INTO lists(id) VALUES ('kept')");
    return (await db.getCrudBatch()).crud.map(({ transactionId, id }) => [transactionId, id]);
  });
  assert.deepEqual(ids, [[1, "kept"]]);
});

test("clearing removes rows and queue, keeps local tables if asked, and the client id", async () => {
  const result = await withDatabase(async () => {
    const client = await db.getClientId();
    const counts = async () =>
      Object.values(
        await db.get(
          "SELECT (SELECT count(*) FROM lists) AS l, (SELECT count(*) FROM notes) AS n, (SELECT count(*) FROM ps_crud) AS c",
        ),
      );
    const fill = async () => {
      await db.execute("INSERT OR REPLACE INTO lists(id) VALUES ('a')");
      await db.execute("INSERT OR REPLACE INTO notes(id) VALUES ('a')");
    };
    await fill();
    await db.disconnectAndClear({ clearLocal: false });
    const soft = await counts();
    await fill();
    await db.disconnectAndClear();
    return { soft, hard: await counts(), same: client === (await db.getClientId()) };
  });
  assert.deepEqual(result, { soft: [0, 1, 0], hard: [0, 0, 0], same: true });
});
