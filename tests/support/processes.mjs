// Ends processes that a test started, found by the folder that only they were given.
import { readdirSync, readFileSync } from "node:fs";

function processesWith(text) {
  const found = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      if (readFileSync(`/proc/${entry}/cmdline`, "utf8").includes(text)) found.push(Number(entry));
    } catch {
      // It ended in the meantime.
    }
  }
  return found;
}

/** SIGKILL to every process whose command line names `folder` (a browser's profile), at once, until none is left. */
export async function killBrowser(folder) {
  for (;;) {
    const pids = processesWith(folder);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended in the meantime.
      }
    }
    await new Promise((done) => setImmediate(done));
  }
}
