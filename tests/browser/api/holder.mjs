// A worker that is not ours and holds the file of a database.
const root = await navigator.storage.getDirectory();
const file = await root.getFileHandle("held.db", { create: true });
globalThis.handle = await file.createSyncAccessHandle();
postMessage("held");
