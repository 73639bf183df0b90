// The shipped worker with its network replaced by memory: what the client itself costs, without the HTTP stack of a browser and
// a server on the same cores. The address names the stream; its bytes are here before the database opens.
const early = [];
const keep = (event) => early.push(event.data);
addEventListener("message", keep);

const parameters = new URL(location.href).searchParams;
const response = await fetch(parameters.get("stream"));
const type = response.headers.get("content-type");
const bytes = new Uint8Array(await response.arrayBuffer());
const network = globalThis.fetch;
globalThis.fetch = (url, options) => {
  if (!String(url).endsWith("/sync/stream")) return network(url, options);
  let at = 0;
  // A byte stream, as the body of a real answer is.
  const body = new ReadableStream({
    type: "bytes",
    pull({ byobRequest }) {
      // Stays open at the end, as a service's stream does.
      if (at >= bytes.length) return;
      const chunk = bytes.subarray(at, at + byobRequest.view.byteLength);
      new Uint8Array(byobRequest.view.buffer, byobRequest.view.byteOffset).set(chunk);
      at += chunk.length;
      byobRequest.respond(chunk.length);
    },
  });
  return Promise.resolve(new Response(body, { headers: { "content-type": type } }));
};
// By address: a bundler sees no use in a module that exports nothing.
const worker = new URL("../../dist/worker.js", import.meta.url).href;
await import(/* @vite-ignore */ worker);
removeEventListener("message", keep);
for (const data of early) dispatchEvent(new MessageEvent("message", { data }));
