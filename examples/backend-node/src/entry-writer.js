// Writes one entry, in the caller's transaction: finds its row, asks whose it is, lets the policy decide, writes, and asks again.
//
// Table and column names are those of tables.js, never of a request; values travel as parameters. $1 is the user, $2 the id.

const tries = 3;
const statementNames = new Map();

/** Prepared once by each connection: a batch repeats few statements many times. There are as many as sets of columns, not orders. */
function prepared(text, values) {
  const name = statementNames.get(text) ?? `w${statementNames.size}`;
  statementNames.set(text, name);
  return { name, text, values };
}

export class EntryWriter {
  constructor(db, user, policy) {
    this.db = db;
    this.user = user;
    this.policy = policy;
  }

  /** Locks the user's own rows of the batch, always in one order: two batches of the same rows then wait instead of deadlocking. */
  async lockRows(entries) {
    const idsOf = new Map();
    for (const { table, id, problem } of entries) {
      if (problem) continue;
      if (!idsOf.has(table)) idsOf.set(table, []);
      idsOf.get(table).push(id);
    }
    for (const table of [...idsOf.keys()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const mine = `SELECT FROM ${table.name} AS row WHERE row.id = ANY($2::uuid[]) AND (${table.writable})`;
      await this.db.query(prepared(`${mine} ORDER BY row.id FOR NO KEY UPDATE`, [this.user, idsOf.get(table)]));
    }
  }

  /** {} when it is written, { reason } when it may not be, { kept } when some columns stayed as they were. */
  async apply(entry) {
    for (let tried = 1; tried <= tries; ++tried) {
      const row = await this.#find(entry);
      if (row && !row.allowed) return this.#forbidden(entry);
      if (!row && entry.op === "DELETE") return {};
      if (!row && entry.op === "PATCH") return { reason: `${entry.type} ${entry.id} does not exist (any more)` };
      const outcome = await (row ? this.#change(entry, row) : this.#insert(entry));
      if (outcome) return outcome;
      // Somebody made or deleted the row between the two statements: look again.
    }
    return { reason: `${entry.type} ${entry.id} cannot be written` };
  }

  #change(entry, row) {
    return entry.op === "DELETE" ? this.#remove(entry, row) : this.#update(entry, row);
  }

  async #find({ table, id }) {
    const columns = Object.keys(table.columns)
      .map((name) => `row.${name}`)
      .join(", ");
    const text = `SELECT ${columns}, (${table.writable}) AS allowed FROM ${table.name} AS row WHERE row.id = $2 FOR NO KEY UPDATE OF row`;
    return (await this.#run(text, id))[0];
  }

  async #insert({ table, id, data, type }) {
    const columns = Object.keys(data).sort();
    const names = ["id", ...columns].join(", ");
    const marks = ["id", ...columns].map((_, i) => `$${i + 2}`).join(", ");
    const text = `INSERT INTO ${table.name} AS row (${names}) VALUES (${marks}) ON CONFLICT (id) DO NOTHING RETURNING (${table.writable}) AS allowed`;
    const [row] = await this.#run(
      text,
      id,
      columns.map((name) => data[name]),
    );
    if (!row) return null;
    return row.allowed ? {} : this.#forbidden({ type, id });
  }

  async #update(entry, row) {
    const { table, id } = entry;
    const { set, reject, kept } = this.policy.update(entry, row, table);
    if (reject) return { reason: reject };
    const columns = Object.keys(set).sort();
    if (columns.length === 0) return { kept };
    const sets = columns.map((name, i) => `${name} = $${i + 3}`).join(", ");
    const text = `UPDATE ${table.name} AS row SET ${sets} WHERE row.id = $2 RETURNING (${table.writable}) AS allowed`;
    const [after] = await this.#run(
      text,
      id,
      columns.map((name) => set[name]),
    );
    if (!after) return null;
    return after.allowed ? { kept } : this.#forbidden(entry);
  }

  async #remove(entry, row) {
    const verdict = this.policy.remove(entry, row);
    if (verdict) return { reason: verdict.reject };
    const { name, writable } = entry.table;
    const text = `DELETE FROM ${name} AS row WHERE row.id = $2 AND (${writable}) RETURNING row.id`;
    return (await this.#run(text, entry.id)).length > 0 ? {} : null;
  }

  #forbidden({ type, id }) {
    return { reason: `${type} ${id} is not ${this.user}'s to write` };
  }

  async #run(text, id, values = []) {
    return (await this.db.query(prepared(text, [this.user, id, ...values]))).rows;
  }
}
