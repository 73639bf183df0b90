// A Postgres cluster of one's own in a folder: made once, started, stopped by pid. For the demo and for tests, never for production.
//
// It listens on 127.0.0.1 (password) and on a socket inside the folder (trusted: nobody else may enter it). Postgres refuses to run
// as root, so root hands the folder to the user `postgres`. Starting a second time finds the running server and gives the same answer.
//
//   node scripts/postgres.mjs start FOLDER     prints the URL        node scripts/postgres.mjs stop FOLDER
import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const pollMs = 25;
const startTries = 10;
/** A socket's path has to fit into sockaddr_un. */
const maxSocketPath = 100;

/** The folder with initdb and postgres: PG_BIN, the newest that Debian installed, or what is on the PATH. */
export function postgresBin() {
  const versions = (folder) => (fs.existsSync(folder) ? fs.readdirSync(folder) : []);
  const debian = versions("/usr/lib/postgresql")
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => `/usr/lib/postgresql/${version}/bin`);
  const candidates = [process.env.PG_BIN, ...debian, ...(process.env.PATH ?? "").split(":")];
  const found = candidates.find((folder) => folder && fs.existsSync(join(folder, "initdb")));
  if (!found)
    throw new Error("no Postgres found: install the package postgresql, or name the folder of initdb in PG_BIN");
  return found;
}

/** Who runs the server: this process's user, or for root the user `postgres` (or another, by name or uid). */
function serverUser(user) {
  if (process.getuid() !== 0) return {};
  try {
    const id = (flag) => Number(execFileSync("id", [flag, String(user)], { stdio: ["ignore", "pipe", "ignore"] }));
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    throw new Error(`Postgres does not run as root, and there is no user ${user} to run it as`);
  }
}

function canReach(folder, user) {
  try {
    execFileSync("test", ["-d", folder], { ...user, stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The folder as the server's user may use it: below /root, say, it cannot, and another place is derived from the path. */
function prepareFolder(folder, user) {
  const make = (path) => {
    fs.mkdirSync(path, { recursive: true, mode: 0o700 });
    const owner = fs.statSync(path).uid;
    if (user.uid !== undefined && owner === 0) fs.chownSync(path, user.uid, user.gid);
    else if (owner !== (user.uid ?? process.getuid()))
      throw new Error(`${path} belongs to somebody else (uid ${owner})`);
    fs.chmodSync(path, 0o700);
    return path;
  };
  const made = make(folder);
  if (user.uid === undefined || canReach(folder, user)) return made;
  const name = `skerry-postgres-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}`;
  return make(join(fs.existsSync("/var/tmp") ? "/var/tmp" : tmpdir(), name));
}

function readIfThere(path) {
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** `preferred` if it is free, else any. */
export async function freePort(preferred = 0) {
  const tryPort = (port) =>
    new Promise((done) => {
      const probe = createServer();
      probe.once("error", () => done(null));
      probe.listen(port, "127.0.0.1", () => {
        const found = probe.address().port;
        probe.close(() => done(found));
      });
    });
  return (preferred && (await tryPort(preferred))) || (await tryPort(0));
}

/** One cluster in one folder. `settings` are lines of postgresql.conf, written when the cluster is made. */
export class PostgresCluster {
  constructor(folder, { user = "postgres", settings = {} } = {}) {
    this.bin = postgresBin();
    this.user = serverUser(user);
    this.folder = prepareFolder(resolve(folder), this.user);
    this.data = join(this.folder, "data");
    this.log = join(this.folder, "server.log");
    const socketName = join(this.folder, ".s.PGSQL.65535");
    if (socketName.length > maxSocketPath) throw new Error(`the path of ${this.folder} is too long for a socket`);
    this.settings = {
      wal_level: "logical",
      listen_addresses: "127.0.0.1",
      unix_socket_directories: this.folder,
      unix_socket_permissions: "0700",
      ...settings,
    };
    this.port = 0;
    this.password = null;
  }

  /** For TCP, as every program would connect. */
  url({ user = "postgres", password = this.password, database = "postgres" } = {}) {
    return `postgresql://${user}:${password}@127.0.0.1:${this.port}/${database}`;
  }

  /** Makes the cluster if there is none, starts it unless it runs, and waits until it answers. True if this call started it. */
  async start() {
    if (!fs.existsSync(join(this.data, "PG_VERSION"))) this.#make();
    this.password = fs.readFileSync(join(this.folder, "password"), "utf8").trim();
    const running = this.#runningPid();
    if (running) {
      this.port = await this.#untilReady(running);
      return false;
    }
    const portFile = join(this.folder, "port");
    const kept = this.port || Number(readIfThere(portFile) ?? 0);
    for (let tried = 1; ; ++tried) {
      this.port = await freePort(tried === 1 ? kept : 0);
      try {
        await this.#launch();
        fs.writeFileSync(portFile, `${this.port}\n`);
        return true;
      } catch (error) {
        // Somebody took the port between the question and the start, or the processes of a killed server are still ending.
        if (tried === startTries || !/could not bind|pre-existing shared memory/.test(error.message)) throw error;
        await pause(tried * 100);
      }
    }
  }

  /** Fast shutdown (`SIGINT`) by default; resolves when the server is gone. SIGQUIT is a crash: recovery at the next start. */
  async stop(signal = "SIGINT") {
    const pid = this.#runningPid();
    if (!pid) return;
    process.kill(pid, signal);
    while (this.#runningPid() === pid) await pause(pollMs);
  }

  #make() {
    fs.rmSync(this.data, { recursive: true, force: true }); // What a killed initdb left.
    const passwordFile = join(this.folder, "password");
    fs.rmSync(passwordFile, { force: true });
    fs.writeFileSync(passwordFile, `${randomBytes(18).toString("base64url")}\n`, { mode: 0o600 });
    if (this.user.uid !== undefined) fs.chownSync(passwordFile, this.user.uid, this.user.gid);
    // Made under another name, so that PG_VERSION means a whole cluster.
    const draft = join(this.folder, "data.new");
    fs.rmSync(draft, { recursive: true, force: true });
    const access = [
      "--username=postgres",
      "--auth-local=trust",
      "--auth-host=scram-sha-256",
      `--pwfile=${passwordFile}`,
    ];
    const args = ["-D", draft, ...access, "--encoding=UTF8", "--locale=C", "--no-sync"];
    execFileSync(join(this.bin, "initdb"), args, { ...this.#spawnOptions(), stdio: ["ignore", "ignore", "inherit"] });
    const lines = Object.entries(this.settings).map(
      ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'`,
    );
    fs.appendFileSync(join(draft, "postgresql.conf"), `\n${lines.join("\n")}\n`);
    fs.renameSync(draft, this.data);
  }

  #spawnOptions() {
    return { ...this.user, cwd: this.folder, env: { ...process.env, LC_ALL: "C", TZ: "UTC" } };
  }

  #pidFile() {
    return readIfThere(join(this.data, "postmaster.pid"))?.split("\n") ?? [];
  }

  /** The server's pid, if its process lives; a zombie, which an init that does not reap leaves, does not. */
  #runningPid() {
    const pid = Number(this.#pidFile()[0] ?? 0);
    return pid && isAlive(pid) && isServerOf(pid, this.data) ? pid : 0;
  }

  async #launch() {
    const log = fs.openSync(this.log, "a", 0o600);
    const from = fs.fstatSync(log).size;
    // A group of its own: Ctrl-C is for the program that started it, which stops the server last.
    const child = spawn(join(this.bin, "postgres"), ["-D", this.data, "-p", String(this.port)], {
      ...this.#spawnOptions(),
      stdio: ["ignore", log, log],
      detached: true,
    });
    fs.closeSync(log);
    const failed = new Promise((_, reject) => child.once("error", reject));
    child.unref();
    try {
      await Promise.race([failed, this.#untilReady(child.pid)]);
    } catch (error) {
      throw new Error(`${error.message}\n${readIfThere(this.log)?.slice(from).trim()}`);
    }
  }

  /** Resolves with the port when the eighth line of postmaster.pid says that connections are taken. */
  async #untilReady(pid) {
    for (;;) {
      const lines = this.#pidFile();
      if (Number(lines[0]) === pid && lines[7]?.trim() === "ready") return Number(lines[3]);
      if (!isAlive(pid)) throw new Error(`Postgres ended while it started; its log is ${this.log}`);
      await pause(pollMs);
    }
  }
}

/** Whether the process is a server on `data`: a pid may have been given to another program since. */
function isServerOf(pid, data) {
  const commandLine = readIfThere(`/proc/${pid}/cmdline`);
  return commandLine === null ? !fs.existsSync("/proc/self") : commandLine.includes(data);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [command, folder] = process.argv.slice(2);
  if (!["start", "stop"].includes(command) || !folder) {
    console.error(`usage: ${basename(process.argv[1])} start|stop FOLDER`);
    process.exit(2);
  }
  fs.mkdirSync(dirname(resolve(folder)), { recursive: true });
  const cluster = new PostgresCluster(folder);
  if (command === "start") {
    await cluster.start();
    console.log(cluster.url());
  } else {
    await cluster.stop();
  }
}
