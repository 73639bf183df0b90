#include "replication/postgres/replicated_tables.h"

#include <algorithm>
#include <utility>

namespace skerry::replication::pg {
namespace {

// As tables are remembered over restarts: everything but the id.
bool IsSameShape(const row::Table& a, const row::Table& b) {
  return a.columns == b.columns && a.key == b.key && a.mark == b.mark;
}

}  // namespace

void ReplicatedTables::Reset(std::span<const row::Table> delivered) {
  live_.clear();
  by_oid_.clear();
  names_.clear();
  pending_.clear();
  delivered_.clear();
  for (const row::Table& table : delivered) delivered_.emplace(table.QualifiedName(), table);
}

std::vector<row::Table> ReplicatedTables::Delivered() const {
  std::vector<row::Table> tables;
  for (const auto& [name, table] : delivered_) tables.push_back(table);
  return tables;
}

Status ReplicatedTables::LoadTypes(Connection& connection) { return types_.Load(connection); }

Status ReplicatedTables::EnsureTypes(Connection& connection, const Catalog& catalog) {
  for (const TableInfo& info : catalog.tables) {
    for (const ColumnInfo& column : info.columns) {
      if (types_.Knows(column.type)) continue;
      SKERRY_TRY(types_.Load(connection));
      // Tables hold on to the types of the last load.
      for (auto& [name, table] : live_) {
        auto renewed = std::make_unique<LiveTable>(table->info(), table->table().id, types_);
        renewed->since = table->since;
        renewed->is_stale = table->is_stale;
        by_oid_[renewed->info().oid] = renewed.get();
        table = std::move(renewed);
      }
      return kDone;
    }
  }
  return kDone;
}

Result<bool> ReplicatedTables::Reconcile(Catalog catalog, ChangeSink& sink) {
  std::set<std::string> present;
  for (TableInfo& info : catalog.tables) {
    const std::string name = info.table.QualifiedName();
    present.insert(name);
    const auto known = delivered_.find(name);
    const auto live = live_.find(name);
    const bool is_same = known != delivered_.end() && IsSameShape(known->second, info.table);
    if (is_same && live == live_.end() && pending_.count(name) == 0) {
      auto table = std::make_unique<LiveTable>(std::move(info), known->second.id, types_);
      by_oid_[table->info().oid] = table.get();
      live_.emplace(name, std::move(table));
    } else if (!is_same) {
      if (live != live_.end()) live->second->is_stale = true;
      pending_.insert(name);
    }
  }
  std::vector<std::string> gone;
  for (const auto& [name, table] : delivered_) {
    if (present.count(name) == 0) gone.push_back(name);
  }
  for (const std::string& name : gone) {
    SKERRY_TRY(sink.DropTable(name));
    Remove(name);
    delivered_.erase(name);
  }
  for (auto at = pending_.begin(); at != pending_.end();) {
    at = present.count(*at) == 0 ? pending_.erase(at) : std::next(at);
  }
  Report(std::move(catalog.problems));
  return !gone.empty();
}

bool ReplicatedTables::NoteRelation(const Relation& relation, Lsn commit) {
  const std::string name = relation.schema + '.' + relation.name;
  names_[relation.id] = name;
  const auto by_oid = by_oid_.find(relation.id);
  const auto by_name = live_.find(name);
  LiveTable* const known = by_oid != by_oid_.end()  ? by_oid->second
                           : by_name != live_.end() ? by_name->second.get()
                                                    : nullptr;
  if (known == nullptr) return IsWanted(wanted_, relation.schema, relation.name) && pending_.count(name) == 0;
  if (known->is_stale || commit < known->since || known->Fits(relation)) return false;
  known->is_stale = true;
  pending_.insert(known->table().QualifiedName());
  return true;
}

LiveTable* ReplicatedTables::FindLive(Oid relation, Lsn commit) {
  const auto found = by_oid_.find(relation);
  if (found == by_oid_.end() || found->second->is_stale || commit < found->second->since) return nullptr;
  return found->second;
}

bool ReplicatedTables::IsPending(Oid relation) const {
  const auto name = names_.find(relation);
  return name != names_.end() && pending_.count(name->second) > 0;
}

bool ReplicatedTables::has_stale() const {
  // Also a table that the sink has and that changed while nobody looked.
  return std::any_of(pending_.begin(), pending_.end(),
                     [&](const std::string& name) { return delivered_.count(name) > 0; });
}

LiveTable& ReplicatedTables::BeginCopy(TableInfo info, Lsn since) {
  const std::string name = info.table.QualifiedName();
  const auto known = delivered_.find(name);
  std::string id = IdFor(known == delivered_.end() ? nullptr : &known->second, info.table, random_);
  Remove(name);
  pending_.erase(name);
  auto table = std::make_unique<LiveTable>(std::move(info), std::move(id), types_);
  table->since = since;
  by_oid_[table->info().oid] = table.get();
  delivered_.insert_or_assign(name, table->table());
  return *live_.emplace(name, std::move(table)).first->second;
}

Status ReplicatedTables::DropPending(const std::string& name, ChangeSink& sink) {
  if (delivered_.erase(name) > 0) SKERRY_TRY(sink.DropTable(name));
  Remove(name);
  pending_.erase(name);
  return kDone;
}

void ReplicatedTables::Report(std::vector<std::string> problems) {
  for (const std::string& problem : problems) {
    if (std::find(problems_.begin(), problems_.end(), problem) == problems_.end()) {
      log_.Log(LogLevel::kError, problem);
    }
  }
  problems_ = std::move(problems);
}

void ReplicatedTables::Remove(const std::string& name) {
  const auto found = live_.find(name);
  if (found == live_.end()) return;
  const auto by_oid = by_oid_.find(found->second->info().oid);
  if (by_oid != by_oid_.end() && by_oid->second == found->second.get()) by_oid_.erase(by_oid);
  live_.erase(found);
}

}  // namespace skerry::replication::pg
