// The main job as two people do it: alice in two browsers, bob in one, by accessible names only.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/run.mjs";
import { openBrowser } from "../support/chromium.mjs";
import { afterwards, temporaryFolder } from "../support/cleanup.mjs";
import { DemoPage, DemoService } from "../support/demo.mjs";

const pictures = join(root, "build/e2e");
mkdirSync(pictures, { recursive: true });

test("two people work on lists and todos, online, offline, in two tabs and after a restart", {
  timeout: 540_000,
}, async (t) => {
  const folder = temporaryFolder(t, "e2e");
  const service = new DemoService(join(folder, "service"));
  await service.start();
  const contexts = new Set();
  afterwards(t, () => service.stop());
  afterwards(t, async () => {
    for (const context of contexts) await context.close();
  });
  const browser = async (name) => {
    const context = await openBrowser(join(folder, name));
    contexts.add(context);
    return context;
  };
  let broken = false;
  // A step builds on those before it: after one that failed the rest would only fail slowly.
  const step = (name, action) =>
    t.test(name, async (sub) => {
      assert.equal(broken, false, "an earlier step failed");
      broken = true;
      const started = performance.now();
      await action(sub);
      sub.diagnostic(`${Math.round(performance.now() - started)} ms`);
      broken = false;
    });

  let laptop = await browser("alice-laptop");
  const phone = await browser("alice-phone");
  const office = await browser("bob-office");
  let alice;
  let alicePhone;
  let bob;

  await step("each signs in and syncs", async () => {
    alice = await DemoPage.open(laptop, service.url);
    alicePhone = await DemoPage.open(phone, service.url);
    bob = await DemoPage.open(office, service.url);
    await bob.chooseUser("bob");
    for (const person of [alice, alicePhone, bob]) await person.status(/^Synced$/);
    await alice.page.screenshot({ path: join(pictures, "1-signed-in.png") });
  });

  await step("a list shared by alice is seen by bob, one of her own by her alone", async () => {
    await bob.list("Team").waitFor();
    await alice.addList("Garden");
    await alicePhone.list("Garden").waitFor();
  });

  await step("a todo added, ticked and deleted appears on the other side", async () => {
    await alice.openList("Team");
    await bob.openList("Team");
    await alice.addTodo("Buy seeds");
    await bob.todo("Buy seeds").waitFor();
    // Alice wrote the todo after her list, so the list would be here by now.
    assert.equal(await bob.list("Garden").count(), 0);
    await bob.todo("Buy seeds").check();
    await alice.isTicked("Buy seeds");
    await alice.deleteTodo("Buy seeds");
    await bob.todo("Buy seeds").waitFor({ state: "detached" });
    await alice.page.screenshot({ path: join(pictures, "2-team.png") });
  });

  await step("both edit offline; all edits arrive after they are back", async () => {
    await alice.offline(true);
    await bob.offline(true);
    await alice.status(/^Offline$/);
    await alice.addTodo("Alice offline 1");
    await alice.addTodo("Alice offline 2");
    await alice.status("Offline, 2 changes waiting");
    await bob.addTodo("Bob offline");
    await bob.status("Offline, 1 change waiting");
    await alice.page.screenshot({ path: join(pictures, "3-offline.png") });
    assert.equal(await alice.todo("Bob offline").count(), 0);
    await alice.offline(false);
    await bob.offline(false);
    await alice.todo("Bob offline").waitFor();
    await bob.todo("Alice offline 1").waitFor();
    await bob.todo("Alice offline 2").waitFor();
    for (const person of [alice, bob]) await person.status(/^Synced$/);
  });

  await step("a second tab shares the database and sees writes at once", async () => {
    const second = await DemoPage.open(laptop, alice.page.url());
    await second.todo("Bob offline").waitFor();
    await second.addTodo("From the second tab");
    await alice.todo("From the second tab").waitFor();
    await alice.addTodo("From the first tab");
    await second.todo("From the first tab").waitFor();
    await alicePhone.openList("Team");
    await alicePhone.todo("From the second tab").waitFor();
    // The first tab owns the file; when it closes the second one takes over.
    await alice.page.close();
    alice = second;
    await alice.addTodo("After the first tab closed");
    await bob.todo("After the first tab closed").waitFor();
  });

  await step("a row inserted with the sqlite3 shell appears within a second", async (sub) => {
    const team = service.sql("SELECT id FROM lists WHERE name = 'Team'");
    const started = performance.now();
    service.sql(
      `INSERT INTO todos(id, list_id, description, completed, created_at) VALUES ('shell-1', '${team}', 'By hand', 0, '2030-01-01T00:00:00Z')`,
    );
    await alice.todo("By hand").waitFor();
    const ms = performance.now() - started;
    sub.diagnostic(`shown ${Math.round(ms)} ms after the shell began`);
    assert.ok(ms < 1000, "within a second, as promised; it takes a tenth of that");
  });

  await step("the page works by keyboard alone", async () => {
    await bob.page.getByRole("textbox", { name: "New todo" }).focus();
    await bob.page.keyboard.type("By keyboard");
    await bob.page.keyboard.press("Enter");
    await bob.todo("By keyboard").waitFor();
    await bob.todo("By keyboard").focus();
    await bob.page.keyboard.press("Space");
    await bob.isTicked("By keyboard");
  });

  await step("with the service stopped the restarted browser opens with its data and takes writes", async () => {
    await alice.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await service.stop();
    await laptop.close();
    contexts.delete(laptop);
    laptop = await browser("alice-laptop");
    alice = await DemoPage.open(laptop, `${service.url}/`);
    await alice.openList("Team");
    await alice.todo("By hand").waitFor();
    await alice.addTodo("Written without a service");
    await alice.status(/1 change waiting/);
    await alice.page.screenshot({ path: join(pictures, "4-service-stopped.png") });
    await service.start();
    await bob.todo("Written without a service").waitFor();
    await alice.status(/^Synced$/);
  });

  await step("10,000 todos added in one browser are shown in the other", async () => {
    await alice.page.getByRole("button", { name: "Add 10,000 todos" }).click();
    await alice.page.getByText(/of 10,0\d\d done/).waitFor();
    await bob.page.getByText(/of 10,0\d\d done/).waitFor();
    await alice.status(/^Synced$/);
    await alice.page.getByRole("link", { name: "Inspect" }).click();
    await alice.page.getByRole("heading", { name: "Inspect" }).waitFor();
    await alice.page.getByText("OPFS", { exact: true }).waitFor();
    await alice.page.screenshot({ path: join(pictures, "5-inspect.png"), fullPage: true });
  });
});
