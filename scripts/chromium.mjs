// How Chromium is started for checks, tests and benchmarks: Debian's, headless, quiet on the network.
import { existsSync } from "node:fs";

const candidates = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Options for playwright's `chromium.launchPersistentContext`: OPFS is slow in its default, incognito-like context. */
export function chromiumOptions(extra = {}) {
  const executablePath = candidates.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("no Chromium found: install the package chromium, or name one in CHROMIUM");
  const { args = [], ...rest } = extra;
  return {
    executablePath,
    headless: true,
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Root (containers, CI) cannot use Chromium's sandbox.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      ...args,
    ],
    ...rest,
  };
}
