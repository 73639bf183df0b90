// Skerry's own tables, as the first migration creates them (docs/storage-schema.md). For migrations.cc only.
#pragma once

namespace skerry::store {

inline constexpr const char* kLocalTables = R"sql(
-- The applied schema as canonical JSON. Not part of the app's data: it survives every clear.
CREATE TABLE ps_schema(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  json TEXT NOT NULL) STRICT;

-- The upload queue: one JSON entry per change. AUTOINCREMENT, because ids must never be reused.
CREATE TABLE ps_crud(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  data TEXT,
  tx_id INTEGER);

-- serial and gate_serial name the transaction that last took an id, or closed the gate. Being columns, they follow
-- ROLLBACK TO, which a flag in memory would not.
CREATE TABLE ps_tx(
  id INTEGER PRIMARY KEY,
  current_tx INTEGER,
  next_tx INTEGER NOT NULL,
  serial INTEGER NOT NULL DEFAULT 0,
  gate_serial INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO ps_tx(id, current_tx, next_tx) VALUES (1, NULL, 1);

CREATE TABLE ps_kv(
  key TEXT PRIMARY KEY NOT NULL,
  value BLOB);
)sql";

inline constexpr const char* kDownloadTables = R"sql(
-- last_op: download position. last_applied_op: published up to here; 0 = never, or to be published again.
-- add_checksum + op_checksum = sum of all operations; op_checksum and op_count speak of the bucket's rows in ps_oplog.
CREATE TABLE ps_buckets(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  last_applied_op INTEGER NOT NULL DEFAULT 0,
  last_op INTEGER NOT NULL DEFAULT 0,
  add_checksum INTEGER NOT NULL DEFAULT 0,
  op_checksum INTEGER NOT NULL DEFAULT 0,
  op_count INTEGER NOT NULL DEFAULT 0,
  pending_delete INTEGER NOT NULL DEFAULT 0,
  count_at_last INTEGER NOT NULL DEFAULT 0,
  count_since_last INTEGER NOT NULL DEFAULT 0,
  downloaded_size INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE UNIQUE INDEX ps_buckets_name ON ps_buckets(name);

-- Downloaded and not yet reduced, in order of arrival: blocks of one bucket's operations (store/operation_block.h).
CREATE TABLE ps_pending(
  id INTEGER PRIMARY KEY,
  bucket INTEGER NOT NULL,
  block BLOB NOT NULL) STRICT;

-- The reduced buckets: one row per PUT in force. Keyed by row, since publishing asks "who holds this row?" and a sorted
-- pass touches each page once.
CREATE TABLE ps_oplog(
  type TEXT NOT NULL,
  row_id TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  subkey TEXT NOT NULL,
  op_id INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  data TEXT,
  PRIMARY KEY(type, row_id, bucket, subkey)) STRICT, WITHOUT ROWID;

-- Rows to look at again in the next full publish: they may differ from what ps_oplog says.
CREATE TABLE ps_updated_rows(
  row_type TEXT NOT NULL,
  row_id TEXT NOT NULL,
  PRIMARY KEY(row_type, row_id)) STRICT, WITHOUT ROWID;

-- Published rows whose type has no table in the schema.
CREATE TABLE ps_untyped(
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  data TEXT,
  PRIMARY KEY(type, id)) STRICT, WITHOUT ROWID;

-- Priority 2147483647: a complete checkpoint.
CREATE TABLE ps_sync_state(
  priority INTEGER PRIMARY KEY,
  last_synced_at INTEGER NOT NULL) STRICT;

CREATE TABLE ps_stream_subscriptions(
  id INTEGER PRIMARY KEY,
  stream_name TEXT NOT NULL,
  active INTEGER NOT NULL DEFAULT 0,
  is_default INTEGER NOT NULL DEFAULT 0,
  local_priority INTEGER,
  local_params TEXT NOT NULL DEFAULT 'null',
  ttl INTEGER,
  expires_at INTEGER,
  last_synced_at INTEGER,
  UNIQUE(stream_name, local_params)) STRICT;
)sql";

}  // namespace skerry::store
