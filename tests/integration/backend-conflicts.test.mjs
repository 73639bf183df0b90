// The three ways of the example backend to settle a conflict, each as two people meet it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { Backend, patch, put, remove, team } from "../support/backend.mjs";
import { createExampleDatabase, query, startPostgres } from "../support/postgres.mjs";

test("conflicts", { timeout: 540_000 }, async (t) => {
  const cluster = await startPostgres(t);
  let databases = 0;
  /** A backend with one policy, a todo that alice and bob share, and its stored row. */
  const start = async (sub, CONFLICTS) => {
    const database = await createExampleDatabase(cluster, `conflicts_${++databases}`);
    const backend = await Backend.start(sub, { DATABASE_URL: database.app, ...(CONFLICTS ? { CONFLICTS } : {}) });
    const id = randomUUID();
    await backend.upload("alice", [put("todos", id, { list_id: team, description: "Start", completed: 0 })]);
    const row = async () =>
      (await query(database.owner, "SELECT description, completed, version::int FROM todos WHERE id = $1", [id]))[0];
    return { backend, database, id, row };
  };

  await t.test("by default the last write wins, by column", async (sub) => {
    const { backend, id, row } = await start(sub);
    await backend.upload("alice", [patch("todos", id, { description: "Alice" })]);
    await backend.upload("bob", [patch("todos", id, { completed: 1 })]);
    assert.deepEqual(await row(), { description: "Alice", completed: true, version: 3 });
    await backend.upload("bob", [patch("todos", id, { description: "Bob" })]);
    assert.deepEqual(await row(), { description: "Bob", completed: true, version: 4 });
  });

  await t.test("whatever a client sends as the version, the database counts it", async (sub) => {
    const { backend, id, row } = await start(sub);
    await backend.upload("alice", [patch("todos", id, { description: "Alice", version: 900 })]);
    assert.deepEqual(await row(), { description: "Alice", completed: false, version: 2 });
  });

  await t.test("reject-by-version takes an edit only of the row that its author saw", async (sub) => {
    const { backend, id, row } = await start(sub, "reject-by-version");
    const edit = (data, saw) => patch("todos", id, { ...data, version: saw + 1 }, { version: saw });
    assert.equal((await backend.upload("alice", [edit({ description: "Alice" }, 1)])).applied, 1);
    const { applied, rejected } = await backend.upload("bob", [edit({ completed: 1 }, 1)]);
    assert.deepEqual([applied, rejected.length], [0, 1]);
    assert.match(rejected[0].reason, /changed meanwhile.*version 1, by now it is 2/);
    assert.deepEqual(await row(), { description: "Alice", completed: false, version: 2 });

    // Two edits made offline, one on top of the other, both count.
    assert.equal(
      (await backend.upload("bob", [edit({ completed: 1 }, 2), edit({ description: "Bob" }, 3)])).applied,
      2,
    );
    assert.deepEqual(await row(), { description: "Bob", completed: true, version: 4 });

    const refused = await backend.upload("alice", [
      patch("todos", id, { description: "Blind" }),
      put("todos", id, { list_id: team, description: "Again" }),
      remove("todos", id, { version: 3 }),
      remove("todos", id),
    ]);
    assert.equal(refused.applied, 0);
    assert.match(refused.rejected[0].reason, /old\.version/);
    assert.match(refused.rejected[1].reason, /exists already/);
    assert.match(refused.rejected[2].reason, /version 3, by now it is 4/);
    assert.equal((await backend.upload("alice", [remove("todos", id, { version: 4 })])).applied, 1);
    assert.equal(await row(), undefined);
  });

  await t.test("reject-by-version: of two people who edit at the same time exactly one succeeds", async (sub) => {
    const { backend, id, row } = await start(sub, "reject-by-version");
    for (let version = 1; version <= 15; ++version) {
      const both = await Promise.all(
        ["alice", "bob"].map((user) =>
          backend.upload(user, [patch("todos", id, { description: `${user} ${version}` }, { version })]),
        ),
      );
      assert.equal(both[0].applied + both[1].applied, 1);
      const winner = both[0].applied === 1 ? "alice" : "bob";
      assert.deepEqual(await row(), { description: `${winner} ${version}`, completed: false, version: version + 1 });
    }
  });

  await t.test("a lost answer does not turn an accepted edit into a rejected one", async (sub) => {
    const { backend, id } = await start(sub, "reject-by-version");
    const batch = backend.number([patch("todos", id, { description: "Once" }, { version: 1 })], "bob-laptop");
    assert.equal((await backend.send("bob", batch)).json.applied, 1);
    assert.deepEqual((await backend.send("bob", batch)).json, { applied: 0, repeated: 1, rejected: [], merged: [] });
  });

  await t.test(
    "merge-fields keeps what only one side changed, and settles what both changed by column",
    async (sub) => {
      const { backend, id, row } = await start(sub, "merge-fields");
      // Both saw "Start", not completed. Alice arrives first.
      const start_ = { description: "Start", completed: 0 };
      assert.deepEqual(await backend.upload("alice", [patch("todos", id, { description: "Alice" }, start_)]), {
        applied: 1,
        repeated: 0,
        rejected: [],
        merged: [],
      });
      const bob = await backend.upload("bob", [patch("todos", id, { description: "Bob", completed: 1 }, start_)]);
      assert.deepEqual(bob.merged, [{ op_id: 1, type: "todos", id, kept: ["description"] }]);
      assert.deepEqual(await row(), { description: "Alice", completed: true, version: 3 });
      // Having seen "Alice", bob may change it.
      await backend.upload("bob", [patch("todos", id, { description: "Bob" }, { description: "Alice" })]);
      assert.equal((await row()).description, "Bob");
      // `completed` has no rule of its own: the later value counts.
      await backend.upload("alice", [patch("todos", id, { completed: 0 }, { completed: 0 })]);
      assert.equal((await row()).completed, false);
      // Without previous values it is the last write that wins.
      await backend.upload("alice", [patch("todos", id, { description: "Blind" })]);
      assert.equal((await row()).description, "Blind");
    },
  );

  await t.test(
    "merge-fields compares values, not their texts, and does not write what is there already",
    async (sub) => {
      const { backend, database, id, row } = await start(sub, "merge-fields");
      await query(database.owner, "UPDATE todos SET created_at = '2026-03-01T10:00:00.5Z' WHERE id = $1", [id]);
      const { version } = await row();
      const same = patch("todos", id, { created_at: "2026-03-01 10:00:00.500000Z", completed: false }, {});
      assert.equal((await backend.upload("alice", [same])).applied, 1);
      assert.equal((await row()).version, version);
      const seen = { created_at: "2026-03-01T11:00:00.500+01:00" };
      const moved = patch("todos", id, { created_at: "2026-04-01T00:00:00Z" }, seen);
      assert.deepEqual((await backend.upload("alice", [moved])).merged, []);
      const [{ created_at }] = await query(database.owner, "SELECT created_at FROM todos WHERE id = $1", [id]);
      assert.equal(created_at.toISOString(), "2026-04-01T00:00:00.000Z");
    },
  );

  await t.test("no policy brings back what was deleted", async (sub) => {
    for (const policy of ["last-write-wins", "reject-by-version", "merge-fields"]) {
      const { backend, id, row } = await start(sub, policy);
      await backend.upload("alice", [remove("todos", id, { version: 1 })]);
      const late = await backend.upload("bob", [patch("todos", id, { description: "Late" }, { version: 1 })]);
      assert.match(late.rejected[0].reason, /does not exist/);
      assert.equal(await row(), undefined);
    }
  });
});
