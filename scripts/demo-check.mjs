// Proves that the demo works: fetches the page and a token, then syncs in headless Chromium, up and down.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { chromium } from "playwright-core";
import { chromiumOptions } from "./chromium.mjs";

async function step(name, action) {
  const started = performance.now();
  const result = await action();
  console.log(`check: ${name}: ${result} (${Math.round(performance.now() - started)} ms)`);
}

/** What a person with psql would find, and do: the list that the page made is there, and a todo is added to it. */
async function checkDatabase(databaseUrl, page, name) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const todo = `From psql ${Date.now()}`;
    await step("in Postgres", async () => {
      const { rows } = await client.query("SELECT id, owner_id FROM lists WHERE name = $1", [name]);
      if (rows.length !== 1) throw new Error(`Postgres holds ${rows.length} lists "${name}"`);
      await client.query("INSERT INTO todos (id, list_id, description) VALUES (gen_random_uuid(), $1, $2)", [
        rows[0].id,
        todo,
      ]);
      return `list ${rows[0].id} of ${rows[0].owner_id}`;
    });
    await step("from Postgres", async () => {
      await page.getByRole("link", { name }).click();
      await page.getByRole("checkbox", { name: todo, exact: true }).waitFor({ timeout: 30_000 });
      return `"${todo}" is shown`;
    });
  } finally {
    await client.end();
  }
}

/** True when every step passed; prints each. `database` is the URL of the demo's Postgres, if it has one. */
export async function checkDemo({ url, database }) {
  const profile = mkdtempSync(join(tmpdir(), "skerry-check-"));
  let browser;
  try {
    await step("page", async () => {
      const response = await fetch(url);
      const html = await response.text();
      if (!response.ok || !html.includes("<title>")) throw new Error(`GET ${url} answered ${response.status}`);
      return `${html.length} bytes`;
    });
    await step("token", async () => {
      const { token: tokenUrl } = await (await fetch(`${url}/backend.json`)).json();
      const response = await fetch(new URL(tokenUrl, url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ user: "alice" }),
      });
      const { token } = await response.json();
      if (!token) throw new Error(`POST ${tokenUrl} answered ${response.status} without a token`);
      return "got one for alice";
    });
    browser = await chromium.launchPersistentContext(profile, chromiumOptions());
    const page = browser.pages()[0] ?? (await browser.newPage());
    await step("first sync", async () => {
      await page.goto(url);
      await page.getByRole("status").filter({ hasText: "Synced" }).waitFor({ timeout: 30_000 });
      const lists = await page.getByRole("navigation", { name: "Lists" }).getByRole("link").allTextContents();
      if (lists.length === 0) throw new Error("no lists are shown");
      return `${lists.length} lists: ${lists.join(", ")}`;
    });
    const name = `Check ${Date.now()}`;
    await step("local write", async () => {
      await page.getByRole("textbox", { name: "New list" }).fill(name);
      await page.getByRole("button", { name: "Add list" }).click();
      await page.getByRole("link", { name }).waitFor({ timeout: 5_000 });
      return `"${name}" is shown`;
    });
    await step("upload", async () => {
      await page
        .getByRole("status")
        .filter({ hasText: /^Synced/ })
        .waitFor({ timeout: 15_000 });
      return "queue empty, synced";
    });
    if (database) await checkDatabase(database.owner, page, name);
    return true;
  } catch (error) {
    console.error(`check: failed: ${error.message}`);
    return false;
  } finally {
    await browser?.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
