import { SkerryDatabase } from "skerry";
import { connector, type User } from "./backend";
import { schema } from "./schema";

/** One database file per user: nobody sees what another left in this browser. */
const open = new Map<User, SkerryDatabase>();

export function databaseOf(user: User): SkerryDatabase {
  let db = open.get(user);
  if (!db) {
    db = new SkerryDatabase({ schema, database: { dbFilename: `demo-${user}.db` } });
    open.set(user, db);
  }
  return db;
}

export function goOnline(db: SkerryDatabase, user: User): void {
  // A first attempt that fails is shown by the status; Skerry goes on trying by itself.
  void db.connect(connector(user)).catch((error: unknown) => console.error(error));
}
