// Which worker serves. All workers of one file ask for one Web Lock; the one that holds it owns the file, the others follow and
// pass the messages of their tabs on to it. The lock moves by itself when its holder dies, so nobody counts heartbeats.
//
// Hand-over: the new owner announces itself under a new epoch. Each worker then opens its tab's session anew, tells its tab
// (`moved`: leases are void, watches start again), asks again what is safe to ask twice, and fails the rest with
// ConnectionClosedError. A worker that cannot be joined (another protocol) is refused with words, never guessed at.

import type { WireError } from "../errors.js";
import {
  type Broadcast,
  type FromWorker,
  kProtocol,
  type OpenedDatabase,
  type Request,
  type TabState,
  type ToFollower,
  type ToOwner,
  type ToWorker,
} from "../messages.js";
import { type Channel, channelNames } from "./channel.js";
import type { OpenCore } from "./core.js";
import { wireOf } from "./engine.js";
import { Followers } from "./followers.js";
import { isRequest, PendingRequests } from "./pending.js";
import { Server } from "./server.js";
import { Session } from "./session.js";

type OpenRequest = Extract<Request, { kind: "open" }>;

interface Owner {
  readonly epoch: string;
  send(message: ToWorker): void;
  // This worker works with it no more.
  leave(): void;
}

// Requests that the worker makes for itself; the tab counts upwards from 1.
const kRejoin = -1;

const kInsecure =
  "Navigator locks are not available in an insecure context. Use a secure context such as HTTPS or http://localhost.";

export class Leader {
  readonly #client = crypto.randomUUID();
  readonly #file: string;
  readonly #open: OpenRequest;
  readonly #tab: Channel;
  readonly #openCore: OpenCore;
  readonly #pending = new PendingRequests();
  readonly #common: BroadcastChannel;
  readonly #replies: BroadcastChannel;
  readonly #stop = new AbortController();
  #state: TabState;
  // The owner this worker works with: itself, another one, or nobody yet.
  #owner: Owner | null = null;
  // An owner that has been asked to take this tab in. What the tab sends meanwhile has to come after that.
  #joining: Owner | null = null;
  #server: Server | null = null;
  #followers: Followers | null = null;
  #releaseOwnership: (() => void) | null = null;
  #opened = false;
  #stopped = false;

  constructor(open: OpenRequest, tab: Channel, openCore: OpenCore) {
    this.#file = open.options.dbFilename;
    this.#open = open;
    this.#state = open.state;
    this.#tab = tab;
    this.#openCore = openCore;
    this.#common = new BroadcastChannel(channelNames.common(this.#file));
    this.#replies = new BroadcastChannel(channelNames.client(this.#file, this.#client));
  }

  start(): void {
    if (this.#open.protocol !== kProtocol) return this.#refuse(this.#open.protocol, "this tab's page");
    if (globalThis.navigator?.locks === undefined) {
      return this.#fail({ code: "storage_unavailable", message: kInsecure });
    }
    this.#common.onmessage = ({ data }) => this.#onBroadcast(data as Broadcast);
    this.#replies.onmessage = ({ data }) => this.#onReply(data as ToFollower);
    const { signal } = this.#stop;
    // Held for the life of this worker, so that the owner notices its end.
    navigator.locks
      .request(channelNames.clientLock(this.#file, this.#client), { signal }, () => {
        this.#broadcast({ kind: "hello", protocol: kProtocol, client: this.#client });
        return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      })
      .catch(ignoreAbort);
    navigator.locks.request(channelNames.ownerLock(this.#file), { signal }, () => this.#own()).catch(ignoreAbort);
  }

  fromTab(message: ToWorker): void {
    if (this.#stopped) return;
    if (message.kind === "state") this.#state = message.state;
    if (isRequest(message)) this.#pending.add(message);
    if (message.kind === "close") {
      void this.#close(message.id);
      return;
    }
    if (this.#owner === null) return; // Requests wait in #pending; the state goes along with the next open.
    if (isRequest(message)) this.#pending.sent(message.id, this.#owner.epoch);
    this.#owner.send(message);
  }

  // This worker holds the lock. Resolves when it gives it back.
  async #own(): Promise<void> {
    if (this.#stopped) return;
    this.#detach();
    this.#broadcast({ kind: "electing", protocol: kProtocol });
    const released = new Promise<void>((resolve) => {
      this.#releaseOwnership = resolve;
    });
    try {
      const core = await this.#openCore(this.#open.options);
      if (this.#stopped) return await core.close();
      const server = new Server(core, crypto.randomUUID(), (error) => this.#crashed(error));
      const announce = () => this.#broadcast({ kind: "owner", protocol: kProtocol, epoch: server.epoch });
      this.#server = server;
      this.#followers = new Followers(this.#file, server, announce);
      const session = new Session(this.#client, { post: (...args) => this.#toTab(...args), close() {} }, this.#state);
      const opened = server.join(session);
      this.#joined(opened, {
        epoch: server.epoch,
        send: (message) => server.handle(session, message),
        leave: () => undefined,
      });
      announce();
    } catch (error) {
      this.#fail(wireOf(error));
      return;
    }
    await released;
  }

  #onBroadcast(message: Broadcast): void {
    if (this.#stopped) return;
    switch (message.kind) {
      case "hello":
        if (this.#server !== null) this.#followers?.greet(message.client, message.protocol);
        return;
      case "electing":
        if (this.#server === null) this.#detach();
        return;
      case "owner":
        if (this.#server !== null || (this.#owner ?? this.#joining)?.epoch === message.epoch) return;
        if (message.protocol !== kProtocol) return this.#refuse(message.protocol, "another tab");
        this.#follow(message.epoch);
        return;
      default:
        return;
    }
  }

  #follow(epoch: string): void {
    this.#detach();
    const channel = new BroadcastChannel(channelNames.owner(this.#file, epoch));
    const post = (message: ToOwner) => channel.postMessage(message);
    this.#joining = {
      epoch,
      send: (message) => post({ kind: "message", client: this.#client, message }),
      leave: () => {
        post({ kind: "goodbye", client: this.#client });
        channel.close();
      },
    };
    this.#joining.send({ ...this.#open, id: kRejoin, state: this.#state });
  }

  #onReply(reply: ToFollower): void {
    if (this.#stopped || this.#server !== null) return;
    switch (reply.kind) {
      case "message":
        this.#onOwnerMessage(reply.epoch, reply.message);
        return;
      case "bounced":
        this.#pending.bounced(reply.request);
        return;
      case "refused":
        this.#refuse(reply.protocol, "another tab");
        return;
      default:
        return;
    }
  }

  #onOwnerMessage(epoch: string, message: FromWorker): void {
    if ("id" in message) {
      if (message.id === kRejoin) {
        if (epoch === this.#joining?.epoch) this.#onJoinReply(message);
      } else if (this.#pending.wasSentTo(message.id, epoch)) {
        // Also from an owner that has left since: what it answered, it did.
        this.#toTab(message);
      }
    } else if (epoch === this.#owner?.epoch) {
      this.#toTab(message);
    }
  }

  #onJoinReply(reply: FromWorker): void {
    const joining = this.#joining;
    this.#joining = null;
    if (joining === null) return;
    if (reply.kind === "failed") this.#fail(reply.error);
    else if (reply.kind === "done") this.#joined(reply.value as OpenedDatabase, joining);
  }

  // The tab's session is open with an owner: it learns of it, and everything that waited goes out.
  #joined(opened: OpenedDatabase, owner: Owner): void {
    if (this.#opened) {
      this.#tab.post({ kind: "moved", opened });
    } else {
      this.#opened = true;
      this.#pending.done(this.#open.id);
      this.#tab.post({ kind: "done", id: this.#open.id, value: opened });
    }
    this.#owner = owner;
    const { again, lost } = this.#pending.handOver();
    for (const { id } of lost) {
      this.#tab.post({ kind: "failed", id, error: kConnectionLost });
    }
    for (const request of again) {
      this.#pending.sent(request.id, owner.epoch);
      owner.send(request);
    }
  }

  #toTab(message: FromWorker, transfer?: ArrayBuffer[]): void {
    if ("id" in message) this.#pending.done(message.id);
    this.#tab.post(message, transfer);
  }

  // The module died under this worker. Its own tab is told; the others go on with the next worker in line.
  #crashed(error: WireError): void {
    this.#broadcast({ kind: "electing", protocol: kProtocol });
    this.#server?.abandon();
    this.#fail(error);
  }

  #detach(): void {
    this.#owner?.leave();
    this.#joining?.leave();
    this.#owner = null;
    this.#joining = null;
  }

  async #close(id: number): Promise<void> {
    if (this.#server !== null) {
      // Followers hold their messages from here on, so that none goes to a server that is about to stop.
      this.#broadcast({ kind: "electing", protocol: kProtocol });
      const followers = this.#followers;
      await this.#server.close((session, request) => followers?.bounce(session, request));
    }
    this.#tab.post({ kind: "done", id, value: null });
    this.#shutDown();
  }

  #refuse(protocol: number, who: string): void {
    const message =
      `${who} uses ${this.#file} with another version of Skerry (protocol ${protocol}, this one speaks ${kProtocol}). ` +
      "Close or reload the other tabs.";
    this.#fail({ code: "storage_busy", message: message.charAt(0).toUpperCase() + message.slice(1) });
  }

  // This worker cannot serve its tab: whoever comes next in line may.
  #fail(error: WireError): void {
    const waiting = this.#pending.all();
    if (!this.#opened) this.#tab.post({ kind: "failed", id: this.#open.id, error });
    else this.#tab.post({ kind: "broken", error });
    for (const { id } of waiting) this.#tab.post({ kind: "failed", id, error });
    this.#shutDown();
  }

  #shutDown(): void {
    this.#stopped = true;
    this.#detach();
    this.#pending.clear();
    this.#followers?.close();
    this.#common.close();
    this.#replies.close();
    this.#stop.abort();
    this.#releaseOwnership?.();
  }

  #broadcast(message: Broadcast): void {
    this.#common.postMessage(message);
  }
}

const kConnectionLost: WireError = {
  code: "connection_closed",
  message: "The tab that owned the database closed before it answered: the write may or may not have happened.",
};

function ignoreAbort(error: unknown): void {
  if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
}
