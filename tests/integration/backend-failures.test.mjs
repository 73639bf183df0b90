// What the example backend promises when something fails: a batch counts whole or not at all, and the queue goes on afterwards.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import pg from "pg";
import { Backend, groceries, milk, patch, put } from "../support/backend.mjs";
import { createExampleDatabase, query, startPostgres } from "../support/postgres.mjs";
import { until } from "../support/until.mjs";

/** Passes requests on to `port` and cuts the line as soon as an answer comes back: the work is done, its answer is lost. */
async function losingAnswers(test, port) {
  const open = new Set();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => open.delete(socket));
    }
    near.pipe(far);
    far.on("data", () => near.destroy());
    near.on("close", () => far.destroy());
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  test.after(() => {
    for (const socket of open) socket.destroy();
    return new Promise((done) => server.close(done));
  });
  return server.address().port;
}

test("failures", { timeout: 540_000 }, async (t) => {
  const cluster = await startPostgres(t, { settings: { deadlock_timeout: "100ms" } });
  let databases = 0;
  const start = async (sub, settings) => {
    const database = await createExampleDatabase(cluster, `failures_${++databases}`);
    const backend = await Backend.start(sub, { DATABASE_URL: database.app, ...settings });
    return { backend, database, rows: (text, values) => query(database.owner, text, values) };
  };
  const todos = (count, name) =>
    Array.from({ length: count }, (_, i) =>
      put("todos", randomUUID(), { list_id: groceries, description: `${name} ${i}` }),
    );
  const countOf = async (rows, name) =>
    (await rows("SELECT FROM todos WHERE description LIKE $1", [`${name} %`])).length;

  await t.test("a client that retries after a lost answer has written once", async (sub) => {
    const { backend, rows } = await start(sub);
    const batch = backend.number(
      [...todos(5, "Lost"), patch("todos", milk, { list_id: randomUUID() })],
      "alice-laptop",
    );
    const token = await backend.token();
    const port = await losingAnswers(sub, backend.port);
    const body = JSON.stringify({ client_id: "alice-laptop", batch });
    const headers = { "content-type": "application/json", authorization: `Token ${token}` };
    await assert.rejects(fetch(`http://127.0.0.1:${port}/api/crud`, { method: "POST", headers, body }));
    assert.equal(await countOf(rows, "Lost"), 5);
    const again = (await backend.send("alice", batch)).json;
    assert.deepEqual([again.applied, again.repeated, again.rejected.map(({ op_id }) => op_id)], [0, 6, [6]]);
    assert.equal(await countOf(rows, "Lost"), 5);
  });

  await t.test("a backend that is killed in the middle of a batch leaves nothing of it", async (sub) => {
    const { backend, database, rows } = await start(sub);
    const batch = backend.number(todos(2_000, "Half"), "alice-laptop");
    // Somebody holds the list, so that the batch stops in its middle until we have killed its writer.
    const holder = new pg.Client({ connectionString: database.owner });
    await holder.connect();
    sub.after(() => holder.end());
    await holder.query("BEGIN; LOCK TABLE list_shares IN ACCESS EXCLUSIVE MODE");
    const cut = assert.rejects(backend.send("alice", batch));
    for (;;) {
      const waiting = await rows(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      if (waiting.length > 0) break;
    }
    await backend.stop("SIGKILL");
    await cut;
    await holder.query("ROLLBACK");
    await backend.start();
    assert.equal((await backend.send("alice", batch)).json.applied, 2_000);
    assert.equal(await countOf(rows, "Half"), 2_000);
  });

  await t.test("without a database the answer is 503, and the same batch is applied when it is back", async (sub) => {
    const { backend, rows } = await start(sub);
    await backend.upload("alice", todos(1, "Before"));
    const batch = backend.number(todos(3, "During"), "alice-laptop");
    await cluster.stop();
    const refused = await backend.send("alice", batch);
    assert.deepEqual([refused.status, refused.json.error], [503, "database_unavailable"]);
    assert.equal(refused.headers.get("retry-after"), "1");
    assert.doesNotMatch(refused.json.message, /\d+\.\d+|terminat/); // Where the database is and what ails it is for the log.
    await until(
      () => /"error":"[^"]*(terminat|ECONNREFUSED|connection)/i.test(backend.log),
      "the database's words in the log",
    );
    assert.equal((await backend.call("GET", "/health")).status, 503);
    await cluster.start();
    assert.equal((await backend.send("alice", batch)).json.applied, 3);
    assert.equal(await countOf(rows, "During"), 3);
  });

  await t.test("a lock that is held too long is a passing trouble", async (sub) => {
    const { backend, database, rows } = await start(sub, { LOCK_TIMEOUT_MS: "100" });
    const holder = new pg.Client({ connectionString: database.owner });
    await holder.connect();
    sub.after(() => holder.end());
    await holder.query("BEGIN");
    await holder.query("UPDATE todos SET description = 'Held' WHERE id = $1", [milk]);
    const batch = backend.number([patch("todos", milk, { completed: 1 })], "alice-laptop");
    assert.equal((await backend.send("alice", batch)).status, 503);
    await holder.query("COMMIT");
    assert.equal((await backend.send("alice", batch)).json.applied, 1);
    assert.deepEqual(await rows("SELECT description, completed FROM todos WHERE id = $1", [milk]), [
      { description: "Held", completed: true },
    ]);
  });

  await t.test(
    "a schema that does not fit the program is our fault: nothing is lost, the log says what",
    async (sub) => {
      const { backend, rows } = await start(sub);
      await rows("ALTER TABLE todos RENAME COLUMN description TO text");
      const batch = backend.number(
        [put("todos", randomUUID(), { list_id: groceries, description: "Kept 1" })],
        "alice-laptop",
      );
      const { status, json } = await backend.send("alice", batch);
      assert.deepEqual([status, json.error], [500, "internal"]);
      assert.doesNotMatch(json.message, /column/);
      await until(() => /column \S*description\S* does not exist/.test(backend.log), "the database's words in the log");
      await rows("ALTER TABLE todos RENAME COLUMN text TO description");
      assert.equal((await backend.send("alice", batch)).json.applied, 1);
    },
  );

  await t.test("a migration below a running backend is not noticed by its clients", async (sub) => {
    const { backend, rows } = await start(sub);
    const edit = (completed) => backend.upload("alice", [patch("todos", milk, { completed })]);
    assert.equal((await edit(1)).applied, 1);
    await rows("ALTER TABLE todos ALTER COLUMN description TYPE varchar(10000), ADD COLUMN due date");
    assert.equal((await edit(0)).applied, 1);
  });

  await t.test("a trigger of the app's own may refuse a write, with its words", async (sub) => {
    const { backend, rows } = await start(sub);
    await rows(`
      CREATE FUNCTION not_on_sundays() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no work on sundays'; END $$;
      CREATE TRIGGER sunday BEFORE INSERT ON todos FOR EACH ROW WHEN (NEW.description = 'Sunday') EXECUTE FUNCTION not_on_sundays()`);
    const sunday = put("todos", randomUUID(), { list_id: groceries, description: "Sunday" });
    const result = await backend.upload("alice", [...todos(2, "Monday"), sunday, ...todos(2, "Tuesday")]);
    assert.equal(result.applied, 4);
    assert.deepEqual(
      result.rejected.map(({ op_id, reason }) => [op_id, reason]),
      [[3, "no work on sundays"]],
    );
  });

  await t.test("batches that deadlock are settled without the clients' notice", async (sub) => {
    const { backend, rows } = await start(sub);
    // A trigger that writes a second row, in an order that the backend cannot know.
    await rows(`
      CREATE TABLE counters (name text PRIMARY KEY, n int NOT NULL);
      INSERT INTO counters VALUES ('a', 0), ('b', 0);
      GRANT ALL ON counters TO skerry_app;
      CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE counters SET n = n + 1 WHERE name = left(NEW.description, 1);
        RETURN NEW;
      END $$;
      CREATE TRIGGER counted BEFORE INSERT ON todos FOR EACH ROW EXECUTE FUNCTION count_up()`);
    const rounds = 3;
    const many = (name) => Array.from({ length: 120 }, () => name);
    const write = async (client, order) => {
      const batch = order.map((name) =>
        put("todos", randomUUID(), { list_id: groceries, description: `${name} counted` }),
      );
      assert.equal((await backend.upload("alice", batch, { client })).applied, order.length);
    };
    for (let round = 0; round < rounds; ++round) {
      await Promise.all([
        write("alice-laptop", [...many("a"), ...many("b")]),
        write("alice-phone", [...many("b"), ...many("a")]),
      ]);
    }
    const [{ deadlocks }] = await rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
    sub.diagnostic(`${deadlocks} deadlocks`);
    assert.deepEqual(await rows("SELECT name, n FROM counters ORDER BY name"), [
      { name: "a", n: rounds * 240 },
      { name: "b", n: rounds * 240 },
    ]);
  });
});
