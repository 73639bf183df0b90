import { useSyncExternalStore } from "react";

/** The part behind "#/": "" for the start page, "inspect", or "list/<id>". */
export function useRoute(): string {
  return useSyncExternalStore(subscribe, () => location.hash.replace(/^#\/?/, ""));
}

function subscribe(onChange: () => void): () => void {
  addEventListener("hashchange", onChange);
  return () => removeEventListener("hashchange", onChange);
}

export const listHref = (id: string): string => `#/list/${encodeURIComponent(id)}`;

/** The id of the list that the route names, or null. */
export function listOf(route: string): string | null {
  return route.startsWith("list/") ? decodeURIComponent(route.slice("list/".length)) : null;
}
