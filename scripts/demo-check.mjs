// Proves that the demo works: fetches the page and a token, then syncs once in headless Chromium.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { chromiumOptions } from "./chromium.mjs";

async function step(name, action) {
  const started = performance.now();
  const result = await action();
  console.log(`check: ${name}: ${result} (${Math.round(performance.now() - started)} ms)`);
}

/** True when every step passed; prints each. */
export async function checkDemo(url) {
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
      const response = await fetch(`${url}/dev/token`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ user: "alice" }),
      });
      const { token } = await response.json();
      if (!token) throw new Error(`POST /dev/token answered ${response.status} without a token`);
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
    return true;
  } catch (error) {
    console.error(`check: failed: ${error.message}`);
    return false;
  } finally {
    await browser?.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
