#include "store/deferred_indexes.h"

namespace skerry::store {

Status DeferredIndexes::Defer(sqlite::Connection& db, std::string_view table) {
  SKERRY_ASSIGN(indexes, db.Prepare("SELECT name, sql FROM main.sqlite_schema WHERE type = 'index' AND sql IS NOT NULL "
                                    "AND tbl_name = ?1 COLLATE NOCASE"));
  SKERRY_TRY(indexes.Bind(table));
  std::vector<std::pair<std::string, std::string>> found;
  for (;;) {
    SKERRY_ASSIGN(more, indexes.Step());
    if (!more) break;
    found.emplace_back(indexes.Text(0), indexes.Text(1));
  }
  indexes.Reset();
  for (auto& [name, sql] : found) {
    const Status dropped = db.Execute("DROP INDEX main." + sqlite::QuoteName(name));
    if (dropped.ok()) sql_.push_back(std::move(sql));
  }
  return kDone;
}

Result<bool> DeferredIndexes::BuildNext(sqlite::Connection& db) {
  if (sql_.empty()) return false;
  SKERRY_TRY(db.Execute(sql_.back()));
  sql_.pop_back();
  return true;
}

}  // namespace skerry::store
