// The owner's view of the other tabs: their workers reach it through its own channel, and it answers each on theirs.
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
  readonly #channel: BroadcastChannel;
  readonly #followers = new Map<string, Follower>();

  constructor(file: string, server: Server, announce: () => void) {
    this.#file = file;
    this.#server = server;
    this.#announce = announce;
    this.#channel = new BroadcastChannel(channelNames.owner(file, server.epoch));
    this.#channel.onmessage = ({ data }) => this.#onMessage(data as ToOwner);
  }

  // A worker asks who owns the database: it hears it once more, the others ignore it.
  greet(client: string, protocol: number): void {
    if (protocol === kProtocol) this.#announce();
    else this.#postOnce(client, { kind: "refused", protocol: kProtocol });
  }

  bounce(session: Session, request: number): void {
    this.#followers.get(session.client)?.replies.postMessage({
      kind: "bounced",
      protocol: kProtocol,
      request,
    } satisfies ToFollower);
  }

  close(): void {
    this.#channel.close();
    for (const { watch, replies } of this.#followers.values()) {
      watch.abort();
      replies.close();
    }
    this.#followers.clear();
  }

  #onMessage({ client, ...envelope }: ToOwner): void {
    if (envelope.kind === "goodbye") return this.#remove(client);
    const { message } = envelope;
    const follower = this.#followers.get(client);
    if (message.kind === "open") this.#join(client, message.id, message.state);
    else if (follower !== undefined) this.#server.handle(follower.session, message);
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
