// What a test leaves behind goes with it, also when it fails.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
  afterwards(test, () => removeFolder(folder));
  return folder;
}

/** Removes a folder that a process which is just ending may still write to. */
export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
