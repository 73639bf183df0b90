// What the browser says about the space this origin has. Any of it may be missing; then it is null, not a guess.

import type { StorageState } from "../messages.js";
import type { CoreStorage } from "./core.js";

export async function storageState(core: CoreStorage): Promise<StorageState> {
  const manager = navigator.storage as StorageManager | undefined;
  const [persisted, estimate] = await Promise.all([
    manager?.persisted?.().catch(() => false) ?? false,
    manager?.estimate?.().catch(() => null) ?? null,
  ]);
  return { ...core, persisted, quota: estimate?.quota ?? null, usage: estimate?.usage ?? null };
}
