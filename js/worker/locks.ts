// Who may use which connection, and in what order: the main connection serves one job at a time, first come first served;
// readers are a small number of slots.
//
// Nothing here knows the core. A job that wants to keep main over several messages (a write lease) holds it and releases it.

// The core opens at most this many reader connections for leases.
export const kReaderSlots = 4;

export interface Job {
  // Whose it is, so that the jobs of a closed tab can be dropped.
  readonly owner: object;
  // The request that the job answers, 0 for the worker's own.
  readonly request: number;
  run(): void;
}

export class MainQueue {
  #jobs: Job[] = [];
  #next = 0;
  #held = false;

  get held(): boolean {
    return this.#held;
  }

  get empty(): boolean {
    return this.#next === this.#jobs.length;
  }

  push(job: Job): void {
    this.#jobs.push(job);
  }

  // The next job, unless main is held or nothing waits.
  take(): Job | null {
    if (this.#held) return null;
    const job = this.#jobs[this.#next];
    if (job === undefined) return null;
    this.#next++;
    // Taking from the front costs nothing; the array is cut once what was taken is most of it.
    if (this.#next > 64 && this.#next * 2 > this.#jobs.length) {
      this.#jobs = this.#jobs.slice(this.#next);
      this.#next = 0;
    }
    return job;
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
  }

  // Takes out the waiting jobs that `matches`, in order.
  remove(matches: (job: Job) => boolean): Job[] {
    const waiting = this.#jobs.slice(this.#next);
    this.#jobs = waiting.filter((job) => !matches(job));
    this.#next = 0;
    return waiting.filter(matches);
  }
}

// A counting semaphore with a queue, for read leases.
export class ReaderSlots {
  #free = kReaderSlots;
  #waiting: Job[] = [];

  // Runs the job now or when a slot is free; it then holds the slot until `release`.
  acquire(job: Job): void {
    if (this.#free > 0) {
      this.#free--;
      job.run();
    } else {
      this.#waiting.push(job);
    }
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next.run();
  }

  remove(matches: (job: Job) => boolean): Job[] {
    const removed = this.#waiting.filter(matches);
    this.#waiting = this.#waiting.filter((job) => !matches(job));
    return removed;
  }
}
