// The files of one database in the Origin Private File System: `<name>` and `<name>-wal`, plain SQLite files, held by exclusive
// sync access handles from open to close.
//
// Memory takes their place only where OPFS does not work at all, which a probe on an unrelated file decides. A handle that
// somebody else holds never does: that would be a silent second database. Whatever way opening ends, no handle stays behind.

import type { ErrorCode } from "../error-codes.js";
import { CoreFailure, type CoreStorage } from "./core.js";

const kFirstDelayMs = 50;
const kLongestDelayMs = 800;
// In the order in which the module counts its handles.
const kSuffixes = ["", "-wal"] as const;

export interface OpenedStorage extends CoreStorage {
  // Main file, then WAL; empty in memory.
  readonly handles: readonly FileSystemSyncAccessHandle[];
  // Releases the handles. May be called twice.
  close(): void;
}

export interface OpenStorageOptions {
  readonly storage: "auto" | "memory";
  // How long to wait for handles that another context holds, before `storage_busy`.
  readonly busyTimeoutMs: number;
}

export async function openStorage(name: string, options: OpenStorageOptions): Promise<OpenedStorage> {
  if (options.storage === "memory") return memoryStorage(null);
  try {
    const folder = await folderOf(name, true);
    const handles = await openWithinBudget(folder, name, options.busyTimeoutMs);
    return opfsStorage(handles);
  } catch (error) {
    if (error instanceof CoreFailure) throw error;
    const reason = await probe();
    if (reason !== null) return memoryStorage(reason);
    throw failure("storage_unavailable", `Cannot open ${name} in OPFS, although OPFS works: ${describe(error)}`);
  }
}

// Removes the database's files. Fails with `storage_busy` while a context holds them, also where nothing is left to remove after.
export async function deleteStorage(name: string): Promise<void> {
  let folder: FileSystemDirectoryHandle;
  try {
    folder = await folderOf(name, false);
  } catch (error) {
    if (isNamed(error, "NotFoundError") || (await probe()) !== null) return;
    throw failure("storage_io", `Cannot delete ${name}: ${describe(error)}`);
  }
  // The main file goes last: while it is there, what is left is still a database that opens.
  for (const suffix of [...kSuffixes].reverse()) {
    try {
      await folder.removeEntry(baseName(name) + suffix);
    } catch (error) {
      if (isNamed(error, "NotFoundError")) continue;
      if (isBusy(error)) throw failure("storage_busy", `Cannot delete ${name}: another tab or worker has it open`);
      throw failure("storage_io", `Cannot delete ${name}: ${describe(error)}`);
    }
  }
}

async function openWithinBudget(
  folder: FileSystemDirectoryHandle,
  name: string,
  budgetMs: number,
): Promise<FileSystemSyncAccessHandle[]> {
  const deadline = performance.now() + budgetMs;
  for (let delay = kFirstDelayMs; ; delay = Math.min(delay * 2, kLongestDelayMs)) {
    try {
      return await openHandles(folder, name);
    } catch (error) {
      if (!isBusy(error)) throw error;
      const left = deadline - performance.now();
      if (left <= 0) {
        throw failure("storage_busy", `Another tab or worker held ${name} open for ${budgetMs} ms`);
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(delay, left)));
    }
  }
}

// All or none: a main file held while waiting for the WAL could wait for somebody who waits for us.
async function openHandles(folder: FileSystemDirectoryHandle, name: string): Promise<FileSystemSyncAccessHandle[]> {
  const handles: FileSystemSyncAccessHandle[] = [];
  try {
    for (const suffix of kSuffixes) {
      const file = await folder.getFileHandle(baseName(name) + suffix, { create: true });
      handles.push(await file.createSyncAccessHandle());
    }
    return handles;
  } catch (error) {
    for (const handle of handles) handle.close();
    throw error;
  }
}

// Why OPFS does not work here, or null if a handle could be opened and written.
async function probe(): Promise<string | null> {
  if (typeof navigator === "undefined" || navigator.storage?.getDirectory === undefined) {
    return "this browser has no Origin Private File System";
  }
  const name = `.skerry-probe-${crypto.randomUUID()}`;
  try {
    const root = await navigator.storage.getDirectory();
    try {
      const file = await root.getFileHandle(name, { create: true });
      const handle = await file.createSyncAccessHandle();
      try {
        handle.truncate(1);
      } finally {
        handle.close();
      }
      return null;
    } finally {
      await root.removeEntry(name).catch(() => undefined);
    }
  } catch (error) {
    return `the Origin Private File System does not work here (${describe(error)})`;
  }
}

async function folderOf(name: string, create: boolean): Promise<FileSystemDirectoryHandle> {
  let folder = await navigator.storage.getDirectory();
  for (const part of name.split("/").slice(0, -1)) {
    if (part !== "") folder = await folder.getDirectoryHandle(part, { create });
  }
  return folder;
}

function baseName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function opfsStorage(handles: readonly FileSystemSyncAccessHandle[]): OpenedStorage {
  const sizes = handles.map((handle) => handle.getSize());
  return {
    backend: "opfs",
    reason: null,
    fileSizeBytes: sizes.reduce((sum, size) => sum + size, 0),
    handles,
    close: () => {
      for (const handle of handles) handle.close();
    },
  };
}

function memoryStorage(reason: string | null): OpenedStorage {
  return { backend: "memory", reason, fileSizeBytes: 0, handles: [], close: () => undefined };
}

// Chromium and Firefox say NoModificationAllowedError, WebKit says InvalidStateError.
function isBusy(error: unknown): boolean {
  return isNamed(error, "NoModificationAllowedError") || isNamed(error, "InvalidStateError");
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function failure(code: ErrorCode, message: string): CoreFailure {
  return new CoreFailure({ code, message });
}
