#include "store/published_tables.h"

namespace skerry::store {

void PublishedTables::SetSchema(schema::Schema schema) {
  Release();
  schema_ = std::move(schema);
}

void PublishedTables::Release() {
  last_ = nullptr;
  tables_.clear();
  indexes_ = {};
  defers_indexes_ = false;
}

Result<PublishedTable*> PublishedTables::Find(std::string_view type) {
  if (last_ != nullptr && last_type_ == type) return last_;
  auto found = tables_.find(type);
  if (found == tables_.end()) {
    const schema::Table* table = schema_.FindType(type);
    const bool is_synced = table != nullptr && table->kind == schema::TableKind::kSynced;
    SKERRY_ASSIGN(
        opened, is_synced ? PublishedTable::ForTable(db_, *table) : PublishedTable::ForUntyped(db_, std::string(type)));
    found = tables_.emplace(std::string(type), std::move(opened)).first;
  }
  last_type_ = found->first;
  last_ = &found->second;
  return last_;
}

Status PublishedTables::Write(std::string_view type, std::string_view id, std::optional<std::string_view> json) {
  auto table = Find(type);
  Status written = table.ok() ? (json ? (*table)->Put(id, *json) : (*table)->Delete(id)) : std::move(table).error();
  if (written.ok()) return written;
  return std::move(written).error().During("publishing row " + std::string(id) + " of " + std::string(type));
}

}  // namespace skerry::store
