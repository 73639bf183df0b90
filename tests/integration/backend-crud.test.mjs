// The example backend's upload endpoint on a real Postgres: what is written, what is refused, what a repetition does.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { Backend, garage, groceries, milk, patch, put, remove, team } from "../support/backend.mjs";
import { createExampleDatabase, query, startPostgres } from "../support/postgres.mjs";

test("the upload endpoint", { timeout: 540_000 }, async (t) => {
  const cluster = await startPostgres(t);
  let databases = 0;
  /** Each case has a database and a backend of its own. */
  const start = async (sub, settings) => {
    const database = await createExampleDatabase(cluster, `crud_${++databases}`);
    const backend = await Backend.start(sub, { DATABASE_URL: database.app, ...settings });
    const rows = (text, values) => query(database.owner, text, values);
    return { backend, database, rows };
  };
  const reasons = ({ rejected }) => Object.fromEntries(rejected.map(({ op_id, reason }) => [op_id, reason]));

  await t.test("writes lists, todos and shares of a client's queue", async (sub) => {
    const { backend, rows } = await start(sub);
    const [list, todo, share] = [randomUUID(), randomUUID(), randomUUID()];
    const result = await backend.upload("alice", [
      put("lists", list, { name: "Garden ☕", owner_id: "alice", created_at: "2026-02-01T10:00:00.000Z" }),
      put("todos", todo, { list_id: list, description: "Seeds", completed: 0, created_by: "alice" }),
      patch("todos", todo, { completed: 1 }),
      put("list_shares", share, { list_id: list, user_id: "bob" }),
      remove("todos", milk),
    ]);
    assert.deepEqual(result, { applied: 5, repeated: 0, rejected: [], merged: [] });
    assert.deepEqual(await rows("SELECT name, owner_id, created_at, version FROM lists WHERE id = $1", [list]), [
      { name: "Garden ☕", owner_id: "alice", created_at: new Date("2026-02-01T10:00:00Z"), version: "1" },
    ]);
    assert.deepEqual(await rows("SELECT description, completed, version FROM todos WHERE id = $1", [todo]), [
      { description: "Seeds", completed: true, version: "2" },
    ]);
    assert.equal((await rows("SELECT FROM todos WHERE id = $1", [milk])).length, 0);
    assert.equal((await backend.upload("bob", [put("todos", randomUUID(), { list_id: list })])).applied, 1);
  });

  await t.test("a user writes the own lists and those shared with them, and nothing else", async (sub) => {
    const { backend, rows } = await start(sub);
    const intruder = randomUUID();
    const dump = () => rows("SELECT * FROM lists ORDER BY id");
    const before = await dump();
    const result = await backend.upload("bob", [
      patch("lists", groceries, { name: "Taken" }),
      remove("lists", groceries),
      put("lists", groceries, { name: "Taken", owner_id: "bob" }),
      put("lists", intruder, { name: "Theirs", owner_id: "alice" }),
      put("todos", randomUUID(), { list_id: groceries, description: "intruder" }),
      patch("todos", milk, { completed: 1 }),
      patch("todos", milk, { list_id: garage }),
      remove("todos", milk),
      // Shared with bob: he may write its todos, but neither the list nor who else sees it.
      patch("lists", team, { name: "Taken" }),
      put("list_shares", randomUUID(), { list_id: team, user_id: "mallory" }),
      remove("list_shares", "5ba4e000-0001-4000-8000-000000000001"),
      put("list_shares", randomUUID(), { list_id: groceries, user_id: "bob" }),
      // Giving his own away would let him write into alice's list.
      patch("lists", garage, { owner_id: "alice" }),
      patch("todos", "70d00000-0001-4000-8000-000000000008", { list_id: groceries }),
      put("todos", randomUUID(), { list_id: team, description: "welcome" }),
    ]);
    assert.equal(result.applied, 1);
    assert.deepEqual(
      result.rejected.map(({ op_id }) => op_id),
      Array.from({ length: 14 }, (_, i) => i + 1),
    );
    for (const { reason } of result.rejected) assert.match(reason, /is not bob's to write$/);
    assert.deepEqual(await dump(), before);
    assert.deepEqual(await rows("SELECT completed, list_id FROM todos WHERE id = $1", [milk]), [
      { completed: false, list_id: groceries },
    ]);
    assert.equal((await rows("SELECT FROM list_shares")).length, 1);
  });

  await t.test("who made a row is what the token says, not what the client does", async (sub) => {
    const { backend, rows } = await start(sub);
    const id = randomUUID();
    const batch = [put("todos", id, { list_id: team, created_by: "bob" }), patch("todos", milk, { created_by: "bob" })];
    assert.equal((await backend.upload("alice", batch)).applied, 2);
    assert.deepEqual(await rows("SELECT DISTINCT created_by FROM todos WHERE id IN ($1, $2)", [id, milk]), [
      { created_by: "alice" },
    ]);
  });

  await t.test("a write of a list that an earlier entry of the batch took away is refused", async (sub) => {
    const { backend, rows } = await start(sub);
    const late = randomUUID();
    const result = await backend.upload("alice", [
      remove("lists", groceries),
      patch("todos", milk, { completed: 1 }),
      remove("todos", milk),
      put("todos", late, { list_id: groceries, description: "late" }),
      patch("lists", team, { name: "Still here" }),
    ]);
    assert.deepEqual(Object.keys(reasons(result)), ["2", "4"]);
    assert.match(reasons(result)[2], /does not exist/);
    assert.equal((await rows("SELECT FROM todos WHERE list_id = $1 OR id = $2", [groceries, late])).length, 0);
    assert.equal((await rows("SELECT name FROM lists WHERE id = $1", [team]))[0].name, "Still here");
  });

  await t.test("what the database refuses is rejected by itself, with its reason", async (sub) => {
    const { backend, rows } = await start(sub);
    const good = [randomUUID(), randomUUID()];
    const result = await backend.upload("alice", [
      put("lists", good[0], { name: "First", owner_id: "alice" }),
      put("lists", randomUUID(), { owner_id: "alice" }),
      put("lists", randomUUID(), { name: "", owner_id: "alice" }),
      put("todos", randomUUID(), { list_id: randomUUID(), description: "no list" }),
      put("list_shares", randomUUID(), { list_id: team, user_id: "bob" }),
      patch("lists", good[0], { name: null }),
      patch("todos", randomUUID(), { completed: 1 }),
      put("lists", good[1], { name: "Last", owner_id: "alice" }),
    ]);
    const reason = reasons(result);
    assert.deepEqual(Object.keys(reason), ["2", "3", "4", "5", "6", "7"]);
    assert.match(reason[2], /null value in column "name"/);
    assert.match(reason[3], /check constraint/);
    assert.match(reason[4], /not alice's to write|foreign key/);
    assert.match(reason[5], /list_shares_list_id_user_id_key/);
    assert.match(reason[6], /null value in column "name"/);
    assert.match(reason[7], /does not exist \(any more\)/);
    assert.deepEqual(await rows("SELECT name FROM lists WHERE id = ANY($1) ORDER BY name", [good]), [
      { name: "First" },
      { name: "Last" },
    ]);
  });

  await t.test("a hostile entry is rejected, a hostile body is refused", async (sub) => {
    const { backend, rows } = await start(sub, { MAX_BATCH_ENTRIES: "50", MAX_BODY_BYTES: "100000" });
    const mine = { name: "Mine", owner_id: "alice" };
    const result = await backend.upload("alice", [
      put("pg_authid", randomUUID(), { rolname: "x" }),
      put("uploads", randomUUID(), {}),
      put("__proto__", randomUUID(), {}),
      put("constructor", randomUUID(), {}),
      put('lists"; DROP TABLE lists; --', randomUUID(), mine),
      put("lists", "'; DROP TABLE lists; --", mine),
      put("lists", randomUUID(), { ...mine, "name = 'x' --": "y" }),
      put("lists", randomUUID(), { ...mine, toString: "y" }),
      put("lists", randomUUID(), { ...mine, name: { $gt: "" } }),
      put("lists", randomUUID(), { ...mine, name: ["x"] }),
      put("lists", randomUUID(), { ...mine, name: "a\0b" }),
      put("lists", randomUUID(), { ...mine, name: "\ud800" }),
      put("lists", randomUUID(), { ...mine, name: "x".repeat(201) }),
      put("lists", randomUUID(), { ...mine, created_at: "yesterday" }),
      put("lists", randomUUID(), { ...mine, created_at: "2026-99-01T00:00:00Z" }),
      put("todos", randomUUID(), { list_id: groceries, completed: 2 }),
      put("todos", randomUUID(), { list_id: "x" }),
      { op: "MERGE", type: "lists", id: groceries },
      put("lists", groceries, { name: "x'); DELETE FROM todos; --" }),
    ]);
    assert.equal(result.rejected.length, 18);
    for (const { reason } of result.rejected) assert.ok(reason.length > 10, reason);
    assert.deepEqual(await rows("SELECT name FROM lists WHERE id = $1", [groceries]), [
      { name: "x'); DELETE FROM todos; --" },
    ]);
    assert.equal((await rows("SELECT FROM todos")).length, 10);
    // A name of 200 characters outside the basic plane counts 200, as in Postgres.
    assert.equal((await backend.upload("alice", [patch("lists", groceries, { name: "🌱".repeat(200) })])).applied, 1);

    const token = await backend.token();
    const send = (body, headers) => backend.call("POST", "/api/crud", { token, body, headers });
    const entry = { op_id: 100, op: "PUT", type: "lists", id: randomUUID(), data: mine };
    const bad = [
      "nonsense",
      "[]",
      "null",
      "5",
      "{}",
      { batch: [] },
      { client_id: "", batch: [] },
      { client_id: "x".repeat(101), batch: [] },
      { client_id: "a\0", batch: [] },
      { client_id: 5, batch: [] },
      { client_id: "c", batch: {} },
      ...[5, null, [], "x"].map((odd) => ({ client_id: "c", batch: [odd] })),
      ...[0, -1, 1.5, "1", 2 ** 53].map((op_id) => ({ client_id: "c", batch: [{ ...entry, op_id }] })),
      { client_id: "c", batch: [entry, entry] },
      { client_id: "c", batch: [{ ...entry, data: [] }] },
      { client_id: "c", batch: [{ ...entry, old: "x" }] },
      { client_id: "c", batch: [{ ...entry, id: 5 }] },
    ];
    for (const body of bad) {
      const { status, json } = await send(body);
      assert.equal(status, 400, JSON.stringify(body));
      assert.ok(json.message.length > 5, JSON.stringify(json));
    }
    assert.equal(
      (await send(JSON.stringify({ client_id: "c", batch: [] }), { "content-type": "text/plain" })).status,
      415,
    );
    assert.equal(
      (await send({ client_id: "c", batch: [{ ...entry, data: { name: "x".repeat(200_000) } }] })).status,
      413,
    );
    const many = Array.from({ length: 51 }, (_, i) => ({ ...entry, op_id: i + 1 }));
    assert.equal((await send({ client_id: "c", batch: many })).status, 413);
  });

  await t.test(
    "a batch whose answer was lost changes nothing when it comes again, and is answered alike",
    async (sub) => {
      const { backend, rows } = await start(sub);
      const list = randomUUID();
      const batch = backend.number(
        [
          put("lists", list, { name: "List", owner_id: "alice" }),
          patch("lists", garage, { name: "Taken" }),
          patch("lists", list, { name: "Renamed" }),
          remove("todos", milk),
        ],
        "alice-laptop",
      );
      const first = (await backend.send("alice", batch)).json;
      assert.deepEqual([first.applied, first.repeated, first.rejected.length], [3, 0, 1]);
      // Meanwhile somebody else changed what the batch had written: repeating it must not win over that.
      await rows("UPDATE lists SET name = 'Newer' WHERE id = $1", [list]);
      await rows("INSERT INTO todos (id, list_id, description) VALUES ($1, $2, 'again')", [milk, groceries]);
      const again = (await backend.send("alice", batch)).json;
      assert.deepEqual([again.applied, again.repeated, again.rejected], [0, 4, first.rejected]);
      assert.deepEqual(await rows("SELECT name, version FROM lists WHERE id = $1", [list]), [
        { name: "Newer", version: "3" },
      ]);
      assert.equal((await rows("SELECT FROM todos WHERE id = $1", [milk])).length, 1);

      // The queue has grown since: what is new is applied, what is old is not.
      const grown = [...batch, ...backend.number([patch("lists", list, { name: "Newest" })], "alice-laptop")];
      const rest = (await backend.send("alice", grown)).json;
      assert.deepEqual([rest.applied, rest.repeated, rest.rejected], [1, 4, first.rejected]);
      assert.equal((await rows("SELECT name FROM lists WHERE id = $1", [list]))[0].name, "Newest");
      // Another device of hers has a queue of its own, with the same numbers.
      assert.equal((await backend.send("alice", batch, { client: "alice-phone" })).json.applied, 3);
    },
  );

  await t.test("a batch sent twice at the same time is applied once", async (sub) => {
    const { backend, rows } = await start(sub);
    const todos = Array.from({ length: 300 }, (_, i) =>
      put("todos", randomUUID(), { list_id: groceries, description: `Twice ${i}` }),
    );
    const batch = backend.number(todos, "alice-laptop");
    const answers = await Promise.all(Array.from({ length: 4 }, () => backend.send("alice", batch)));
    assert.deepEqual(
      answers.map(({ json }) => json.applied).sort((a, b) => a - b),
      [0, 0, 0, 300],
    );
    assert.equal((await rows("SELECT FROM todos WHERE description LIKE 'Twice %'")).length, 300);
  });

  await t.test("10,000 writes in one batch, some of them bad, in every place", async (sub) => {
    const { backend, rows } = await start(sub);
    const isBad = (i) => i % 1000 === 17;
    const batch = Array.from({ length: 10_000 }, (_, i) =>
      put("todos", randomUUID(), {
        list_id: isBad(i) ? garage : groceries,
        description: `Todo ${i}`,
        completed: i % 2,
        created_by: "alice",
      }),
    );
    const started = performance.now();
    const result = await backend.upload("alice", batch);
    sub.diagnostic(`${Math.round(performance.now() - started)} ms`);
    assert.equal(result.applied, 9_990);
    assert.deepEqual(
      result.rejected.map(({ op_id }) => op_id),
      Array.from({ length: 10 }, (_, i) => i * 1000 + 18),
    );
    const [{ total, done }] = await rows(
      "SELECT count(*)::int AS total, count(*) FILTER (WHERE completed)::int AS done FROM todos WHERE description LIKE 'Todo %'",
    );
    assert.deepEqual({ total, done }, { total: 9_990, done: 4_990 });
    const patches = batch.filter((_, i) => !isBad(i)).map(({ id }) => patch("todos", id, { completed: 1 }));
    assert.equal((await backend.upload("alice", patches)).applied, 9_990);
    assert.equal((await rows("SELECT FROM todos WHERE description LIKE 'Todo %' AND completed")).length, 9_990);
  });

  await t.test("concurrent batches of two users on the same rows all arrive", async (sub) => {
    const { backend, rows } = await start(sub);
    const todos = Array.from({ length: 60 }, () => randomUUID());
    await backend.upload(
      "alice",
      todos.map((id) => put("todos", id, { list_id: team, description: "Start" })),
    );
    const rounds = 6;
    const work = async (user, change) => {
      for (let round = 1; round <= rounds; ++round) {
        // Each in an order of their own: locks taken in the order of the batch would meet head-on.
        const order = user === "alice" ? todos : todos.toReversed();
        const { applied } = await backend.upload(
          user,
          order.map((id) => patch("todos", id, change(round))),
        );
        assert.equal(applied, todos.length);
      }
    };
    await Promise.all([
      work("alice", (round) => ({ description: `Alice ${round}` })),
      work("bob", (round) => ({ completed: round % 2 === 0 ? 1 : 0 })),
    ]);
    const found = await rows("SELECT description, completed, version FROM todos WHERE id = ANY($1)", [todos]);
    for (const row of found)
      assert.deepEqual(row, { description: `Alice ${rounds}`, completed: true, version: String(1 + 2 * rounds) });
    assert.equal(found.length, todos.length);
  });

  await t.test(
    "two users who make the same row at the same time: one makes it, the other is told whose it is",
    async (sub) => {
      const { backend, rows } = await start(sub);
      for (let round = 0; round < 10; ++round) {
        const id = randomUUID();
        const both = await Promise.all(
          ["alice", "bob"].map((user) => backend.upload(user, [put("lists", id, { name: user, owner_id: user })])),
        );
        assert.deepEqual(both.map(({ applied }) => applied).sort(), [0, 1]);
        const [{ owner_id }] = await rows("SELECT owner_id FROM lists WHERE id = $1", [id]);
        assert.equal(both[owner_id === "alice" ? 0 : 1].applied, 1);
      }
    },
  );
});
