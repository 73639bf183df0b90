import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "../../support/load-ts.mjs";

// Node has no Worker, no window and no storage: importing must not miss them, and opening there is server-side rendering.
const skerry = await load("index.ts", "version.ts", "connector.ts", "profile.ts");
const powersync = await load("powersync.ts");
await load("react/index.ts");
const { SkerryDatabase, Schema, Table, column, SkerryError } = skerry;

const schema = new Schema({ todos: new Table({ text: column.text }) });
const options = (database = {}) => ({
  schema,
  database: { dbFilename: "app.db", disableSSRWarning: true, ...database },
});

test("on a server queries are empty, writes do nothing and connect returns at once", async () => {
  const db = new SkerryDatabase(options());
  await db.waitForReady();
  assert.deepEqual(await db.getAll("SELECT * FROM todos"), []);
  assert.equal(await db.getOptional("SELECT * FROM todos"), null);
  await assert.rejects(db.get("SELECT 1"), { message: "Result set is empty" });
  assert.equal((await db.execute("INSERT INTO todos(id) VALUES (uuid())")).rowsAffected, 0);
  await db.writeTransaction((tx) => tx.execute("DELETE FROM todos"));
  await db.connect({ fetchCredentials: async () => null, uploadData: async () => undefined });
  assert.equal(db.connected, false);
  assert.equal(db.sdkVersion, "");
  assert.equal(await db.getNextCrudTransaction(), null);
  await db.close();
});

test("on a server one warning says so, unless it is switched off", () => {
  const lines = [];
  const logger = { log: ({ message }) => void lines.push(message) };
  new SkerryDatabase({ ...options({ disableSSRWarning: false }), logger });
  new SkerryDatabase({ ...options(), logger });
  assert.equal(lines.length, 1);
  assert.match(lines[0], /SSR/);
});

test("a closed database refuses calls, and closing twice is one close", async () => {
  const db = new SkerryDatabase(options());
  const told = [];
  db.registerListener({ closing: () => void told.push("closing"), closed: () => void told.push("closed") });
  await Promise.all([db.close(), db.close()]);
  assert.deepEqual(told, ["closing", "closed"]);
  await assert.rejects(db.getAll("SELECT 1"), { name: "DatabaseClosedError", code: "database_closed" });
  await assert.rejects(
    db.writeLock(async () => 1),
    { code: "database_closed" },
  );
  assert.throws(() => db.query({ sql: "SELECT 1" }).watch(), { code: "database_closed" });
});

const refused = [
  ["The `schema` option should be provided and should be an instance of `Schema`.", { database: { dbFilename: "a" } }],
  ["The provided `database` option is invalid.", { schema, database: null }],
  ["The provided `database` option is invalid.", { schema, database: {} }],
  ["The provided `database` option is invalid.", { schema, database: "app.db" }],
  ["dbFilename too long (max length is 112)", { schema, database: { dbFilename: "x".repeat(113) } }],
  [
    "Invalid configuration: The 'useWebWorker' flag must be true when using an OPFS-based VFS (OPFSCoopSyncVFS).",
    { schema, database: { dbFilename: "a", useWebWorker: false, vfs: "OPFSCoopSyncVFS" } },
  ],
];
for (const [message, given] of refused) {
  test(`a database is refused with: ${message} (${JSON.stringify(given.database)?.slice(0, 30)})`, () => {
    assert.throws(() => new SkerryDatabase(given), { name: "SkerryError", code: "invalid_argument", message });
  });
}

test("an encryption key is refused instead of being ignored", () => {
  assert.throws(() => new SkerryDatabase(options({ encryptionKey: "k" })), SkerryError);
  assert.throws(() => new SkerryDatabase({ ...options(), encryptionKey: "k" }), SkerryError);
});

test("handlers that are missing are named", () => {
  const db = new SkerryDatabase(options());
  assert.throws(() => db.onChangeWithCallback(undefined), { message: "onChange is required" });
  assert.throws(() => db.watchWithCallback("SELECT 1", [], undefined), { message: "onResult is required" });
});

test("numbers that make no sense are refused by name", () => {
  const refused = (message) => ({ code: "invalid_argument", message });
  assert.throws(
    () => new SkerryDatabase(options({ cacheSizeKb: -1 })),
    refused("cacheSizeKb has to be a number that is not negative, not -1"),
  );
  const db = new SkerryDatabase(options());
  const handler = { onChange: () => undefined };
  assert.throws(
    () => db.onChange(handler, { throttleMs: Number.NaN }),
    refused("throttleMs has to be a number that is not negative, not NaN"),
  );
});

test("connect refuses what is no connector, and metadata that is not text", async () => {
  const db = new SkerryDatabase(options());
  await assert.rejects(db.connect({}), { code: "invalid_argument" });
  const connector = { fetchCredentials: async () => null, uploadData: async () => undefined };
  await assert.rejects(
    db.connect(connector, { appMetadata: { a: 1 } }),
    /^SkerryError: Invalid appMetadata provided. Only string values/,
  );
  await assert.rejects(db.connect(connector, { connectionMethod: "web-socket" }), { code: "invalid_argument" });
  await assert.rejects(db.connect(connector, { params: { f: 1n } }), { message: "params cannot be written as JSON" });
});

test("credentials that cannot be used are named", async () => {
  const ask = (credentials) => skerry.fetchCredentials({ fetchCredentials: async () => credentials });
  await assert.rejects(ask(null), { code: "credentials", message: "Not signed in" });
  await assert.rejects(ask({ endpoint: "https://a", token: "" }), { message: "Not signed in" });
  await assert.rejects(ask({ endpoint: "", token: "t" }), { message: "PowerSync endpoint not configured" });
  await assert.rejects(ask({ endpoint: "https://a/", token: "t" }), /A trailing forward slash "\/" was found/);
  assert.deepEqual(await ask({ endpoint: "https://a", token: "t" }), { endpoint: "https://a", token: "t" });
});

test("the profiles differ in their defaults", () => {
  const connect = (profile) => skerry.resolveSyncOptions({}, profile);
  assert.equal(connect(skerry.powersyncProfile).retryDelayMs, 5000);
  assert.equal(connect(skerry.powersyncProfile).crudUploadThrottleMs, 1000);
  assert.equal(connect(skerry.nativeProfile).profile, "native");
});

test("the compatibility entry has the names of @powersync/web that are there so far", () => {
  for (const name of [
    "PowerSyncDatabase",
    "WebPowerSyncDatabase",
    "Schema",
    "Table",
    "column",
    "ColumnType",
    "WASQLiteVFS",
    "UpdateType",
    "GetAllQuery",
    "compilableQueryWatch",
    "createConsoleLogger",
    "LogLevels",
    "BaseObserver",
    "sanitizeSQL",
    "sanitizeUUID",
    "ArrayComparator",
    "FalsyComparator",
    "CrudBatch",
    "CrudTransaction",
    "UploadQueueStats",
    "SyncStreamConnectionMethod",
    "FetchStrategy",
    "EncodingType",
    "TemporaryStorageOption",
    "WatchedQueryListenerEvent",
    "queryResultFromMapped",
    "queryResultFromRaw",
    "queryResultWithoutRows",
  ]) {
    assert.notEqual(powersync[name], undefined, name);
  }
  assert.equal(powersync.queryResultWithoutRows({ rowsAffected: 2 }).rows, undefined);
  assert.equal(powersync.sanitizeSQL`a = ${"o'x"} AND b = ${null} AND c = ${3}`, "a = 'o''x' AND b = NULL AND c = 3");
  assert.equal(powersync.sanitizeUUID("01970000-0000-7000-8000-000000000000").length, 36, "version 7 is a UUID too");
  assert.throws(() => powersync.sanitizeUUID("x'; DROP"), /is not a valid UUID/);
});

test("the package's version is the one it reports", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  assert.equal(skerry.kVersion, version);
});
