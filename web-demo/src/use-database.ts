import type { SkerryDatabase } from "skerry";
import { usePowerSync } from "skerry/react";

/** The database that App provides; every part of the page is below it. */
export function useDatabase(): SkerryDatabase {
  const db = usePowerSync();
  if (!db) throw new Error("no database is provided above this component");
  return db;
}
