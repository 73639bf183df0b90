// `skerryd check --source`: what a user would get of a database, and what keeps that database from being replicated.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../support/cleanup.mjs";
import { query, startPostgres } from "../../support/postgres.mjs";
import { runToEnd, sqlite } from "../../support/skerryd.mjs";

const streams = `
config:
  edition: 3
streams:
  lists:
    auto_subscribe: true
    priority: 1
    query: SELECT * FROM lists WHERE owner_id = auth.user_id()
  todos:
    auto_subscribe: true
    query: SELECT * FROM todos WHERE list_id IN (SELECT id FROM lists WHERE owner_id = auth.user_id())
  list_todos:
    accept_potentially_dangerous_queries: true
    query: SELECT * FROM todos WHERE list_id = subscription.parameter('list_id') AND done = connection.parameter('done')
`;

const rows = `
  CREATE TABLE lists(id text PRIMARY KEY, name text, owner_id text);
  CREATE TABLE todos(id text PRIMARY KEY, list_id text, text text, done integer);
  INSERT INTO lists VALUES ('l1', 'Groceries', 'alice'), ('l2', 'Café ☕', 'alice'), ('l3', 'Garage', 'bob');
  INSERT INTO todos VALUES ('t1', 'l1', 'milk', 0), ('t2', 'l1', 'bread', 1), ('t3', 'l3', 'screws', 1);`;

function writeStreams(t, text = streams) {
  const file = join(temporaryFolder(t, "check"), "streams.yaml");
  writeFileSync(file, text);
  return file;
}

/** What stands after the plan: { counts, warnings }. */
async function check(...args) {
  const { code, text } = await runToEnd(["check", ...args]);
  assert.equal(code, 0, text);
  const lines = text.split("\n");
  const counts = lines.filter((line) => /^ *\d+ rows in /.test(line)).map((line) => line.trim());
  const warnings = lines.filter((line) => line.startsWith("skerryd: warning: ")).map((line) => line.slice(18));
  return { counts, warnings, text };
}

const ofAlice = [
  '2 rows in lists|0["alice"], priority 1',
  '2 rows in todos|0["l1"], priority 3',
  '0 rows in todos|0["l2"], priority 3',
  "4 rows in 3 buckets for this user",
];

/** The same questions to any source. */
async function checkUsers(file, source) {
  const alice = await check(file, "--source", source, "--token", '{"sub":"alice"}');
  assert.deepEqual(alice.counts.toSorted(), ofAlice.toSorted());
  assert.match(alice.text, /^stream lists, for everybody/m); // The plan in words stands before.
  const nobody = await check(file, "--source", source, "--token", '{"sub":"eve"}');
  assert.deepEqual(nobody.counts, ['0 rows in lists|0["eve"], priority 1', "0 rows in 1 buckets for this user"]);
  const subscribed = await check(
    ...["--streams", file, "--source", source, "--token", '{"sub":"bob"}', "--parameters", '{"done":1}'],
    ...["--subscribe", 'list_todos={"list_id":"l1"}', "--subscribe", 'list_todos={"list_id":"l3"}'],
  );
  for (const line of ['1 rows in list_todos|0[1,"l1"], priority 3', '1 rows in list_todos|0[1,"l3"], priority 3']) {
    assert.ok(subscribed.counts.includes(line), subscribed.text);
  }
  const all = await check(file, "--source", source);
  assert.deepEqual(all.counts.toSorted(), [
    '1 rows in list_todos|0[0,"l1"]',
    '1 rows in list_todos|0[1,"l1"]',
    '1 rows in list_todos|0[1,"l3"]',
    '1 rows in lists|0["bob"]',
    '1 rows in todos|0["l3"]',
    '2 rows in lists|0["alice"]',
    '2 rows in todos|0["l1"]',
  ]);
}

test("check counts a user's rows in a SQLite file and leaves the file as it was", async (t) => {
  const file = writeStreams(t);
  const source = join(temporaryFolder(t, "check"), "app.db");
  sqlite(source, rows);
  const before = readFileSync(source);
  await checkUsers(file, source);
  assert.deepEqual(readFileSync(source), before);
});

test("check tells of columns that are missing and of rows that cannot be evaluated", async (t) => {
  const file = writeStreams(t, streams.replace("done = connection", "text -> 'a' = connection"));
  const source = join(temporaryFolder(t, "check"), "app.db");
  sqlite(source, rows.replaceAll("owner_id text", "owner text"));
  const { warnings } = await check(file, "--source", source);
  assert.ok(warnings.some((line) => /table 'lists' has no column 'owner_id'.*it reads as NULL/.test(line)));
  assert.ok(warnings.some((line) => /table 'todos': a row cannot be evaluated: /.test(line)));
  assert.ok(warnings.some((line) => /table 'todos': 3 rows cannot be evaluated/.test(line)));
});

test("check counts the same in a Postgres, in one snapshot, and leaves nothing behind", async (t) => {
  const cluster = await startPostgres(t);
  const url = `${cluster.url()}?sslmode=disable`;
  await query(cluster.url(), `${rows} CREATE PUBLICATION powersync FOR ALL TABLES`);
  await checkUsers(writeStreams(t), url);
  const { warnings } = await check(writeStreams(t), "--source", url);
  assert.deepEqual(warnings, []);
  const [{ slots }] = await query(cluster.url(), "SELECT count(*)::int AS slots FROM pg_replication_slots");
  assert.equal(slots, 0);
});

test("check sees Postgres' values as replication does", async (t) => {
  const cluster = await startPostgres(t);
  const url = `${cluster.url()}?sslmode=disable`;
  await query(
    cluster.url(),
    `CREATE TYPE mood AS ENUM ('calm');
     CREATE TABLE events(id bigint PRIMARY KEY, at timestamptz, day date, ok boolean, weight numeric, tags text[], mood mood);
     INSERT INTO events VALUES
       (1, '2024-02-03 04:05:06.7+01', '2024-02-03', true, 1.50, '{a,"b c"}', 'calm'), (2, NULL, NULL, NULL, NULL, NULL, NULL);
     CREATE PUBLICATION powersync FOR TABLE events`,
  );
  const columns = ["at", "day", "ok", "weight", "tags", "mood"];
  const text = `config:\n  edition: 3\nstreams:\n${columns
    .map((name) => `  by_${name}:\n    query: SELECT id FROM events WHERE ${name} = auth.parameter('x')\n`)
    .join("")}`;
  const { counts } = await check(writeStreams(t, text), "--source", url);
  assert.deepEqual(counts.toSorted(), [
    '1 rows in by_at|0["2024-02-03T03:05:06.700000Z"]',
    '1 rows in by_day|0["2024-02-03"]',
    '1 rows in by_mood|0["calm"]',
    "1 rows in by_ok|0[1]",
    '1 rows in by_tags|0["[\\"a\\",\\"b c\\"]"]',
    '1 rows in by_weight|0["1.50"]',
  ]);
});

test("each fault of a Postgres source is a warning with the SQL that mends it, all at once", async (t) => {
  const cluster = await startPostgres(t, { settings: { wal_level: "replica" } });
  await query(
    cluster.url(),
    `${rows}
     CREATE TABLE notes(list_id text, text text);
     CREATE SCHEMA hidden;
     CREATE TABLE hidden.tags(id text PRIMARY KEY, list_id text);
     ALTER TABLE lists ENABLE ROW LEVEL SECURITY;
     CREATE ROLE sync LOGIN PASSWORD 'of-the-test';
     GRANT SELECT ON lists, todos, notes TO sync`,
  );
  const file = writeStreams(
    t,
    `${streams}
  notes:
    query: SELECT list_id || text AS id, text FROM notes WHERE text = auth.user_id()
  tags:
    query: SELECT * FROM hidden.tags WHERE list_id = auth.user_id()
  absent:
    query: SELECT * FROM absent
`,
  );
  const url = () => `${cluster.url({ user: "sync", password: "of-the-test" })}?sslmode=disable`;
  const { warnings, counts } = await check(file, "--source", url());
  const runs = [
    /wal_level 'replica'; run: ALTER SYSTEM SET wal_level = logical; and restart/,
    /no publication 'powersync'; run: CREATE PUBLICATION powersync FOR ALL TABLES/,
    /role sync may not replicate; run: ALTER ROLE "sync" REPLICATION/,
    /'public\.todos' is not in the publication; run: ALTER PUBLICATION powersync ADD TABLE "public"\."todos"/,
    /'hidden\.tags' may not be read; run: GRANT USAGE ON SCHEMA "hidden" TO "sync"; GRANT SELECT ON "hidden"\."tags" TO "sync"/,
    /row level security hides rows of table 'public\.lists'.*run: ALTER ROLE "sync" BYPASSRLS/,
    /'public\.notes' has no replica identity.*run: ALTER TABLE "public"\."notes" REPLICA IDENTITY FULL/,
    /table 'absent' is not in the source database/,
  ];
  for (const run of runs)
    assert.ok(
      warnings.some((line) => run.test(line)),
      `${run} in\n${warnings.join("\n")}`,
    );
  // What is only not published is counted; what the role does not see is not.
  assert.ok(counts.includes('2 rows in todos|0["l1"]'));
  assert.ok(!counts.some((line) => line.includes("lists|0[")));

  // Whoever runs what the warnings say has a source without faults.
  await query(cluster.url(), "CREATE TABLE absent(id text PRIMARY KEY)");
  for (const line of [...warnings].sort(
    (a, b) => b.includes("CREATE PUBLICATION") - a.includes("CREATE PUBLICATION"),
  )) {
    const sql = /run: (.*?)(; and restart.*|; or FOR TABLE.*)?$/.exec(line)?.[1];
    if (!sql || sql.includes("ADD TABLE")) continue; // The publication is for all tables.
    await query(cluster.url(), sql);
  }
  await query(cluster.url(), 'GRANT SELECT ON absent TO "sync"');
  await cluster.stop();
  await cluster.start();
  const mended = await check(file, "--source", url(), "--token", '{"sub":"alice"}');
  assert.deepEqual(mended.warnings, []);
  assert.deepEqual(mended.counts.toSorted(), ofAlice.toSorted());
});

test("a source that cannot be read is one message", async (t) => {
  const file = writeStreams(t);
  const failing = async (source, pattern) => {
    const { code, text } = await runToEnd(["check", file, "--source", source]);
    assert.equal(code, 1);
    assert.match(text, pattern);
  };
  await failing("/nowhere/app.db", /error: the source \/nowhere\/app\.db does not exist/);
  await failing("postgresql://[", /error: the source is: not an address of Postgres: /);
  await failing(
    "postgresql://me@127.0.0.1:1/app?sslmode=disable",
    /error: connecting to Postgres: .*Connection refused/,
  );
});
