/** Resolves with the port once a server says `listening on http://HOST:PORT` on its standard output; rejects if it ends before. */
export function untilListening(child, name) {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const match = /listening on http:\/\/\S+:(\d+)\s/.exec(text);
      if (match) resolve(Number(match[1]));
    });
    child.stderr?.on("data", (chunk) => {
      text += chunk;
    });
    child.on("error", reject);
    child.on("close", (code, signal) =>
      reject(new Error(`${name} ended with ${signal ?? `code ${code}`}\n${text}`.trimEnd())),
    );
  });
}
