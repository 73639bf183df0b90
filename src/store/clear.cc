#include "store/clear.h"

#include "store/bare_entries.h"

namespace skerry::store {

Status ClearTables(sqlite::WriteTransaction& write, Capture& capture, const schema::Schema& schema,
                   const ClearOptions& options, BucketBook& book) {
  const Capture::Uncaptured uncaptured(capture);
  sqlite::Connection& db = write.db();
  // Children may go after their parents: the app's foreign keys are judged at the end.
  SKERRY_TRY(db.Execute("PRAGMA defer_foreign_keys = ON"));
  for (const schema::Table& table : schema.tables) {
    if (options.soft && table.kind == schema::TableKind::kSynced) SKERRY_TRY(FillEntries(db, table));
  }
  for (const schema::Table& table : schema.tables) {
    const bool is_cleared = table.kind == schema::TableKind::kSynced ||
                            (table.kind == schema::TableKind::kLocalOnly && options.clear_local);
    if (is_cleared) SKERRY_TRY(db.Execute("DELETE FROM main." + sqlite::QuoteName(table.view_name)));
  }
  SKERRY_TRY(
      db.Execute("DELETE FROM ps_crud; DELETE FROM ps_untyped; DELETE FROM ps_updated_rows; "
                 "DELETE FROM ps_stream_subscriptions; DELETE FROM ps_sync_state; "
                 "DELETE FROM ps_kv WHERE key <> 'client_id'"));
  if (options.soft) return Republish(write, book);
  SKERRY_TRY(db.Execute("DELETE FROM ps_oplog; DELETE FROM ps_pending; DELETE FROM ps_buckets"));
  book = BucketBook();
  return kDone;
}

Status Republish(sqlite::WriteTransaction& write, BucketBook& book) {
  SKERRY_TRY(write.db().Execute("UPDATE ps_buckets SET last_applied_op = 0"));
  for (BucketRow& row : book.rows()) row.last_applied_op = OpId{0};
  return kDone;
}

}  // namespace skerry::store
