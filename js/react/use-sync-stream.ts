// Subscriptions to sync streams for as long as a component is mounted.

import { useEffect } from "react";
import { canonicalJson, toJson } from "../json.js";
import { LogLevels } from "../logger.js";
import type { SyncStreamStatus } from "../sync-status.js";
import type { SyncStreamSubscribeOptions, SyncStreamSubscription } from "../sync-stream.js";
import { useSkerry } from "./context.js";
import { useStatus } from "./use-status.js";

export interface UseSyncStreamOptions extends SyncStreamSubscribeOptions {
  readonly name: string;
  readonly parameters?: { readonly [key: string]: unknown } | null;
}

// The stream's status, null while it is not known.
export function useSyncStream(options: UseSyncStreamOptions): SyncStreamStatus | null {
  return useSyncStreams([options])[0] ?? null;
}

export function useSyncStreams(streams: readonly UseSyncStreamOptions[]): (SyncStreamStatus | null)[] {
  const db = useSkerry();
  const status = useStatus();
  const key = canonicalJson(toJson(streams, "The streams"));
  useEffect(() => {
    if (db === null) return undefined;
    let unmounted = false;
    const subscriptions: SyncStreamSubscription[] = [];
    for (const { name, parameters, ttl, priority } of JSON.parse(key) as UseSyncStreamOptions[]) {
      const options = { ...(ttl === undefined ? {} : { ttl }), ...(priority === undefined ? {} : { priority }) };
      db.syncStream(name, parameters)
        .subscribe(options)
        .then((subscription) => {
          if (unmounted) subscription.unsubscribe();
          else subscriptions.push(subscription);
        })
        .catch((error: unknown) => {
          if (!unmounted) db.logger.log({ level: LogLevels.error, message: `Subscribing to ${name} failed`, error });
        });
    }
    return () => {
      unmounted = true;
      for (const subscription of subscriptions) subscription.unsubscribe();
    };
  }, [db, key]);
  return streams.map(({ name, parameters }) => status.forStream({ name, parameters }) ?? null);
}
