#include "store/published_tables.h"

#include "store/bare_entries.h"

namespace skerry::store {

namespace {

Result<bool> IsEmpty(sqlite::Connection& db, const schema::Table& table) {
  SKERRY_ASSIGN(first, db.Prepare("SELECT 1 FROM main." + sqlite::QuoteName(table.view_name) + " LIMIT 1"));
  SKERRY_ASSIGN(has_row, first.Step());
  return !has_row;
}

}  // namespace

void PublishedTables::SetSchema(schema::Schema schema) {
  Release();
  schema_ = std::move(schema);
}

void PublishedTables::Release() {
  last_ = nullptr;
  tables_.clear();
}

Result<PublishedTable*> PublishedTables::Find(std::string_view type) {
  if (last_ != nullptr && last_type_ == type) return last_;
  auto found = tables_.find(type);
  if (found == tables_.end()) {
    const schema::Table* table = schema_.FindType(type);
    if (table == nullptr || table->kind != schema::TableKind::kSynced) {
      SKERRY_ASSIGN(untyped, PublishedTable::ForUntyped(db_, std::string(type)));
      found = tables_.emplace(std::string(type), std::move(untyped)).first;
    } else {
      SKERRY_ASSIGN(is_empty, IsEmpty(db_, *table));
      SKERRY_ASSIGN(has_triggers, HasAppTriggers(db_));
      SKERRY_ASSIGN(opened,
                    PublishedTable::ForTable(db_, *table, has_triggers, is_empty && !has_triggers ? &feeds_ : nullptr));
      found = tables_.emplace(std::string(type), std::move(opened)).first;
    }
  }
  last_type_ = found->first;
  last_ = &found->second;
  return last_;
}

Result<bool> PublishedTables::Write(std::string_view type, std::string_view id, std::optional<std::string_view> json) {
  SKERRY_ASSIGN(table, Find(type));
  if (json) return table->Put(id, *json);
  SKERRY_TRY(table->Delete(id));
  return false;
}

Result<bool> PublishedTables::TakesFresh(std::string_view type) {
  SKERRY_ASSIGN(table, Find(type));
  return table->takes_fresh();
}

Status PublishedTables::InsertFresh(std::string_view type, std::span<FreshRow> rows) {
  SKERRY_ASSIGN(table, Find(type));
  return table->InsertFresh(rows);
}

Result<std::string> PublishedTables::Json(std::string_view type, std::string_view id) {
  const schema::Table* table = schema_.FindType(type);
  if (table == nullptr) return Error{ErrorCode::kStorageCorrupt, "ps_oplog leaves to a table what has none"};
  return RowJson(db_, *table, id);
}

}  // namespace skerry::store
