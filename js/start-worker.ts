// Starts the database worker. The literal `new Worker(new URL(...))` is what bundlers look for.

import { SkerryError } from "./errors.js";

export function startWorker(worker: string | URL | (() => Worker) | null): Worker {
  if (typeof worker === "function") return worker();
  if (typeof Worker === "undefined") {
    throw new SkerryError(
      "storage_unavailable",
      "This context cannot start a worker; pass a function as `database.worker` that brings one.",
    );
  }
  if (worker !== null) return new Worker(worker, { type: "module" });
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
}
