// Applies one batch of a client's queued writes in one transaction.
//
// What is true afterwards: either the answer stands for exactly what is in the database, or nothing of the batch is. An entry that
// may not or cannot be written is undone alone and reported. A batch that comes again, because its answer was lost or because the
// client gave up waiting, changes nothing and gets the same answer: `uploads` says how far each client's queue has been applied.
import { EntryWriter } from "./entry-writer.js";
import { isPassing } from "./failures.js";
import { Refusal } from "./refusal.js";
import { applyEntries } from "./savepoints.js";

/** The schema was changed below a connection's prepared statements: a new connection prepares them anew. */
const stalePlan = "0A000";
/** Two batches stood in each other's way, and the database ended one. */
const again = ["40001", "40P01", stalePlan];
const tries = 5;

/** Takes the client's place in the queue; a second request of the same client waits here for the first to end. */
const openUpload = `
  INSERT INTO uploads AS u (user_id, client_id) VALUES ($1, $2)
  ON CONFLICT (user_id, client_id) DO UPDATE SET uploaded_at = now() RETURNING u.last_op_id, u.rejected`;
const closeUpload = "UPDATE uploads SET last_op_id = $3, rejected = $4 WHERE user_id = $1 AND client_id = $2";

async function applyInTransaction(db, { user, clientId, entries, policy }) {
  const { rows } = await db.query(openUpload, [user, clientId]);
  const before = { lastOpId: Number(rows[0].last_op_id), rejected: rows[0].rejected };
  const fresh = entries.filter((entry) => entry.opId > before.lastOpId);
  const first = entries[0]?.opId ?? 0;
  const result = {
    applied: 0,
    repeated: entries.length - fresh.length,
    rejected: before.rejected.filter(({ op_id }) => op_id >= first),
    merged: [],
  };
  if (fresh.length === 0) return result;

  const writer = new EntryWriter(db, user, policy);
  await writer.lockRows(fresh);
  for await (const [entry, { reason, kept }] of applyEntries(db, writer, fresh)) {
    const { opId: op_id, type, id } = entry;
    if (reason) result.rejected.push({ op_id, type: type.slice(0, 100), id: id.slice(0, 100), reason });
    else result.applied += 1;
    if (kept?.length) result.merged.push({ op_id, type, id, kept });
  }
  result.rejected.sort((a, b) => a.op_id - b.op_id);
  await db.query(closeUpload, [user, clientId, fresh.at(-1).opId, JSON.stringify(result.rejected)]);
  return result;
}

/** Ends the transaction whatever happened; a connection that cannot even do that is thrown away. */
async function inTransaction(pool, action) {
  const db = await pool.connect();
  let broken = false;
  try {
    await db.query("BEGIN");
    const result = await action(db);
    const { command } = await db.query("COMMIT");
    if (command !== "COMMIT") throw new Error("the transaction was aborted before its commit");
    return result;
  } catch (error) {
    await db.query("ROLLBACK").catch(() => {
      broken = true;
    });
    broken ||= error.code === stalePlan;
    throw error;
  } finally {
    db.release(broken);
  }
}

/** { applied, repeated, rejected, merged }; a Refusal with 503 when the client should send the batch again. */
export async function applyBatch(pool, upload) {
  for (let tried = 1; ; ++tried) {
    try {
      return await inTransaction(pool, (db) => applyInTransaction(db, upload));
    } catch (error) {
      if (again.includes(error.code) && tried < tries) continue;
      if (!isPassing(error)) throw error;
      const message = "The database cannot be written now, send the batch again";
      throw new Refusal(503, "database_unavailable", message, error);
    }
  }
}
