// Choices that come again with the same seed.

export class Seeded {
  #state;

  constructor(seed) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /** A whole number of 32 bits (mulberry32). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return (x ^ (x >>> 14)) >>> 0;
  }

  /** From 0 to `end`, without it. */
  below(end) {
    return this.next() % end;
  }

  /** From `first` to `last`, both included. */
  between(first, last) {
    return first + this.below(last - first + 1);
  }

  isOneIn(n) {
    return this.below(n) === 0;
  }

  pick(choices) {
    return choices[this.below(choices.length)];
  }

  /** Letters that no compression makes much smaller. */
  text(length) {
    let text = "";
    while (text.length < length) text += this.next().toString(36);
    return text.slice(0, length);
  }
}
