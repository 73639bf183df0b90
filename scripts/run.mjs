// Runs a command with its output passed through, and ends this process's children with it.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

const children = new Set();

/** Sends SIGTERM to what run() has not seen the end of. */
export function endChildren() {
  for (const child of children) child.kill("SIGTERM");
}

/** Runs to the end; rejects with the exit code in the message. `quiet` shows the output only on failure. */
export function run(command, args, { quiet = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: quiet ? "pipe" : "inherit", ...options });
    children.add(child);
    const output = [];
    child.stdout?.on("data", (chunk) => output.push(chunk));
    child.stderr?.on("data", (chunk) => output.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      children.delete(child);
      const text = Buffer.concat(output).toString();
      if (code === 0) return resolve(text);
      if (quiet) process.stderr.write(text);
      reject(new Error(`${command} ${args.join(" ")} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}
