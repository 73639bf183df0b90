// The demo on Postgres as two people use it: a backend that writes, skerryd that follows, and each part gone for a while.
import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PostgresDemo } from "../../scripts/demo-postgres.mjs";
import { openBrowser } from "../support/chromium.mjs";
import { afterwards, removeFolder, temporaryFolder } from "../support/cleanup.mjs";
import { DemoPage } from "../support/demo.mjs";
import { psql } from "../support/postgres.mjs";
import { binary } from "../support/skerryd.mjs";

test("two people share lists over Postgres, and each part may be away for a while", { timeout: 540_000 }, async (t) => {
  const folder = temporaryFolder(t, "e2e-postgres");
  const logFile = join(folder, "log");
  const log = openSync(logFile, "a");
  afterwards(t, () => closeSync(log));
  const demo = new PostgresDemo(join(folder, "demo"), { clusterSettings: { fsync: "off" }, log, skerryd: binary });
  // As root the cluster lies elsewhere, since Postgres runs as another user.
  afterwards(t, () => removeFolder(demo.cluster.folder));
  afterwards(t, () => demo.stop());
  await demo.start();
  const sql = (text) => psql(demo.database.owner, text);
  const browser = async (name) => {
    const context = await openBrowser(join(folder, name));
    afterwards(t, () => context.close());
    return context;
  };
  let broken = false;
  // A step builds on those before it: after one that failed the rest would only fail slowly.
  const step = (name, action) =>
    t.test(name, async (sub) => {
      assert.equal(broken, false, "an earlier step failed");
      broken = true;
      const started = performance.now();
      await action(sub).catch((error) => {
        sub.diagnostic(readFileSync(logFile, "utf8").slice(-4000));
        throw error;
      });
      sub.diagnostic(`${Math.round(performance.now() - started)} ms`);
      broken = false;
    });

  const alice = await DemoPage.open(await browser("alice-laptop"), demo.url);
  const bob = await DemoPage.open(await browser("bob-office"), demo.url);
  const bothSynced = async () => {
    for (const person of [alice, bob]) await person.status(/^Synced$/);
  };

  await step("each signs in and sees the own lists and those shared with them", async () => {
    await bob.chooseUser("bob");
    await bothSynced();
    for (const name of ["Groceries", "Weekend", "Team"]) await alice.list(name).waitFor();
    for (const name of ["Garage", "Books", "Team"]) await bob.list(name).waitFor();
    assert.equal(await bob.list("Groceries").count(), 0);
  });

  await step("a list that alice makes is seen by bob when she shares it", async () => {
    await alice.addList("Garden");
    await alice.addTodo("Buy seeds");
    await alice.status(/^Synced$/);
    assert.equal(await bob.list("Garden").count(), 0);
    sql("INSERT INTO list_shares SELECT gen_random_uuid(), id, 'bob' FROM lists WHERE name = 'Garden'");
    await bob.openList("Garden");
    await bob.todo("Buy seeds").check();
    await alice.isTicked("Buy seeds");
    assert.equal(sql("SELECT completed, created_by FROM todos WHERE description = 'Buy seeds'"), "t|alice");
  });

  await step("edits made offline on both sides arrive, column by column", async () => {
    await alice.offline(true);
    await bob.offline(true);
    await alice.addTodo("Alice offline");
    await alice.todo("Buy seeds").uncheck();
    await bob.addTodo("Bob offline");
    await alice.status("Offline, 2 changes waiting");
    await bob.status("Offline, 1 change waiting");
    // Meanwhile a third one changes another column of the row that alice unticked.
    sql("UPDATE todos SET description = 'Buy many seeds' WHERE description = 'Buy seeds'");
    await alice.offline(false);
    await bob.offline(false);
    await alice.todo("Bob offline").waitFor();
    await bob.todo("Alice offline").waitFor();
    for (const person of [alice, bob]) await person.isTicked("Buy many seeds", false);
    await bothSynced();
  });

  await step("a row inserted with psql is shown, a changed one is changed, a deleted one leaves", async () => {
    sql(`INSERT INTO todos (id, list_id, description)
      SELECT '00000000-0000-4000-8000-000000000001', id, 'By hand' FROM lists WHERE name = 'Garden'`);
    for (const person of [alice, bob]) await person.todo("By hand").waitFor();
    sql("UPDATE todos SET completed = true WHERE description = 'By hand'");
    for (const person of [alice, bob]) await person.isTicked("By hand");
    sql("DELETE FROM todos WHERE description = 'By hand'");
    for (const person of [alice, bob]) await person.todo("By hand").waitFor({ state: "detached" });
  });

  await step("a write that the backend refuses leaves the page and blocks nothing", async () => {
    const tooLong = "x".repeat(10_001);
    await alice.addTodo(tooLong);
    await alice.addTodo("Behind it");
    await bob.todo("Behind it").waitFor();
    await alice.todo(tooLong).waitFor({ state: "detached" });
    await alice.status(/^Synced$/);
  });

  await step("with the backend stopped writes wait, and arrive when it is back", async () => {
    await demo.backend.stop();
    await alice.addTodo("Without a backend");
    await alice.status(/1 change/);
    // What others write still comes down to whoever has nothing waiting.
    sql(
      "INSERT INTO todos (id, list_id, description) SELECT gen_random_uuid(), id, 'Still flowing' FROM lists WHERE name = 'Garden'",
    );
    await bob.todo("Still flowing").waitFor();
    assert.equal(await bob.todo("Without a backend").count(), 0);
    await demo.backend.start();
    await bob.todo("Without a backend").waitFor();
    await alice.todo("Still flowing").waitFor();
    await bothSynced();
  });

  await step("with Postgres stopped writes wait, and arrive when it is back", async () => {
    await demo.cluster.stop();
    await bob.addTodo("Without Postgres");
    await bob.status(/1 change/);
    await demo.cluster.start();
    await alice.todo("Without Postgres").waitFor();
    await bothSynced();
    assert.equal(sql("SELECT count(*) FROM todos WHERE description = 'Without Postgres'"), "1");
  });

  await step("with skerryd killed writes wait, and what happened meanwhile is there when it is back", async () => {
    await demo.service.stop("SIGKILL");
    await alice.addTodo("Without skerryd");
    sql(
      "INSERT INTO todos (id, list_id, description) SELECT gen_random_uuid(), id, 'While it was away' FROM lists WHERE name = 'Garden'",
    );
    await demo.service.start();
    await bob.todo("Without skerryd").waitFor();
    for (const person of [alice, bob]) await person.todo("While it was away").waitFor();
    await bothSynced();
  });

  await step("a share that is taken back takes the list with it", async () => {
    sql("DELETE FROM list_shares WHERE list_id = (SELECT id FROM lists WHERE name = 'Garden')");
    await bob.list("Garden").waitFor({ state: "detached" });
    await alice.list("Garden").waitFor();
  });

  await step("both ended with the same rows as Postgres", async () => {
    const rows =
      "SELECT count(*) || ' ' || count(*) FILTER (WHERE completed) FROM todos WHERE list_id = (SELECT id FROM lists WHERE name = 'Team')";
    const [total, done] = sql(rows).split(" ").map(Number);
    for (const person of [alice, bob]) {
      await person.openList("Team");
      await person.totals(done, total);
    }
  });
});
