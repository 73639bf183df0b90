// Runs a function after the messages that already wait were handled. setTimeout would add its 4 ms after a few turns.

export class Macrotask {
  readonly #channel = new MessageChannel();
  #scheduled = false;
  #closed = false;

  constructor(run: () => void) {
    this.#channel.port1.onmessage = () => {
      this.#scheduled = false;
      if (!this.#closed) run();
    };
  }

  // Any number of calls before it runs are one.
  schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#channel.port2.postMessage(null);
  }

  close(): void {
    this.#closed = true;
    this.#channel.port1.close();
    this.#channel.port2.close();
  }
}
