// An app's own worker that uses the package.
import { column, Schema, SkerryDatabase, Table } from "/dist/index.js";

const schema = new Schema({ lists: new Table({ name: column.text }) });
const db = new SkerryDatabase({ schema, database: { dbFilename: "in-worker.db" } });
await db.execute("INSERT INTO lists(id, name) VALUES (uuid(), 'from a worker')");
const rows = await db.getAll("SELECT name FROM lists");
const { backend } = await db.storage();
await db.close();
postMessage({ rows, backend });
