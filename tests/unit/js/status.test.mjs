import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../support/load-ts.mjs";

const { SyncStatus, SyncProgress, SyncError } = await load("index.ts");

const core = (more = {}) => ({
  connected: true,
  connecting: false,
  downloading: false,
  uploading: false,
  hasSynced: true,
  lastSyncedAt: 1_790_000_000_000,
  priorityStatusEntries: [],
  downloadProgress: null,
  streams: [],
  uploadQueueCount: 0,
  ...more,
});

test("before the database is open nothing is known", () => {
  const status = new SyncStatus();
  assert.equal(status.hasSynced, undefined);
  assert.equal(status.connected, false);
  assert.equal(status.downloadProgress, null);
});

test("a less urgent sync answers for a more urgent priority [C-182]", () => {
  const status = new SyncStatus(
    core({
      priorityStatusEntries: [
        { priority: 1, hasSynced: true, lastSyncedAt: 5 },
        { priority: 3, hasSynced: false, lastSyncedAt: null },
      ],
    }),
  );
  assert.equal(status.statusForPriority(0).hasSynced, true);
  assert.deepEqual(status.statusForPriority(1).lastSyncedAt, new Date(5));
  assert.equal(status.statusForPriority(2).hasSynced, false);
  assert.deepEqual(status.statusForPriority(5), { priority: 5, hasSynced: false });
});

test("progress counts the buckets up to a priority [C-153]", () => {
  const progress = new SyncProgress([
    { priority: 1, total: 10, downloaded: 5 },
    { priority: 3, total: 90, downloaded: 0 },
  ]);
  assert.equal(progress.totalOperations, 100);
  assert.equal(progress.downloadedFraction, 0.05);
  assert.deepEqual(progress.untilPriority(1), {
    totalOperations: 10,
    downloadedOperations: 5,
    downloadedFraction: 0.5,
  });
  assert.deepEqual(progress.untilPriority(0), { totalOperations: 0, downloadedOperations: 0, downloadedFraction: 0 });
});

test("a stream is found by its parameters in any order of keys", () => {
  const stream = {
    name: "todos",
    parameters: { a: 1, b: { c: 2, d: 3 } },
    priority: 3,
    active: true,
    isDefault: false,
    hasExplicitSubscription: true,
    expiresAt: 7,
    hasSynced: true,
    lastSyncedAt: 9,
    progress: { total: 4, downloaded: 1 },
  };
  const status = new SyncStatus(core({ streams: [stream] }));
  const found = status.forStream({ name: "todos", parameters: { b: { d: 3, c: 2 }, a: 1 } });
  assert.equal(found.subscription.hasSynced, true);
  assert.deepEqual(found.subscription.expiresAt, new Date(7));
  assert.equal(found.progress.downloadedFraction, 0.25);
  assert.equal(status.forStream({ name: "todos" }), undefined);
});

test("errors of the status are typed", () => {
  const status = new SyncStatus(
    core({ downloadError: { code: "sync_http", message: "HTTP Unauthorized: x", status: 401 } }),
  );
  assert.ok(status.downloadError instanceof SyncError);
  assert.equal(status.downloadError.status, 401);
  assert.equal(status.uploadError, undefined);
});

test("two statuses are equal if their content is", () => {
  const { connected, ...rest } = core();
  assert.ok(new SyncStatus(core()).isEqual(new SyncStatus({ ...rest, connected })));
  assert.ok(!new SyncStatus(core()).isEqual(new SyncStatus(core({ uploadQueueCount: 1 }))));
});
