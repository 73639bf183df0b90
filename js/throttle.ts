// Merges changes of tables into deliveries at least `throttleMs` apart, which never overlap: what changes while a delivery runs
// waits for the next one.

export class ChangeThrottle {
  private readonly throttleMs: number;
  private readonly trailing: boolean;
  private readonly deliver: (tables: ReadonlySet<string>) => Promise<void> | void;
  private waiting = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private running = false;
  private closed = false;

  // `trailing`: the first change waits for the throttle too.
  constructor(throttleMs: number, trailing: boolean, deliver: (tables: ReadonlySet<string>) => Promise<void> | void) {
    this.throttleMs = throttleMs;
    this.trailing = trailing;
    this.deliver = deliver;
  }

  add(tables: Iterable<string>): void {
    if (this.closed) return;
    for (const table of tables) this.waiting.add(table);
    if (this.timer !== null || this.running || this.waiting.size === 0) return;
    if (this.trailing) this.arm();
    else void this.flush();
  }

  close(): void {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.waiting.clear();
  }

  private arm(): void {
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.flush();
    }, this.throttleMs);
  }

  private async flush(): Promise<void> {
    if (this.closed || this.running || this.waiting.size === 0) return;
    const tables = this.waiting;
    this.waiting = new Set();
    this.running = true;
    // The gap counts from the start of a delivery, also of a slow one.
    if (!this.trailing) this.arm();
    try {
      await this.deliver(tables);
    } finally {
      this.running = false;
    }
    if (!this.closed && this.waiting.size > 0 && this.timer === null) {
      if (this.trailing) this.arm();
      else void this.flush();
    }
  }
}
