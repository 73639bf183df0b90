// The worker's end of page.mjs: runs one call after the other.
//
// In: {id, call, args}. Out: {id, value} or {id, error: {code, message}}.

export function serveCalls(calls) {
  let last = Promise.resolve();
  self.onmessage = ({ data: { id, call, args } }) => {
    last = last.then(async () => {
      try {
        postMessage({ id, value: await calls[call](...args) });
      } catch (error) {
        const { code = "error", message } = error.error ?? error;
        postMessage({ id, error: { code, message } });
      }
    });
  };
}
