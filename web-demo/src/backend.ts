import type { BackendConnector, SkerryDatabase } from "skerry";

export const users = ["alice", "bob"] as const;
export type User = (typeof users)[number];

/** How many queued writes travel in one request. */
const uploadLimit = 1000;

async function post(path: string, body: unknown, token?: string): Promise<Response> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token) headers["authorization"] = `Token ${token}`;
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
  return response;
}

/** The demo's backend: `skerryd dev` hands out tokens and applies writes. A real app talks to its own server here. */
export function connector(user: User): BackendConnector {
  const fetchCredentials = async () => {
    const response = await post("/dev/token", { user });
    const { token } = (await response.json()) as { token: string };
    return { endpoint: location.origin, token };
  };
  return {
    fetchCredentials,
    async uploadData(db: SkerryDatabase) {
      const { token } = await fetchCredentials();
      for (;;) {
        const batch = await db.getCrudBatch(uploadLimit);
        if (!batch) return;
        const response = await post("/dev/crud", { batch: batch.crud.map((entry) => entry.toJSON()) }, token);
        const { rejected } = (await response.json()) as { rejected: { id: string; reason: string }[] };
        // A rejected write does not block the queue: the next checkpoint brings the server's version back.
        for (const { id, reason } of rejected) console.warn(`The backend refused the change of ${id}: ${reason}`);
        await batch.complete();
      }
    },
  };
}
