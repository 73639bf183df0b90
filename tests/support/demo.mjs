// Starts what a user would start: `skerryd dev` on a folder of its own, and Chromium with a profile of its own.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { chromiumOptions } from "../../scripts/chromium.mjs";
import { root } from "../../scripts/run.mjs";

const cleanups = new WeakMap();

/** Runs `action` when the test is over: the last one first, and each whatever became of the others. */
export function afterwards(test, action) {
  if (!cleanups.has(test)) {
    cleanups.set(test, []);
    test.after(async () => {
      for (const run of cleanups.get(test).reverse()) {
        try {
          await run();
        } catch (error) {
          test.diagnostic(`cleaning up failed: ${error.message}`);
        }
      }
    });
  }
  cleanups.get(test).push(action);
}

/** A temporary folder that leaves with the test. */
export function temporaryFolder(test, name) {
  const folder = mkdtempSync(join(tmpdir(), `skerry-${name}-`));
  afterwards(test, () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return folder;
}

/** One `skerryd dev`; stop() and start() again keep its data and its port. */
export class DemoService {
  constructor(folder) {
    this.folder = folder;
    this.port = 0;
    this.process = null;
    mkdirSync(folder, { recursive: true });
  }

  get url() {
    return `http://localhost:${this.port}`;
  }

  async start() {
    const args = ["dev", "--source", join(this.folder, "app.db"), "--storage", join(this.folder, "storage.db")];
    args.push(
      "--streams",
      join(root, "web-demo/service/streams.yaml"),
      "--dev-config",
      join(root, "web-demo/service/dev.yaml"),
    );
    args.push("--static", join(root, "web-demo/dist"), "--port", String(this.port));
    const child = spawn(process.env.SKERRYD ?? join(root, "build/service-release/service/app/skerryd"), args, {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = child;
    let text = "";
    this.port = await new Promise((resolve, reject) => {
      const read = (chunk) => {
        text += chunk;
        const match = /listening on http:\/\/[^:\s]+:(\d+)/.exec(text);
        if (match) resolve(Number(match[1]));
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.on("error", reject);
      child.on("close", (code) => reject(new Error(`skerryd ended with code ${code}:\n${text}`)));
    });
  }

  /** Ends it, politely by default, and waits until it is gone. */
  async stop(signal = "SIGTERM") {
    const child = this.process;
    this.process = null;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("close", resolve));
    child.kill(signal);
    await gone;
  }

  /** Runs SQL on the source with the sqlite3 shell, as a person would beside the running service. */
  sql(text) {
    return execFileSync("sqlite3", ["-cmd", ".timeout 5000", join(this.folder, "app.db"), text], {
      encoding: "utf8",
    }).trim();
  }
}

/** A browser of its own: a persistent profile, so OPFS is the real thing and a restart finds it again. */
export async function openBrowser(profile, options = {}) {
  return chromium.launchPersistentContext(profile, chromiumOptions(options));
}

/** The demo's page by the names a person or a screen reader uses. */
export class DemoPage {
  constructor(page) {
    this.page = page;
  }

  static async open(context, url) {
    const page = context.pages().find((candidate) => candidate.url() === "about:blank") ?? (await context.newPage());
    await page.goto(url);
    return new DemoPage(page);
  }

  status(text, timeout = 20_000) {
    return this.page.getByRole("status").filter({ hasText: text }).waitFor({ timeout });
  }

  async chooseUser(name) {
    await this.page.getByRole("combobox", { name: "User" }).selectOption(name);
  }

  async addList(name) {
    await this.page.getByRole("textbox", { name: "New list" }).fill(name);
    await this.page.getByRole("button", { name: "Add list" }).click();
    await this.list(name).waitFor();
  }

  list(name) {
    return this.page.getByRole("link", { name, exact: true });
  }

  async openList(name) {
    await this.list(name).click();
    await this.page.getByRole("heading", { name, exact: true }).waitFor();
  }

  async addTodo(text) {
    await this.page.getByRole("textbox", { name: "New todo" }).fill(text);
    await this.page.getByRole("button", { name: "Add todo" }).click();
    await this.todo(text).waitFor();
  }

  todo(text) {
    return this.page.getByRole("checkbox", { name: text, exact: true });
  }

  async deleteTodo(text) {
    await this.page.getByRole("button", { name: `Delete ${text}`, exact: true }).click();
    await this.todo(text).waitFor({ state: "detached" });
  }

  /** Waits until a todo is shown as ticked or not. */
  async isTicked(text, ticked = true, timeout = 10_000) {
    const box = this.page.getByRole("checkbox", { name: text, exact: true, checked: ticked });
    await box.waitFor({ timeout });
  }

  async offline(on) {
    await this.page.getByRole("switch", { name: "Offline" }).setChecked(on);
  }
}
