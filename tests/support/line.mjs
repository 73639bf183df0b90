// A way to a server on this machine that can be held: what the server sends then stays in the line, as in a tunnel.
import { connect, createServer } from "node:net";
import { afterwards } from "./cleanup.mjs";

export class Line {
  #limit = Number.POSITIVE_INFINITY;
  #ends = new Set();

  /** A line to `port`, on a port of its own; it is cut when the test is over. */
  static async open(test, port) {
    const line = new Line();
    const server = createServer((near) => line.#join(near, connect(port, "127.0.0.1")));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    line.port = server.address().port;
    afterwards(test, () => {
      server.close();
      for (const { near } of line.#ends) near.destroy();
    });
    return line;
  }

  /** From now on each connection brings the client so many bytes and no more. */
  hold(bytes) {
    this.#limit = bytes;
    for (const end of this.#ends) end.passed = 0;
  }

  release() {
    this.#limit = Number.POSITIVE_INFINITY;
    for (const { far } of this.#ends) far.resume();
  }

  #join(near, far) {
    const end = { near, far, passed: 0 };
    this.#ends.add(end);
    const flow = () => end.passed < this.#limit && far.resume();
    near.pipe(far);
    far.on("data", (chunk) => {
      end.passed += chunk.length;
      if (!near.write(chunk) || end.passed >= this.#limit) far.pause();
    });
    near.on("drain", flow);
    far.on("end", () => near.end());
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      one.on("error", () => {}); // It closes as well.
      one.on("close", () => {
        other.destroy();
        this.#ends.delete(end);
      });
    }
  }
}
