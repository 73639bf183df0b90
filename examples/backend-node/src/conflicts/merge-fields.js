// Field-level merge: three ways, by what the client saw (`trackPrevious: true`), what it wants, and what is stored.
//
// A column that only one side changed takes that side's value. One that both changed goes to its `bothChanged(base, mine, theirs)`
// in tables.js: the functions below, or your own (the sum of two counters, the union of two sets of tags, a text merge).

export const keepMine = (_base, mine) => mine;
export const keepTheirs = (_base, _mine, theirs) => theirs;
/** For counters: what the client added is added to what is stored. */
export const addDifference = (base, mine, theirs) => theirs + (mine - base);

function same(column, a, b) {
  return a === null || b === null ? a === b : column.same(a, b);
}

export const mergeFields = {
  update({ data, old }, row, { columns }) {
    const set = {};
    const kept = [];
    for (const [name, mine] of Object.entries(data)) {
      const column = columns[name];
      const theirs = row[name];
      if (same(column, mine, theirs)) continue;
      // Without a previous value nothing shows who changed what: the write is taken as it is.
      const bothChanged = old !== null && Object.hasOwn(old, name) && !same(column, old[name], theirs);
      const merged = bothChanged ? (column.bothChanged ?? keepMine)(old[name], mine, theirs) : mine;
      if (same(column, merged, theirs)) kept.push(name);
      else set[name] = merged;
    }
    return { set, kept };
  },
  remove: () => null,
};
