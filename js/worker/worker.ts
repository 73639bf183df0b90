// The worker's entry: the first message opens a database, all later ones go to its leader. One worker is one database.

import { type FromWorker, isToWorker, type ToWorker } from "../messages.js";
import type { Channel } from "./channel.js";
import { openCore } from "./host.js";
import { Leader } from "./leader.js";

interface WorkerScope {
  postMessage(message: FromWorker, transfer: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<unknown>) => void): void;
  close(): void;
}

// TypeScript's "DOM" library describes a page; this is the part of a dedicated worker's scope that is used here.
const scope = globalThis as unknown as WorkerScope;

const tab: Channel = {
  post: (message, transfer) => scope.postMessage(message, transfer ?? []),
  close: () => scope.close(),
};

let leader: Leader | null = null;

scope.addEventListener("message", ({ data }) => {
  if (!isToWorker(data)) return;
  const message: ToWorker = data;
  if (leader !== null) {
    leader.fromTab(message);
  } else if (message.kind === "open") {
    leader = new Leader(message, tab, openCore);
    leader.start();
  }
});
