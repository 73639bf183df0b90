// What is left after SIGKILL: every row of the service and every write of the user.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openBrowser } from "../support/chromium.mjs";
import { afterwards, temporaryFolder } from "../support/cleanup.mjs";
import { DemoPage, DemoService } from "../support/demo.mjs";
import { Line } from "../support/line.mjs";
import { killBrowser } from "../support/processes.mjs";
import { until } from "../support/until.mjs";

const bigList = (rows) => `
  BEGIN;
  INSERT INTO lists(id, name, owner_id, created_at) VALUES ('big', 'Big', 'alice', '2026-01-01T00:00:00Z');
  INSERT INTO todos(id, list_id, description, completed, created_at, created_by)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    SELECT 'big-' || i, 'big', 'A todo with a text of ordinary length, number ' || i, i % 2, '2026-01-01T00:00:00Z', 'alice' FROM n;
  COMMIT;`;

test("a browser killed in the middle of a sync of 100,000 rows resumes with all rows and all queued writes", {
  timeout: 540_000,
}, async (t) => {
  const folder = temporaryFolder(t, "kill-browser");
  const profile = join(folder, "profile");
  const service = new DemoService(join(folder, "service"));
  afterwards(t, () => service.stop());
  await service.start();
  const line = await Line.open(t, service.port);
  const url = `http://localhost:${line.port}`;
  afterwards(t, () => killBrowser(profile));

  // First a client with queued writes that were never sent, then 100,000 rows it does not have yet.
  let context = await openBrowser(profile);
  let alice = await DemoPage.open(context, url);
  await alice.status(/^Synced$/);
  await alice.offline(true);
  await alice.addList("Queued");
  for (let i = 1; i <= 5; ++i) await alice.addTodo(`Queued ${i}`);
  await alice.status("Offline, 6 changes waiting");
  service.sql(bigList(100_000));
  // The line stands still in the middle of the sync, so the kill finds it there.
  line.hold(200_000);
  await alice.offline(false);
  await alice.status(/^Syncing [1-9][\d,]* of 1\d\d,\d\d\d$/);
  await killBrowser(profile);
  line.release();
  await context.close().catch(() => {});

  context = await openBrowser(profile);
  afterwards(t, () => context.close());
  alice = await DemoPage.open(context, url);
  await alice.list("Queued").waitFor();
  await alice.list("Big").waitFor({ timeout: 180_000 });
  await alice.openList("Big");
  await alice.totals(50_000, 100_000);
  await alice.openList("Queued");
  for (let i = 1; i <= 5; ++i) await alice.todo(`Queued ${i}`).waitFor();
  const uploaded = () => service.sql("SELECT count(*) FROM todos WHERE description LIKE 'Queued %'");
  await until(() => uploaded() === "5", "the upload of the five todos");
  await alice.status(/^Synced$/);
  assert.equal(uploaded(), "5");
});

test("skerryd killed during writes comes back with every one of them", { timeout: 540_000 }, async (t) => {
  const folder = temporaryFolder(t, "kill-service");
  const service = new DemoService(join(folder, "service"));
  afterwards(t, () => service.stop());
  await service.start();
  const context = await openBrowser(join(folder, "profile"));
  afterwards(t, () => context.close());
  const alice = await DemoPage.open(context, service.url);
  await alice.status(/^Synced$/);
  await alice.addList("Survives");
  const listId = new URL(alice.page.url()).hash.split("/").pop();
  let expected = 0;
  for (let round = 0; round < 3; ++round) {
    for (let i = 0; i < 5; ++i) {
      await alice.addTodo(`Round ${round} by the app ${i}`);
      service.sql(
        `INSERT INTO todos(id, list_id, description, completed, created_at) VALUES ('r${round}-${i}', '${listId}', 'Round ${round} by hand ${i}', 0, '2026-01-01T00:00:00Z')`,
      );
      expected += 2;
      if (i === 2) await service.stop("SIGKILL");
    }
    await service.start();
  }
  await alice.status(/^Synced$/);
  await alice.totals(0, expected);
  for (let round = 0; round < 3; ++round) {
    for (let i = 0; i < 5; ++i) {
      await alice.todo(`Round ${round} by the app ${i}`).waitFor();
      await alice.todo(`Round ${round} by hand ${i}`).waitFor();
    }
  }
  assert.equal(service.sql(`SELECT count(*) FROM todos WHERE list_id = '${listId}'`), String(expected));
});
