// The tables of the download half, as the first migration creates them (docs/storage-schema.md).
#pragma once

namespace skerry::store {

inline constexpr const char* kDownloadTables = R"sql(
-- One row per bucket. last_op: download position. last_applied_op: published up to here; 0 = never, or to be published
-- again. add_checksum + op_checksum = sum of all operations; op_checksum and op_count speak of the rows in ps_oplog.
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

-- Downloaded and not yet reduced: blocks of operations of one bucket, in order of arrival (store/operation_block.h).
CREATE TABLE ps_pending(
  id INTEGER PRIMARY KEY,
  bucket INTEGER NOT NULL,
  block BLOB NOT NULL) STRICT;

-- The reduced buckets: one row per PUT that is in force. Keyed by row, since publishing asks "who holds this row?" and
-- sorted passes touch each page once. A missing subkey is the text 'null'.
CREATE TABLE ps_oplog(
  row_type TEXT NOT NULL,
  row_id TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  subkey TEXT NOT NULL,
  op_id INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  data TEXT,
  PRIMARY KEY(row_type, row_id, bucket, subkey)) STRICT, WITHOUT ROWID;

-- Rows to look at again in the next full publish, because they may differ from what ps_oplog says.
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

-- priority 2147483647: a complete checkpoint.
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
