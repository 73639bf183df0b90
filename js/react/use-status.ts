// The sync status, re-rendered with each change.

import { useCallback, useSyncExternalStore } from "react";
import { SyncStatus } from "../sync-status.js";
import { useSkerry } from "./context.js";

let unknownStatus: SyncStatus | null = null;

export function useStatus(): SyncStatus {
  const db = useSkerry();
  const subscribe = useCallback(
    (changed: () => void) => db?.registerListener({ statusChanged: changed }) ?? (() => undefined),
    [db],
  );
  return useSyncExternalStore(subscribe, () => db?.currentStatus ?? nothingKnown(), nothingKnown);
}

// Without a provider, and on a server.
function nothingKnown(): SyncStatus {
  unknownStatus ??= new SyncStatus();
  return unknownStatus;
}
