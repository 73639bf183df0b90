// One process of the service's binary: what it says, where it listens, how it ends.
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/run.mjs";
import { until } from "./until.mjs";

export const binary = process.env.SKERRYD ?? join(root, "build/service-release/service/app/skerryd");

/** Runs the sqlite3 shell on a file, as a person would beside the running service. */
export function sqlite(file, sql) {
  const options = { input: sql, encoding: "utf8", maxBuffer: Infinity };
  return execFileSync("sqlite3", ["-cmd", ".timeout 60000", file], options).trim();
}

/** skerryd run to its end: { code, text }. */
export async function runToEnd(args) {
  const child = new Skerryd(args);
  const { code } = await child.closed;
  return { code, text: child.output + child.log };
}

export class Skerryd {
  // Standard output and standard error so far. They are two pipes: what was written to one first may be read from it last.
  output = "";
  log = "";

  constructor(args) {
    this.child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout.on("data", (chunk) => (this.output += chunk));
    this.child.stderr.on("data", (chunk) => (this.log += chunk));
    this.closed = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => resolve({ code, signal }));
    });
    this.ended = false;
    const end = (problem) => {
      if (problem instanceof Error) this.log += problem.message;
      this.ended = true;
    };
    this.closed.then(end, end);
  }

  get pid() {
    return this.child.pid;
  }

  /** Resolves with the port, when it has said where it listens. */
  async listening() {
    const port = await until(() => {
      const match = /listening on http:\/\/[^\s]+:(\d+)/.exec(this.output);
      if (match) return Number(match[1]);
      if (this.ended) throw new Error(`skerryd ended before it listened:\n${this.output}${this.log}`);
      return null;
    }, "the line that tells the port");
    return port;
  }

  /** Resolves when its log has a line like that. */
  async logged(pattern) {
    await until(() => pattern.test(this.log), `${pattern} in the log`);
  }

  /** The memory that it holds, in KiB. */
  memoryKib() {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))[1]);
  }

  /** Resolves when it has computed for so long: progress of its own, however little of the machine it gets. */
  async computed(ms) {
    const kTicksPerSecond = 100;
    await until(() => {
      // The fields after the name, which may hold spaces: 14 and 15 of the line are the ticks in user and kernel mode.
      const fields = readFileSync(`/proc/${this.pid}/stat`, "utf8")
        .replace(/^.*\) /, "")
        .split(" ");
      return ((Number(fields[11]) + Number(fields[12])) * 1000) / kTicksPerSecond >= ms;
    }, `${ms} ms of work`);
  }

  /** Resolves when no thread of it has anything to do: a thread that waits for the processor is not idle. */
  async idle() {
    const states = () =>
      readdirSync(`/proc/${this.pid}/task`).map((thread) =>
        readFileSync(`/proc/${this.pid}/task/${thread}/stat`, "utf8")
          .replace(/^.*\) /, "")
          .charAt(0),
      );
    let quiet = 0;
    // Several looks, because one thread may just be handing over to another.
    await until(() => {
      quiet = states().every((state) => state === "S") ? quiet + 1 : 0;
      return quiet === 5;
    }, "a moment without work");
  }

  /** Sends the signal and resolves with { code, signal, ms } when it is gone. */
  async end(signal = "SIGTERM") {
    const started = performance.now();
    this.child.kill(signal);
    return { ...(await this.closed), ms: performance.now() - started };
  }
}
