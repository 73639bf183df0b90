// Applies entries in order, each so that its failure undoes nothing but itself.
//
// Most batches hold nothing bad, and a round trip to the database costs more than the write. So entries go in runs: all of a run
// travel together inside one savepoint, and only when one of them fails is the run undone and done again one by one, each entry in
// a savepoint of its own. Both ways end with the same rows.
import { reasonOf } from "./failures.js";

const maxRun = 100;
/** The answer to every query behind one that failed. */
const abortedBefore = "25P02";

/** Cuts entries into runs in which no row occurs twice: the second write of a row has to see the first. */
function* runsOf(entries) {
  let run = [];
  let rows = new Set();
  for (const entry of entries) {
    const row = `${entry.type} ${entry.id}`;
    if (run.length === maxRun || rows.has(row)) {
      yield run;
      run = [];
      rows = new Set();
    }
    run.push(entry);
    rows.add(row);
  }
  if (run.length > 0) yield run;
}

/** Not waited for: it travels with the queries behind it. If it fails, so do those, and at last the commit. */
function send(db, text) {
  db.query(text).catch(() => {});
}

/** The outcomes of a run of which every entry was written, or null after undoing it. */
async function applyTogether(db, writer, run) {
  send(db, "SAVEPOINT run");
  // The connection keeps the order: every entry's first query, then, as the answers come, every entry's write.
  const outcomes = await Promise.allSettled(run.map((entry) => writer.apply(entry)));
  // What is no entry's fault would only happen again.
  const failure = outcomes.find(({ reason }) => reason && !reasonOf(reason) && reason.code !== abortedBefore);
  if (failure) throw failure.reason;
  const isWhole = outcomes.every(({ value }) => value && !value.reason);
  if (!isWhole) send(db, "ROLLBACK TO SAVEPOINT run");
  send(db, "RELEASE SAVEPOINT run");
  return isWhole ? outcomes.map(({ value }) => value) : null;
}

async function applyAlone(db, writer, entry) {
  send(db, "SAVEPOINT entry");
  let outcome;
  try {
    outcome = await writer.apply(entry);
  } catch (error) {
    const reason = reasonOf(error);
    if (!reason) throw error;
    outcome = { reason };
  }
  if (outcome.reason) send(db, "ROLLBACK TO SAVEPOINT entry");
  send(db, "RELEASE SAVEPOINT entry");
  return outcome;
}

/** Yields [entry, outcome] for each; `reason` in an outcome says why the entry was not written. */
export async function* applyEntries(db, writer, entries) {
  const writable = entries.filter(({ problem }) => !problem);
  for (const run of runsOf(writable)) {
    const outcomes = await applyTogether(db, writer, run);
    for (const [at, entry] of run.entries()) yield [entry, outcomes?.[at] ?? (await applyAlone(db, writer, entry))];
  }
  for (const entry of entries) if (entry.problem) yield [entry, { reason: entry.problem }];
}
