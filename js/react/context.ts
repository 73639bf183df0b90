// The database that a tree of components works with.

import { createContext, useContext } from "react";
import type { SkerryDatabase } from "../database.js";

export const SkerryContext = createContext<SkerryDatabase | null>(null);

// The database of the nearest provider, or null.
export function useSkerry(): SkerryDatabase | null {
  return useContext(SkerryContext);
}
