#include "storage/schema.h"

namespace skerry::storage {
namespace {

// buckets.checksum, count and last_op are what the operations of a bucket add up to, kept so that no request ever scans
// one; live is the number of its standing PUTs. ops.target is that of a MOVE or CLEAR, else 0. records.key and
// index_entries.source_key are the source row's primary key in canonical form. index_changes has one row for each index
// key that a publication changed, or one with index -1 for "too many to list".
constexpr char kTables[] = R"sql(
CREATE TABLE state(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  deployment INTEGER NOT NULL, plan TEXT NOT NULL, source TEXT NOT NULL,
  published INTEGER NOT NULL, serial INTEGER NOT NULL, last_op INTEGER NOT NULL, position TEXT NOT NULL);
INSERT INTO state VALUES (1, 0, '', '', 0, 0, 0, '');
CREATE TABLE tables(
  number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, id TEXT NOT NULL, shape TEXT NOT NULL, is_current INTEGER NOT NULL);
CREATE TABLE buckets(
  number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  checksum INTEGER NOT NULL, count INTEGER NOT NULL, live INTEGER NOT NULL, compacted_count INTEGER NOT NULL,
  last_op INTEGER NOT NULL);
CREATE INDEX buckets_by_last_op ON buckets(last_op);
CREATE TABLE ops(
  bucket INTEGER NOT NULL, op INTEGER NOT NULL, kind INTEGER NOT NULL, source_table INTEGER NOT NULL,
  row_uuid BLOB NOT NULL, object_type TEXT NOT NULL, object_id TEXT NOT NULL, checksum INTEGER NOT NULL,
  target INTEGER NOT NULL, data TEXT,
  PRIMARY KEY (bucket, op)) WITHOUT ROWID;
CREATE TABLE records(
  source_table INTEGER NOT NULL, key TEXT NOT NULL, state BLOB NOT NULL,
  PRIMARY KEY (source_table, key)) WITHOUT ROWID;
CREATE TABLE copied(
  source_table INTEGER NOT NULL, key TEXT NOT NULL,
  PRIMARY KEY (source_table, key)) WITHOUT ROWID;
CREATE TABLE index_entries(
  idx INTEGER NOT NULL, key TEXT NOT NULL, source_table INTEGER NOT NULL, source_key TEXT NOT NULL,
  outputs TEXT NOT NULL,
  PRIMARY KEY (idx, key, source_table, source_key)) WITHOUT ROWID;
CREATE TABLE index_changes(
  serial INTEGER NOT NULL, idx INTEGER NOT NULL, key TEXT NOT NULL,
  PRIMARY KEY (serial, idx, key)) WITHOUT ROWID;
CREATE TABLE write_checkpoints(
  user_key TEXT PRIMARY KEY, id INTEGER NOT NULL, position TEXT NOT NULL, is_supplied INTEGER NOT NULL,
  requested_at INTEGER NOT NULL) WITHOUT ROWID;
)sql";

// What version 1 stored of the source can be had again; op ids and what clients wait for cannot.
constexpr char kEmptyVersion1[] = R"sql(
ALTER TABLE state RENAME TO old_state;
ALTER TABLE write_checkpoints RENAME TO old_write_checkpoints;
DROP TABLE tables; DROP TABLE buckets; DROP TABLE ops; DROP TABLE records; DROP TABLE copied;
DROP TABLE index_entries; DROP TABLE index_changes;
)sql";
constexpr char kRestoreVersion1[] = R"sql(
UPDATE state SET (deployment, serial, last_op) = (SELECT deployment, serial, last_op FROM old_state);
INSERT INTO write_checkpoints SELECT user_key, id, '', is_supplied, requested_at FROM old_write_checkpoints;
DROP TABLE old_state; DROP TABLE old_write_checkpoints;
)sql";

Status InTransaction(sqlite::Connection& db, const std::string& sql) {
  SKERRY_TRY(db.Execute("BEGIN IMMEDIATE"));
  Status made = db.Execute(sql);
  if (made.ok()) made = db.Execute("PRAGMA user_version = " + std::to_string(kSchemaVersion));
  if (made.ok()) made = db.Execute("COMMIT");
  if (!made.ok()) (void)db.Execute("ROLLBACK");  // The first failure is the one to tell.
  return made;
}

Status Upgrade(sqlite::Connection& db) {
  return InTransaction(db, std::string(kEmptyVersion1) + kTables + kRestoreVersion1);
}

}  // namespace

Status PrepareSchema(sqlite::Connection& db) {
  SKERRY_ASSIGN(version, db.QueryInt("PRAGMA user_version"));
  if (version == kSchemaVersion) return kDone;
  SKERRY_ASSIGN(objects, db.QueryInt("SELECT count(*) FROM sqlite_schema"));
  if (version == 1) return Upgrade(db);
  if (version != 0 || objects != 0) {
    return Error{.code = ErrorCode::kStorageUnavailable,
                 .message =
                     "PSYNC_S1005: this file is not a bucket storage of this version of skerryd; move it away "
                     "to build a new one"};
  }
  // Pages that compaction frees can be given back only if the file was made for it, and that has to be said before its
  // first table.
  SKERRY_TRY(db.Execute("PRAGMA auto_vacuum = INCREMENTAL; VACUUM"));
  return InTransaction(db, kTables);
}

Result<StoredState> ReadState(sqlite::Connection& db) {
  SKERRY_ASSIGN(select, db.Cached("SELECT deployment, plan, source, published, serial, last_op, position FROM state"));
  SKERRY_ASSIGN(has_row, select->Step());
  if (!has_row) return Error{.code = ErrorCode::kStorageCorrupt, .message = "the bucket storage has no state"};
  StoredState state;
  state.deployment = {
      .number = select->Int64(0), .plan = std::string(select->Text(1)), .source = std::string(select->Text(2))};
  state.last_op = select->Int64(5);
  if (select->Int64(3) != 0) {
    state.checkpoint = {.deployment = state.deployment.number,
                        .serial = select->Int64(4),
                        .op = OpId{state.last_op},
                        .position = std::string(select->Text(6))};
  }
  select->Reset();
  return state;
}

Status WritePublishedState(sqlite::Connection& db, const StoredState& state) {
  SKERRY_ASSIGN(update, db.Cached("UPDATE state SET deployment = ?1, plan = ?2, source = ?3, published = 1, "
                                  "serial = ?4, last_op = ?5, position = ?6"));
  return update->Run(state.deployment.number, state.deployment.plan, state.deployment.source, state.checkpoint.serial,
                     state.last_op, state.checkpoint.position);
}

}  // namespace skerry::storage
