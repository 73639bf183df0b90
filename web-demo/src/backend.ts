import type { BackendConnector, SkerryDatabase } from "skerry";

export const users = ["alice", "bob"] as const;
export type User = (typeof users)[number];

/** How many queued writes travel in one request. */
const uploadLimit = 1000;
/** A token that ends sooner is not used for an upload any more. */
const spareSeconds = 30;

/** Where the demo's backend is: `skerryd dev` itself, or examples/backend-node beside a Postgres. */
interface Backend {
  readonly token: string;
  readonly crud: string;
}

interface Token {
  readonly token: string;
  readonly endpoint: string;
  /** In seconds since 1970. */
  readonly expiresAt: number;
}

interface Rejected {
  readonly id: string;
  readonly reason: string;
}

async function ask(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(path, init);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
  return response;
}

function post(path: string, body: unknown, token?: string): Promise<Response> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token) headers["authorization"] = `Token ${token}`;
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

let known: Backend | null = null;

/** Asked for once, when the server of the page can be reached. */
async function backend(): Promise<Backend> {
  known ??= (await (await ask("/backend.json")).json()) as Backend;
  return known;
}

/** The demo's backend hands out tokens and applies writes. A real app talks to its own server here. */
export function connector(user: User): BackendConnector {
  let current: Token | null = null;
  const fetchToken = async (): Promise<Token> => {
    const { token } = await backend();
    current = (await (await post(token, { user })).json()) as Token;
    return current;
  };
  const usableToken = async (): Promise<Token> =>
    current && current.expiresAt - spareSeconds > Date.now() / 1000 ? current : fetchToken();
  return {
    async fetchCredentials() {
      const { token, endpoint } = await fetchToken();
      return { endpoint, token };
    },
    async uploadData(db: SkerryDatabase) {
      const { crud } = await backend();
      // With it the backend knows a batch that comes again because its answer was lost.
      const client_id = await db.getClientId();
      for (;;) {
        const batch = await db.getCrudBatch(uploadLimit);
        if (!batch) return;
        const pass = await usableToken();
        current = null; // Kept only if it serves: the next try begins with a new one.
        const entries = batch.crud.map((entry) => entry.toJSON());
        const response = await post(crud, { client_id, batch: entries }, pass.token);
        current = pass;
        const { rejected } = (await response.json()) as { rejected: Rejected[] };
        // A rejected write does not block the queue: the next checkpoint brings the server's version back.
        for (const { id, reason } of rejected) console.warn(`The backend refused the change of ${id}: ${reason}`);
        await batch.complete();
      }
    },
  };
}
