// The app whose database is replicated while the service is killed: its tables, its sync configs, what it writes at random, and what
// each user has to see of it by plain SQL.
//
// Every transaction counts the row of `clock` up, and every user sees that row. So whatever a client shows names the state of the
// source that it has to equal.

export const users = ["alice", "bob", "carol"];
const listIds = ["l0", "l1", "l2", "l3", "l4", "l5"];
const itemIds = Array.from({ length: 40 }, (_, i) => `i${i}`);

export const schema = `
  CREATE TABLE clock(id text PRIMARY KEY, n integer);
  CREATE TABLE lists(id text PRIMARY KEY, name text, owner_id text, archived integer);
  CREATE TABLE items(id text PRIMARY KEY, list_id text, done integer, text text);
  CREATE TABLE shares(list_id text, user_id text, PRIMARY KEY (list_id, user_id));
  CREATE TABLE notes(id text PRIMARY KEY, list_id text, body text);
  CREATE TABLE bulk(id text PRIMARY KEY, owner text, v integer);
  INSERT INTO clock VALUES ('1', 0);
  INSERT INTO lists VALUES ('l0', 'first', 'alice', 0), ('l1', 'second', 'bob', 0), ('l2', 'third', 'carol', 0);
  INSERT INTO items VALUES ('i0', 'l0', 0, 'a'), ('i1', 'l1', 0, 'b'), ('i2', 'l2', 1, 'c');
  INSERT INTO shares VALUES ('l0', 'bob'), ('l1', 'carol');
  INSERT INTO notes VALUES ('n0', 'l0', 'x'), ('n1', 'l1', 'y');
  ${insertBulk(0, 1500)};`;

function insertBulk(from, count) {
  return `INSERT INTO bulk(id, owner, v) WITH RECURSIVE s(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM s WHERE i + 1 < ${from + count})
    SELECT 'b' || i, CASE WHEN i % 50 = 0 THEN 'alice' ELSE 'carol' END, i FROM s WHERE true ON CONFLICT (id) DO UPDATE SET v = bulk.v + 1`;
}

// Two configs to change between. The row of the clock tells which of them a client's rows were made by.
const owned = "SELECT id FROM lists WHERE owner_id = auth.user_id()";
const shared = "SELECT list_id FROM shares WHERE user_id = auth.user_id()";
const configs = {
  a: {
    clock: [1, "SELECT id, n, 'a' AS config FROM clock"],
    lists: [1, "SELECT * FROM lists WHERE owner_id = auth.user_id()"],
    items: [3, `SELECT * FROM items WHERE list_id IN (${owned})`],
    shared_items: [2, `SELECT * FROM items WHERE list_id IN (${shared})`],
    bulk: [3, "SELECT id, v FROM bulk WHERE owner = auth.user_id()"],
  },
  b: {
    clock: [1, "SELECT id, n, 'b' AS config FROM clock"],
    lists: [2, "SELECT id, name FROM lists WHERE owner_id = auth.user_id() AND archived = 0"],
    items: [
      0,
      "SELECT items.id, items.text, items.done FROM items JOIN lists ON items.list_id = lists.id WHERE lists.owner_id = auth.user_id()",
    ],
    notes: [3, `SELECT * FROM notes WHERE list_id IN (${shared}) OR list_id IN (${owned})`],
    bulk: [3, "SELECT id, owner FROM bulk WHERE owner = auth.user_id() AND v % 2 = 0"],
  },
};

export const configNames = Object.keys(configs);

export function streamsText(name) {
  const streams = Object.entries(configs[name]).map(
    ([stream, [priority, query]]) =>
      `  ${stream}:\n    auto_subscribe: true\n    priority: ${priority}\n    query: ${query}\n`,
  );
  return `config:\n  edition: 3\nstreams:\n${streams.join("")}`;
}

/** What the queries of a config select for each user, as SQL of the source itself: [{ config, user, type, sql }]. */
export function evaluations() {
  return configNames.flatMap((config) =>
    users.flatMap((user) =>
      Object.entries(configs[config]).map(([stream, [, query]]) => ({
        config,
        user,
        type: stream === "shared_items" ? "items" : stream,
        sql: query.replaceAll("auth.user_id()", `'${user}'`),
      })),
    ),
  );
}

/** The rows as one text that is equal exactly if they are: `rows` are [type, object]. */
export function canonical(rows) {
  const byId = new Map();
  for (const [type, row] of rows) {
    const members = Object.keys(row)
      .sort()
      .map((key) => `${key}=${JSON.stringify(row[key])}`);
    byId.set(`${type}/${row.id}`, members.join(","));
  }
  return [...byId.keys()]
    .sort()
    .map((id) => `${id}: ${byId.get(id)}`)
    .join("\n");
}

const quote = (text) => `'${text}'`;

/** Some statements of a transaction. `dialect` is "sqlite" or "postgres". */
export class RandomWrites {
  #columns = 0;
  #dialect;
  #random;

  constructor(random, dialect) {
    this.#random = random;
    this.#dialect = dialect;
  }

  transaction() {
    const count = this.#random.pick([1, 1, 2, 3, 6]);
    return Array.from({ length: count }, () => this.#statement());
  }

  #statement() {
    const random = this.#random;
    const list = quote(random.pick(listIds));
    const other = quote(random.pick(listIds));
    const user = quote(random.pick(users));
    const id = random.pick(itemIds);
    const item = quote(id);
    const moved = quote(`x${id}`);
    // One in four is stored out of line by Postgres, which leaves it out of updates that do not change it.
    const text = quote(random.text(random.isOneIn(4) ? 5000 : 12));
    const statements = [
      () =>
        `INSERT INTO lists VALUES (${list}, ${quote(random.text(6))}, ${user}, 0) ON CONFLICT (id) DO UPDATE SET name = excluded.name, owner_id = excluded.owner_id`,
      () => `UPDATE lists SET owner_id = ${user} WHERE id = ${list}`,
      () => `UPDATE lists SET archived = 1 - archived WHERE id = ${list}`,
      () => `DELETE FROM lists WHERE id = ${list}`,
      ...Array(4).fill(
        () =>
          `INSERT INTO items(id, list_id, done, text) VALUES (${item}, ${list}, 0, ${text}) ON CONFLICT (id) DO UPDATE SET list_id = excluded.list_id, text = excluded.text`,
      ),
      () => `UPDATE items SET done = 1 - done WHERE list_id = ${list}`,
      () => `UPDATE items SET list_id = ${list} WHERE list_id = ${other}`,
      () =>
        `UPDATE items SET id = ${moved} WHERE id = ${item} AND NOT EXISTS (SELECT 1 FROM items WHERE id = ${moved})`,
      () => `UPDATE items SET id = ${item} WHERE id = ${moved} AND NOT EXISTS (SELECT 1 FROM items WHERE id = ${item})`,
      () => `DELETE FROM items WHERE id IN (${item}, ${moved})`,
      () => `DELETE FROM items WHERE id = ${item}; INSERT INTO items(id, list_id, done) VALUES (${item}, ${list}, 1)`,
      () => `INSERT INTO shares VALUES (${list}, ${user}) ON CONFLICT DO NOTHING`,
      () => `DELETE FROM shares WHERE user_id = ${user} AND list_id = ${list}`,
      () =>
        `INSERT INTO notes VALUES (${quote(`n${random.below(9)}`)}, ${list}, ${text}) ON CONFLICT (id) DO UPDATE SET list_id = excluded.list_id`,
      () => (random.isOneIn(3) ? this.#truncate("notes") : `DELETE FROM notes WHERE list_id = ${list}`),
      () => this.#bulkStatement(),
      () => (random.isOneIn(5) ? this.#addColumn() : `UPDATE items SET text = NULL WHERE id = ${item}`),
    ];
    return random.pick(statements)();
  }

  #bulkStatement() {
    const random = this.#random;
    return random.pick([
      () => insertBulk(random.below(1000), random.between(200, 800)),
      () => `UPDATE bulk SET v = v + 1 WHERE v % 7 = ${random.below(7)}`,
      () => `DELETE FROM bulk WHERE v % 3 = ${random.below(3)}`,
      () => this.#truncate("bulk"),
    ])();
  }

  #truncate(table) {
    return this.#dialect === "postgres" ? `TRUNCATE ${table}` : `DELETE FROM ${table}`;
  }

  // A change of its rows tells of the new column; without rows there is nothing that could be wrong.
  #addColumn() {
    if (this.#columns === 3) return "UPDATE items SET done = 2";
    const name = `extra${++this.#columns}`;
    return `ALTER TABLE items ADD COLUMN ${name} text DEFAULT 'd'; UPDATE items SET ${name} = 'e', done = 3`;
  }
}
