// What a user of the demo has: `skerryd dev` on a folder of its own, and the page by its accessible names.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/run.mjs";
import { Skerryd, sqlite } from "./skerryd.mjs";

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
    const demo = join(root, "web-demo");
    const files = ["--source", join(this.folder, "app.db"), "--storage", join(this.folder, "storage.db")];
    const config = ["--streams", join(demo, "service/streams.yaml"), "--dev-config", join(demo, "service/dev.yaml")];
    const web = ["--static", join(demo, "dist"), "--port", String(this.port)];
    this.process = new Skerryd(["dev", ...files, ...config, ...web]);
    this.port = await this.process.listening();
  }

  /** Ends it, politely by default, and waits until it is gone. */
  async stop(signal = "SIGTERM") {
    const running = this.process;
    this.process = null;
    await running?.end(signal);
  }

  /** Runs SQL on the source with the sqlite3 shell, as a person would beside the running service. */
  sql(text) {
    return sqlite(join(this.folder, "app.db"), text);
  }
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

  status(text) {
    return this.page.getByRole("status").filter({ hasText: text }).waitFor();
  }

  /** Waits for the line above the todos of a list. */
  async totals(done, total) {
    const [doneText, totalText] = [done, total].map((count) => count.toLocaleString("en"));
    await this.page.getByText(`${doneText} of ${totalText} done`, { exact: true }).waitFor();
  }

  async chooseUser(name) {
    await this.page.getByRole("combobox", { name: "User" }).selectOption(name);
  }

  async addList(name) {
    await this.page.getByRole("textbox", { name: "New list" }).fill(name);
    await this.page.getByRole("button", { name: "Add list" }).click();
    await this.list(name).waitFor();
    // The page opens a list that was added; what comes next must not be overtaken by that.
    await this.heading(name).waitFor();
  }

  heading(name) {
    return this.page.getByRole("heading", { name, exact: true });
  }

  list(name) {
    return this.page.getByRole("link", { name, exact: true });
  }

  async openList(name) {
    await this.list(name).click();
    await this.heading(name).waitFor();
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
  async isTicked(text, ticked = true) {
    await this.page.getByRole("checkbox", { name: text, exact: true, checked: ticked }).waitFor();
  }

  async offline(on) {
    await this.page.getByRole("switch", { name: "Offline" }).setChecked(on);
  }
}
