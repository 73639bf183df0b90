// The requests of this worker's tab that have no reply yet, and what becomes of them when the owner of the database changes.

import type { Request, ToWorker } from "../messages.js";

interface Entry {
  readonly request: Request;
  // The owner it was sent to; null while it waits for one.
  epoch: string | null;
}

export class PendingRequests {
  readonly #entries = new Map<number, Entry>();

  add(request: Request): void {
    this.#entries.set(request.id, { request, epoch: null });
  }

  sent(id: number, epoch: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.epoch = epoch;
  }

  // Whether this owner was the last one to be asked.
  wasSentTo(id: number, epoch: string): boolean {
    return this.#entries.get(id)?.epoch === epoch;
  }

  // The owner gave the request back unstarted.
  bounced(id: number): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.epoch = null;
  }

  done(id: number): void {
    this.#entries.delete(id);
  }

  // What the new owner has to be asked, in the order of the tab, and what cannot be asked again.
  handOver(): { again: Request[]; lost: Request[] } {
    const again: Request[] = [];
    const lost: Request[] = [];
    for (const { request, epoch } of this.#entries.values()) {
      (epoch === null ? usesLease(request) : !isRepeatable(request)) ? lost.push(request) : again.push(request);
    }
    for (const request of lost) this.#entries.delete(request.id);
    return { again, lost };
  }

  all(): Request[] {
    return [...this.#entries.values()].map((entry) => entry.request);
  }

  clear(): void {
    this.#entries.clear();
  }
}

export function isRequest(message: ToWorker): message is Request {
  return "id" in message;
}

// True if asking twice does no more than asking once. An autocommit write that got no answer may have been committed or not,
// and only the caller can find out.
function isRepeatable(request: Request): boolean {
  if (request.kind === "execute") return request.read && request.lease === 0;
  return request.kind !== "leaseClose";
}

// A lease ends with the owner that gave it.
function usesLease(request: Request): boolean {
  return request.kind === "leaseClose" || (request.kind === "execute" && request.lease !== 0);
}
