// A TCP address whose other end can be changed, swallowed or cut, as networks and failovers do.
import { connect, createServer } from "node:net";
import { afterwards } from "./cleanup.mjs";

export class FaultProxy {
  #pairs = new Set();
  #isBlackHole = false;
  #cutAfter = null; // Gives, for each new connection, after how many bytes of either side it is cut.
  accepted = 0;
  cuts = 0;

  /** To `port` on this machine; closed when the test is over. */
  static async open(test, port) {
    const proxy = new FaultProxy();
    proxy.target = port;
    const server = createServer((near) => proxy.#join(near));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    proxy.port = server.address().port;
    afterwards(test, () => {
      server.close();
      proxy.cutAll();
    });
    return proxy;
  }

  /** Nothing passes any more, and nobody is told: also new connections are taken and never answered. */
  blackHole() {
    this.#isBlackHole = true;
  }

  /** Those that were swallowed stay dead, as after a NAT forgot them; new ones work. */
  heal() {
    this.#isBlackHole = false;
    this.#cutAfter = null;
  }

  cutAll() {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far?.destroy();
    }
  }

  /** From now on each new connection is cut after so many bytes: `bytes()` is asked once for each. */
  cutNewAfter(bytes) {
    this.#cutAfter = bytes;
  }

  #join(near) {
    ++this.accepted;
    near.on("error", () => {});
    if (this.#isBlackHole) {
      const pair = { near };
      this.#pairs.add(pair);
      near.on("close", () => this.#pairs.delete(pair));
      near.resume();
      return;
    }
    const far = connect(this.target, "127.0.0.1");
    const pair = { near, far };
    this.#pairs.add(pair);
    let left = this.#cutAfter?.() ?? Number.POSITIVE_INFINITY;
    const pass = (from, to) => {
      from.on("data", (chunk) => {
        if (this.#isBlackHole) return;
        const part = chunk.subarray(0, left);
        left -= part.length;
        if (!to.write(part)) {
          from.pause();
          to.once("drain", () => from.resume());
        }
        if (left > 0) return;
        ++this.cuts;
        near.destroy();
        far.destroy();
      });
      from.on("error", () => {});
      from.on("close", () => {
        this.#pairs.delete(pair);
        // A black hole does not tell that the other end is gone.
        if (!this.#isBlackHole) to.destroy();
      });
    };
    pass(near, far);
    pass(far, near);
  }
}
