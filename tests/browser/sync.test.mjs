// Syncing through the public API with a service whose every line the test decides.
import assert from "node:assert/strict";
import { test } from "node:test";
import { testBrowser } from "./api/harness.mjs";
import { ScriptedService } from "./api/scripted-service.mjs";

let service;
const browser = testBrowser({ route: (path) => service?.route(path) });

let files = 0;
const nextFile = () => `sync-${++files}.db`;

/** A page with an open database and a connector as `connector`, which records what it was asked in `asked`. */
async function syncPage(file) {
  // The errors that these tests provoke are logged, as they should be.
  const page = await browser.newPage({ quiet: true });
  const prepare = async ([name, path]) => {
    globalThis.asked = [];
    globalThis.tokens = 0;
    globalThis.connector = {
      fetchCredentials: async () => {
        asked.push("credentials");
        return { endpoint: location.origin + path, token: `token-${++tokens}` };
      },
      uploadData: async (database) => {
        asked.push("upload");
        const transaction = await database.getNextCrudTransaction();
        await transaction?.complete();
      },
    };
    globalThis.statuses = [];
    globalThis.lines = [];
    const logger = { log: ({ message, error }) => void lines.push(`${message} ${error ?? ""}`) };
    await open(name, { logger });
    db.registerListener({ statusChanged: (status) => void statuses.push(status.toJSON()) });
  };
  await page.evaluate(prepare, [file, service.path]);
  return page;
}

test("rows of the service arrive, a watch sees them, and the first sync is reported", async () => {
  service = new ScriptedService();
  service.put("lists", "a", { name: "Groceries", owner: "alice" });
  const page = await syncPage(nextFile());
  const connected = page.evaluate(async () => {
    globalThis.seen = [];
    db.watch("SELECT name FROM lists", [], { onResult: (r) => void seen.push(r.array.map((row) => row.name)) });
    assertUnsynced();
    await db.connect(connector, { params: { region: "eu" }, appMetadata: { version: "1" } });
    function assertUnsynced() {
      if (db.currentStatus.hasSynced !== false) throw new Error("synced before connecting");
    }
  });
  const stream = await service.stream(1);
  stream.send(...service.checkpoint());
  await connected;
  const result = await page.evaluate(async () => {
    await db.waitForFirstSync();
    await until(() => seen.at(-1)?.length === 1);
    const { connected, hasSynced, lastSyncedAt, downloadProgress } = db.currentStatus;
    return { seen: seen.at(-1), connected, hasSynced, dated: lastSyncedAt instanceof Date, downloadProgress };
  });
  assert.deepEqual(result, {
    seen: ["Groceries"],
    connected: true,
    hasSynced: true,
    dated: true,
    downloadProgress: null,
  });
  assert.equal(stream.headers.authorization, "Token token-1");
  assert.match(stream.headers.accept, /bson-stream.*x-ndjson/);
  assert.equal(stream.url, `${service.path}/sync/stream`, "the token is in no address");
  assert.deepEqual(stream.body.parameters, { region: "eu" });
  assert.deepEqual(stream.body.app_metadata, { version: "1" });
  await page.evaluate(() => db.execute("INSERT INTO lists(id) VALUES ('mine')").then(() => undefined));
  await service.checkpointRequest(1);
  const uploads = await page.evaluate(() => asked.filter((what) => what === "upload").length);
  assert.equal(uploads, 1, "one for the write, none while the queue was empty");
  await page.close();
});

test("a local write is uploaded, and the service's answer replaces it [C-086]", async () => {
  service = new ScriptedService();
  const page = await syncPage(nextFile());
  const connected = page.evaluate(() => db.connect(connector));
  const stream = await service.stream(1);
  stream.send(...service.checkpoint());
  await connected;
  await page.evaluate(async () => {
    await db.waitForFirstSync();
    await db.execute("INSERT INTO lists(id, name) VALUES ('mine', 'local')");
    await until(() => asked.includes("upload"));
    await until(async () => (await db.getUploadQueueStats()).count === 0);
  });
  // The queue is empty before the client asks what to wait for.
  await service.checkpointRequest(1);
  service.put("lists", "mine", { name: "from the service" });
  stream.send(...service.checkpoint({ writeCheckpoint: service.writeCheckpoint }));
  const name = await page.evaluate(() =>
    until(
      async () => (await db.get("SELECT name FROM lists")).name,
      (n) => n !== "local",
    ),
  );
  assert.equal(name, "from the service");
  await page.close();
});

test("a failing upload is reported and repeated, and the queue is kept", async () => {
  service = new ScriptedService();
  const page = await syncPage(nextFile());
  await page.evaluate(() => {
    const { uploadData } = connector;
    connector.uploadData = async (database) => {
      if (asked.filter((what) => what === "upload").length < 2) {
        asked.push("upload");
        throw new Error("the backend said 503");
      }
      return uploadData(database);
    };
    return db.execute("INSERT INTO lists(id) VALUES ('a')").then(() => undefined);
  });
  const connected = page.evaluate(() => db.connect(connector, { retryDelayMs: 50, crudUploadThrottleMs: 10 }));
  const stream = await service.stream(1);
  stream.send(...service.checkpoint());
  await connected;
  const result = await page.evaluate(async () => {
    await until(() => statuses.some((status) => status.uploadError));
    await until(async () => (await db.getUploadQueueStats()).count === 0);
    await until(() => db.currentStatus.uploadError === undefined);
    return statuses.find((status) => status.uploadError).uploadError;
  });
  assert.equal(result.message, "the backend said 503");
  await page.close();
});

test("a refused token is fetched anew", async () => {
  service = new ScriptedService();
  service.refused.add("Token token-1");
  const page = await syncPage(nextFile());
  await page.evaluate(() => db.connect(connector, { retryDelayMs: 20 }));
  const stream = await service.stream(2);
  assert.equal(stream.headers.authorization, "Token token-2");
  stream.send(...service.checkpoint());
  const error = await page.evaluate(async () => {
    await db.waitForFirstSync();
    return statuses.find((status) => status.downloadError)?.downloadError;
  });
  assert.equal(error.status, 401);
  assert.equal(await page.evaluate(() => lines.some((line) => line.includes("token-"))), false, "a token is in no log");
  // A complete sync clears the error.
  await page.evaluate(() => until(() => db.currentStatus.downloadError === undefined));
  await page.close();
});

test("missing and unusable credentials are reported and do not end the tries", async () => {
  service = new ScriptedService();
  const page = await syncPage(nextFile());
  await page.evaluate(() => {
    const answers = [null, { endpoint: `${location.origin}/`, token: "t" }];
    const { fetchCredentials } = connector;
    connector.fetchCredentials = async () => {
      if (answers.length > 0) return answers.shift();
      return fetchCredentials();
    };
    return db.connect(connector, { retryDelayMs: 20 });
  });
  const stream = await service.stream(1);
  stream.send(...service.checkpoint());
  const messages = await page.evaluate(async () => {
    await db.waitForFirstSync();
    return [...new Set(statuses.map((status) => status.downloadError?.message).filter(Boolean))];
  });
  assert.match(messages[0], /Not signed in/);
  assert.match(messages[1], /A trailing forward slash/);
  await page.close();
});

test("a stream that ends or breaks is opened again, from where it was", async () => {
  service = new ScriptedService();
  service.put("lists", "a", { name: "A" });
  const page = await syncPage(nextFile());
  const connected = page.evaluate(() => db.connect(connector, { retryDelayMs: 20 }));
  const first = await service.stream(1);
  first.send(...service.checkpoint());
  await connected;
  await page.evaluate(() => db.waitForFirstSync());
  first.end();
  const second = await service.stream(2);
  assert.deepEqual(second.body.buckets, [{ name: "all[]", after: "1" }]);
  second.send(...service.checkpoint().slice(0, 1));
  second.destroy();
  const third = await service.stream(3);
  service.put("lists", "b", { name: "B" });
  third.send(...service.checkpoint({ after: 1 }));
  await page.evaluate(() => until(async () => (await db.getAll("SELECT id FROM lists")).length === 2));
  await page.close();
});

test("disconnect ends the stream and says so; connecting again uses the new options", async () => {
  service = new ScriptedService();
  const page = await syncPage(nextFile());
  const connected = page.evaluate(() => db.connect(connector, { params: { n: 1 } }));
  const first = await service.stream(1);
  first.send(...service.checkpoint());
  await connected;
  await page.evaluate(() => db.disconnect());
  await first.closed;
  assert.deepEqual(await page.evaluate(() => [db.connected, db.connecting, db.connector]), [false, false, null]);
  const again = page.evaluate(() => db.connect(connector, { params: { n: 2 } }));
  const second = await service.stream(2);
  assert.deepEqual(second.body.parameters, { n: 2 });
  second.send(...service.checkpoint());
  await again;
  await page.evaluate(() => until(() => db.connected));
  await page.close();
});

test("what was synced and what is known of it survives the browser tab, offline", async () => {
  service = new ScriptedService();
  service.put("lists", "a", { name: "A" });
  const file = nextFile();
  const page = await syncPage(file);
  const connected = page.evaluate(() => db.connect(connector));
  (await service.stream(1)).send(...service.checkpoint());
  await connected;
  await page.evaluate(() => db.waitForFirstSync());
  await page.close();
  const again = await syncPage(file);
  const state = await again.evaluate(async () => [
    db.currentStatus.hasSynced,
    db.connected,
    await db.getAll("SELECT name FROM lists"),
  ]);
  assert.deepEqual(state, [true, false, [{ name: "A" }]]);
  await again.close();
});

test("a subscription is sent with its parameters and reports its stream", async () => {
  service = new ScriptedService();
  const page = await syncPage(nextFile());
  await page.evaluate(async () => {
    globalThis.subscription = await db.syncStream("todos", { b: 1, a: 2 }).subscribe({ ttl: 60, priority: 1 });
  });
  const offline = await page.evaluate(() =>
    until(() => db.currentStatus.forStream({ name: "todos", parameters: { a: 2, b: 1 } })?.subscription),
  );
  assert.equal(offline.hasExplicitSubscription, true);
  assert.equal(offline.hasSynced, false);
  const connected = page.evaluate(() => db.connect(connector));
  const stream = await service.stream(1);
  const [requested] = stream.body.streams.subscriptions;
  assert.equal(requested.stream, "todos");
  assert.deepEqual(requested.parameters, { a: 2, b: 1 });
  stream.send(...service.checkpoint());
  await connected;
  await page.evaluate(() => subscription.unsubscribe());
  await page.close();
});

test("tabs share one sync client: the latest connector acts, and when its tab closes the one before", async () => {
  service = new ScriptedService();
  const file = nextFile();
  const [first, second] = [await syncPage(file), await syncPage(file)];
  const connected = first.evaluate(() => db.connect(connector, { params: { tab: 1 }, crudUploadThrottleMs: 10 }));
  (await service.stream(1)).send(...service.checkpoint());
  await connected;
  await second.evaluate(() => until(() => db.connected));
  const secondConnected = second.evaluate(() =>
    db.connect(connector, { params: { tab: 2 }, crudUploadThrottleMs: 10 }),
  );
  const stream = await service.stream(2);
  assert.deepEqual(stream.body.parameters, { tab: 2 });
  stream.send(...service.checkpoint());
  await secondConnected;
  await first.evaluate(() => db.execute("INSERT INTO lists(id) VALUES ('a')").then(() => undefined));
  await second.evaluate(() => until(() => asked.includes("upload")));
  await service.checkpointRequest(1);
  assert.equal(await first.evaluate(() => asked.includes("upload")), false);
  await second.close();
  await first.evaluate(() => db.execute("INSERT INTO lists(id) VALUES ('b')").then(() => undefined));
  await first.evaluate(() => until(() => asked.includes("upload")));
  await first.close();
});

test("when the owner's tab closes, the sync goes on with the connector of a tab that lives", async () => {
  service = new ScriptedService();
  const file = nextFile();
  const [owner, other] = [await syncPage(file), await syncPage(file)];
  const connected = other.evaluate(() => db.connect(connector, { params: { tab: 2 } }));
  (await service.stream(1)).send(...service.checkpoint());
  await connected;
  await owner.close();
  const stream = await service.stream(2);
  assert.deepEqual(stream.body.parameters, { tab: 2 });
  service.put("lists", "a", { name: "after" });
  stream.send(...service.checkpoint());
  await other.evaluate(() => until(async () => (await db.getAll("SELECT id FROM lists")).length === 1));
  await other.close();
});

test("disconnect in one tab is a disconnect in all", async () => {
  service = new ScriptedService();
  const file = nextFile();
  const [first, second] = [await syncPage(file), await syncPage(file)];
  const connected = first.evaluate(() => db.connect(connector));
  const stream = await service.stream(1);
  stream.send(...service.checkpoint());
  await connected;
  await second.evaluate(() => db.disconnect());
  await stream.closed;
  await first.evaluate(() => until(() => !db.connected && db.connector === null));
  await first.close();
  await second.close();
});

test("closing the database object that connected ends the sync, another one in the tab stays open", async () => {
  service = new ScriptedService();
  const file = nextFile();
  const page = await syncPage(file);
  const connected = page.evaluate(async (name) => {
    globalThis.connecting = db;
    await open(name);
    await connecting.connect(connector);
  }, file);
  const stream = await service.stream(1);
  stream.send(...service.checkpoint());
  await connected;
  await page.evaluate(async () => {
    await until(() => db.connected);
    await connecting.close();
  });
  await stream.closed;
  await page.evaluate(() => until(() => !db.connected && !db.connecting));
  assert.deepEqual(await page.evaluate(() => db.getAll("SELECT 1 AS one")), [{ one: 1 }]);
  await page.close();
});

test("a line that is not the protocol is an error of the status, and the database stays usable", async () => {
  service = new ScriptedService();
  const page = await syncPage(nextFile());
  const connected = page.evaluate(() => db.connect(connector, { retryDelayMs: 20 }));
  const first = await service.stream(1);
  first.send("nonsense", { data: { bucket: 5 } });
  await connected;
  const second = await service.stream(2);
  second.send(...service.checkpoint());
  const result = await page.evaluate(async () => {
    await db.execute("INSERT INTO notes(id) VALUES ('works')");
    await db.waitForFirstSync();
    return statuses.find((status) => status.downloadError)?.downloadError;
  });
  assert.equal(result.code, "protocol");
  await page.close();
});
