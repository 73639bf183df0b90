// Reject by version: a change counts only if the row is still the one that the client saw.
//
// The client's table has the column `version` and `trackPrevious: { columns: ["version"] }`, and every UPDATE of the app says
// `version = version + 1`, so that a second edit before the first was synced builds on the first. A refused edit disappears from the
// client with the next checkpoint; the app shows the reason and lets the person decide.

function verdict({ old }, row) {
  if (old?.version === undefined) return { reject: "the app did not say which version it saw (old.version)" };
  if (old.version === row.version) return null;
  return {
    reject: `it was changed meanwhile: this edit was made on version ${old.version}, by now it is ${row.version}`,
  };
}

export const rejectByVersion = {
  update(entry, row) {
    // A row that is made has not been seen: with this id there is one already.
    if (entry.op === "PUT") return { reject: "a row with this id exists already" };
    return verdict(entry, row) ?? { set: entry.data };
  },
  remove: verdict,
};
