// One app, one service that is killed, and the clients that live through it.
import { EventEmitter, once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterwards } from "../../../support/cleanup.mjs";
import { Seeded } from "../../../support/seeded.mjs";
import { sqlite } from "../../../support/skerryd.mjs";
import { canonical, configNames, RandomWrites, streamsText, users } from "./app.mjs";
import { Replica } from "./replica.mjs";

// Older states are not shown any more: a client that is so far behind would fail.
const rememberedStates = 2000;

export class World {
  #writes;
  #random;
  #committed = 0;
  #states = new Map(); // By number: canonical rows by "config user".
  #writing = null;
  #isPaused = true;
  #fresh = 0;
  #all; // The clients that live on, and the new ones.
  events = new EventEmitter();
  config = configNames[0];
  killedBehind = 0; // How often something was committed that no client had been given.

  /** `service` is configured and not started; `app` is its database. */
  constructor(service, app, seed) {
    this.service = service;
    this.app = app;
    this.#random = new Seeded(seed ^ 0x5eed);
    this.#writes = new RandomWrites(new Seeded(seed), app.constructor.dialect);
    this.replicas = users.map((user) => new Replica(this, user, `kept-${user}`));
    this.#all = new Set(this.replicas);
    this.deploy(this.config);
  }

  /** A world in which clients have what a writing app and a running service gave them. It goes with the test. */
  static async start(t, service, app, seed) {
    const world = new World(service, app, seed);
    afterwards(t, () => world.abandon());
    await world.open();
    await service.start();
    world.write();
    await world.count("commit", 5);
    await world.verify();
    return world;
  }

  async open() {
    await this.app.begin([]);
    await this.#remember(0);
    await this.app.end("COMMIT");
    for (const replica of this.replicas) replica.follow();
  }

  /** Changes the config for the next start. */
  deploy(config) {
    this.config = config;
    writeFileSync(join(this.service.folder, "streams.yaml"), streamsText(config));
  }

  committed() {
    return this.#committed;
  }

  expected(config, n, user) {
    return this.#states.get(n)?.get(`${config} ${user}`);
  }

  lineRead() {
    this.events.emit("line");
  }

  /** Resolves with the n-th "line" or "commit" from now on. */
  async count(event, n) {
    for (let i = 0; i < n; ++i) await once(this.events, event);
  }

  write() {
    this.#isPaused = false;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  async pauseWriting() {
    this.#isPaused = true;
    await this.#writing;
  }

  async #write() {
    while (!this.#isPaused) {
      const n = this.#committed + 1;
      await this.app.begin([`UPDATE clock SET n = ${n}`, ...this.#writes.transaction()]);
      if (this.#random.isOneIn(12)) {
        await this.app.end("ROLLBACK");
        continue;
      }
      await this.#remember(n); // Before anybody can have seen it.
      await this.app.end("COMMIT");
      this.#committed = n;
      this.events.emit("commit");
      await pause(this.#random.below(8));
    }
  }

  async #remember(n) {
    const groups = await this.app.evaluate();
    this.#states.set(n, new Map([...groups].map(([who, rows]) => [who, canonical(rows)])));
    this.#states.delete(n - rememberedStates);
  }

  async kill() {
    await this.service.process.end("SIGKILL");
    const states = this.replicas.map(({ visible }) => visible?.n ?? -1);
    if (Math.max(...states) < this.#committed) ++this.killedBehind;
  }

  /** With nobody writing: every client that lives on and every new one comes to what the source has now. */
  async verify() {
    await this.pauseWriting();
    const n = this.#committed;
    const isThere = ({ visible }) => visible?.n === n && visible.config === this.config;
    const all = this.replicas.map(async (replica) => {
      await replica.requestWriteCheckpoint();
      await replica.until((one) => isThere(one) && !one.waitsForAcknowledgement);
    });
    const fresh = users.map(async (user) => {
      const replica = new Replica(this, user, `fresh-${++this.#fresh}`);
      this.#all.add(replica);
      replica.follow();
      await replica.until(isThere);
      await replica.close();
      this.#all.delete(replica);
    });
    await Promise.all([...all, ...fresh]);
  }

  toString() {
    return `state ${this.#committed} of config ${this.config}; ${[...this.#all].join("; ")}`;
  }

  /** Ends all clients, wherever they are. */
  async abandon() {
    this.#isPaused = true;
    await Promise.all([...this.#all].map((replica) => replica.close()));
  }

  /** What holds at the very end, with the service stopped. */
  async close(storage = "storage.db") {
    await this.pauseWriting();
    await this.abandon();
    await this.service.process.end();
    const verdict = sqlite(join(this.service.folder, storage), "PRAGMA integrity_check");
    if (verdict !== "ok") throw new Error(`the storage is damaged: ${verdict}`);
  }
}
