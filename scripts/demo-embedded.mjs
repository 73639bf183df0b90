// The demo in one process: `skerryd dev` on an SQLite source, which also hands out tokens, applies writes and serves the page.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { untilListening } from "./listening.mjs";
import { root } from "./run.mjs";

const web = (path) => join(root, "web-demo", path);

export class EmbeddedDemo {
  constructor(folder) {
    this.folder = folder;
  }

  get url() {
    return `http://localhost:${this.port}`;
  }

  async start(port) {
    mkdirSync(this.folder, { recursive: true });
    const args = ["dev", "--source", join(this.folder, "app.db"), "--storage", join(this.folder, "storage.db")];
    args.push("--streams", web("service/streams.yaml"), "--dev-config", web("service/dev.yaml"));
    args.push("--static", web("dist"), "--port", String(port));
    this.service = spawn(join(root, "build/service-release/service/app/skerryd"), args, {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.port = await untilListening(this.service, "skerryd");
  }

  untilBroken() {
    return new Promise((_, reject) => {
      this.service.on("close", (code, signal) => reject(new Error(`skerryd ended with ${signal ?? `code ${code}`}`)));
    });
  }

  async stop() {
    const { service } = this;
    if (!service || service.exitCode !== null || service.signalCode !== null) return;
    const ended = new Promise((done) => service.once("close", done));
    service.kill("SIGTERM");
    await ended;
  }
}
