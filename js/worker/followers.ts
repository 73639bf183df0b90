// The owner's view of the other tabs: their workers reach it through the common channel, and it answers each on its own.
//
// A follower is alive as long as it holds its client lock. The owner waits for that lock; when it comes, the tab is gone and
// gives back what it held.

import { type FromWorker, kProtocol, type ToFollower, type ToOwner } from "../messages.js";
import { channelNames } from "./channel.js";
import { wireOf } from "./engine.js";
import type { Server } from "./server.js";
import { Session } from "./session.js";

interface Follower {
  readonly session: Session;
  readonly replies: BroadcastChannel;
  readonly watch: AbortController;
}

export class Followers {
  readonly #file: string;
  readonly #server: Server;
  readonly #announce: () => void;
  readonly #followers = new Map<string, Follower>();

  constructor(file: string, server: Server, announce: () => void) {
    this.#file = file;
    this.#server = server;
    this.#announce = announce;
  }

  onMessage(envelope: ToOwner): void {
    const { client } = envelope;
    if (envelope.protocol !== kProtocol) {
      this.#postOnce(client, { kind: "refused", protocol: kProtocol });
      return;
    }
    switch (envelope.kind) {
      case "hello":
        // A follower started after the announcement: it hears it once more, the others ignore it.
        this.#announce();
        return;
      case "goodbye":
        this.#remove(client);
        return;
      case "message": {
        if (envelope.epoch !== this.#server.epoch) return;
        const { message } = envelope;
        const follower = this.#followers.get(client);
        if (message.kind === "open") this.#join(client, message.id, message.state);
        else if (follower !== undefined) this.#server.handle(follower.session, message);
        return;
      }
      default:
        return;
    }
  }

  bounce(session: Session, request: number): void {
    this.#followers.get(session.client)?.replies.postMessage({
      kind: "bounced",
      protocol: kProtocol,
      request,
    } satisfies ToFollower);
  }

  close(): void {
    for (const { watch, replies } of this.#followers.values()) {
      watch.abort();
      replies.close();
    }
    this.#followers.clear();
  }

  #join(client: string, id: number, state: Session["state"]): void {
    this.#remove(client);
    const replies = new BroadcastChannel(channelNames.client(this.#file, client));
    const post = (message: FromWorker): void => {
      const reply: ToFollower = { kind: "message", protocol: kProtocol, epoch: this.#server.epoch, message };
      replies.postMessage(reply);
    };
    const session = new Session(client, { post, close() {} }, state);
    const watch = new AbortController();
    this.#followers.set(client, { session, replies, watch });
    try {
      post({ kind: "done", id, value: this.#server.join(session) });
    } catch (error) {
      post({ kind: "failed", id, error: wireOf(error) });
      return;
    }
    navigator.locks
      .request(channelNames.clientLock(this.#file, client), { signal: watch.signal }, () => this.#remove(client))
      .catch(() => undefined); // Aborted: the follower said goodbye, or this owner closes.
  }

  #remove(client: string): void {
    const follower = this.#followers.get(client);
    if (follower === undefined) return;
    this.#followers.delete(client);
    this.#server.leave(follower.session);
    follower.watch.abort();
    follower.replies.close();
  }

  #postOnce(client: string, message: ToFollower): void {
    const channel = new BroadcastChannel(channelNames.client(this.#file, client));
    channel.postMessage(message);
    channel.close();
  }
}
