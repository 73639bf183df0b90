// The page's side of worker.mjs: `startFloor()` gives an object whose `call` resolves with the worker's answer.

// Takes the worker, or the URL of its script.
export function startFloor(script) {
  const worker = script instanceof Worker ? script : new Worker(script, { type: "module" });
  const waiting = new Map();
  const committed = [];
  let last = 0;
  worker.onmessage = ({ data }) => {
    if ("committed" in data) return committed.push(data.committed);
    const { resolve, reject } = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error) reject(Object.assign(new Error(data.error.message), { code: data.error.code }));
    else resolve(data.value);
  };
  worker.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new Error(event.message));
  };
  return {
    call(call, ...args) {
      const id = ++last;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, call, args });
      });
    },
    committed,
    kill: () => worker.terminate(),
  };
}
