// What an error of the database says about the write that met it.
//
// Three kinds: the entry's fault (rejected, the batch goes on), a passing trouble (the client sends the batch again), and all the
// rest: a fault of this program or its schema. That one blocks the client's queue on purpose, because dropping writes for a bug of
// ours would lose them.

/** SQLSTATE classes: 22 bad data, 23 a constraint; P0001 is RAISE EXCEPTION in a trigger of the app's own. */
export function reasonOf(error) {
  const code = error.code ?? "";
  if (!/^(22|23)...$/.test(code) && code !== "P0001") return null;
  return code === "23505" ? `${error.message} (${error.constraint})` : error.message;
}

const passingClasses = ["08", "40", "53", "55", "57", "58"];
const socketErrors = [
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
  "EHOSTUNREACH",
];

/** Connections lost or refused, a full disk, a lock not had in time, a server that shuts down or starts. */
export function isPassing(error) {
  const code = error.code ?? "";
  if (/^[0-9A-Z]{5}$/.test(code) && !socketErrors.includes(code)) return passingClasses.includes(code.slice(0, 2));
  if (socketErrors.includes(code)) return true;
  // The driver's own errors carry no code.
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(
    error.message,
  );
}
