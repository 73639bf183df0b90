// A way to one tab. The tab of this worker is reached by postMessage, those of other workers through a BroadcastChannel; a
// port through a SharedWorker would be a third.

import type { FromWorker } from "../messages.js";

export interface Channel {
  // `transfer` lists the buffers of `message` that the sender gives up, where the way can move them.
  post(message: FromWorker, transfer?: ArrayBuffer[]): void;
  close(): void;
}

export const channelNames = {
  // Held by the worker that owns the file.
  ownerLock: (file: string) => `skerry:${file}`,
  // Held by each following worker for its life: when the owner gets it, that tab is gone.
  clientLock: (file: string, client: string) => `skerry:${file}:${client}`,
  // What concerns all workers of a file: who is there, who owns it.
  common: (file: string) => `skerry:${file}`,
  // Followers to one owner. Its own channel, so that the tabs do not read each other's traffic.
  owner: (file: string, epoch: string) => `skerry:${file}:owner:${epoch}`,
  // Owner to one follower.
  client: (file: string, client: string) => `skerry:${file}:${client}`,
} as const;
