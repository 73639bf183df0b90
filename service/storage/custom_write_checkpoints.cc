#include "storage/custom_write_checkpoints.h"

namespace skerry::storage {

Status PrepareCustomWriteCheckpoints(sqlite::Connection& db) {
  return db.Execute(
      "CREATE TABLE IF NOT EXISTS custom_write_checkpoints(user_key TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT "
      "ROWID");
}

Status ChangeWriteCheckpointMode(sqlite::Connection& db, WriteCheckpointMode mode) {
  SKERRY_TRY(db.Execute("DELETE FROM custom_write_checkpoints"));
  return ApplyWriteCheckpointMode(db, mode);
}

Status ApplyWriteCheckpointMode(sqlite::Connection& db, WriteCheckpointMode mode) {
  // No position is above '~'. The rows stay for their ids: after the way back a client's must not begin anew.
  if (mode == WriteCheckpointMode::kCustom) return db.Execute("UPDATE write_checkpoints SET position = '~'");
  return db.Execute("UPDATE write_checkpoints SET position = '' WHERE position = '~'");
}

Result<bool> RaiseCustomWriteCheckpoint(sqlite::Connection& db, std::string_view user_key, WriteCheckpoint id) {
  SKERRY_ASSIGN(raise, db.Cached("INSERT INTO custom_write_checkpoints VALUES (?1, ?2) ON CONFLICT DO UPDATE SET id = "
                                 "excluded.id WHERE excluded.id > id RETURNING 1"));
  SKERRY_TRY(raise->Bind(user_key, id));
  SKERRY_ASSIGN(is_new, raise->Step());
  if (is_new) {
    // A statement with RETURNING has done its work only at its end.
    SKERRY_ASSIGN(more, raise->Step());
    (void)more;  // One row in gives at most one out.
  }
  raise->Reset();
  return is_new;
}

}  // namespace skerry::storage
