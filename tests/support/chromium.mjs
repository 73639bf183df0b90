// Chromium as the tests start it: with a profile of its own, and patient, because a machine that is busy with other work must not
// look like a page that hangs.
import { chromium } from "playwright-core";
import { chromiumOptions } from "../../scripts/chromium.mjs";

const kPatienceMs = 120_000;

/** A persistent profile, so OPFS is the real thing and a restart finds it again. */
export async function openBrowser(profile) {
  const context = await chromium.launchPersistentContext(profile, chromiumOptions({ timeout: kPatienceMs }));
  context.setDefaultTimeout(kPatienceMs);
  return context;
}

/** A private window, in a browser of its own: { context, close() }. */
export async function openPrivateWindow() {
  const browser = await chromium.launch(chromiumOptions({ timeout: kPatienceMs }));
  const context = await browser.newContext();
  context.setDefaultTimeout(kPatienceMs);
  return { context, close: () => browser.close() };
}
