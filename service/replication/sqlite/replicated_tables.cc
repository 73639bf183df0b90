#include "replication/sqlite/replicated_tables.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "replication/sqlite/capture.h"
#include "replication/sqlite/table_inspector.h"
#include "sqlite/transaction.h"

namespace skerry::replication {
namespace {

// The tables that are wanted at this moment: a name that ends with % stands for all that begin so, except SQLite's and
// our own.
Result<std::set<std::string>> NamesOf(sqlite::Connection& db, const std::vector<std::string>& wanted) {
  constexpr std::string_view kMain = "main.";
  std::set<std::string> names;
  for (std::string_view name : wanted) {
    if (name.substr(0, kMain.size()) == kMain) name.remove_prefix(kMain.size());
    if (name.empty() || name.back() != '%') {
      names.emplace(name);
      continue;
    }
    name.remove_suffix(1);
    SKERRY_ASSIGN(matching, db.Prepare("SELECT name FROM main.sqlite_master WHERE type = 'table' "
                                       "AND substr(name, 1, length(?1)) = ?1 AND substr(name, 1, 7) != 'sqlite_' "
                                       "AND name NOT IN ('skerry_changes', 'skerry_source')"));
    SKERRY_TRY(matching.Bind(name));
    for (;;) {
      SKERRY_ASSIGN(has_row, matching.Step());
      if (!has_row) break;
      names.emplace(matching.Text(0));
    }
  }
  return names;
}

}  // namespace

void ReplicatedTables::Reset(std::span<const std::string> wanted, std::span<const row::Table> delivered) {
  wanted_.assign(wanted.begin(), wanted.end());
  delivered_.clear();
  for (const row::Table& table : delivered) delivered_.emplace(table.name, table);
  pending_copies_.clear();
  pending_drops_.clear();
}

Status ReplicatedTables::Reconcile(std::int64_t position) {
  readers_.clear();  // Their statements belong to the old schema.
  SKERRY_ASSIGN(transaction, sqlite::WriteTransaction::Begin(db_));
  std::vector<std::string> problems;
  std::map<std::string, std::string> triggers;
  std::map<std::string, row::Table> tables;
  std::map<std::string, std::string> table_of_trigger;
  SKERRY_ASSIGN(names, NamesOf(db_, wanted_));
  for (const std::string& name : names) {
    SKERRY_ASSIGN(inspection, InspectTable(db_, name));
    if (!inspection.found) {
      problems.push_back(std::move(inspection.problem));
      continue;
    }
    for (auto& [trigger, sql] : TriggersFor(*inspection.found)) {
      table_of_trigger[trigger] = name;
      triggers.emplace(trigger, sql);
    }
    tables.emplace(name, std::move(inspection.found->table));
  }
  SKERRY_ASSIGN(created, InstallTriggers(db_, triggers));
  // While a trigger was missing, changes went by unseen: the capture of its table begins now.
  std::set<std::string> unwatched;
  for (const std::string& trigger : created) unwatched.insert(table_of_trigger[trigger]);
  SKERRY_TRY(NoteCaptureStart(db_, unwatched));
  SKERRY_ASSIGN(schema, db_.QueryInt("PRAGMA schema_version"));

  std::map<std::string, ChangeReader, std::less<>> readers;
  std::set<std::string> copies;
  for (auto& [name, table] : tables) {
    const auto known = delivered_.find(name);
    table.id = IdFor(known == delivered_.end() ? nullptr : &known->second, table);
    SKERRY_ASSIGN(start, CaptureStart(db_, name));
    if (known == delivered_.end() || known->second != table || position < start) copies.insert(name);
    SKERRY_ASSIGN(reader, ChangeReader::Create(db_, table));
    readers.emplace(name, std::move(reader));
  }
  SKERRY_TRY(transaction.Commit());

  schema_version_ = schema.value_or(0);
  readers_ = std::move(readers);
  FindPending(std::move(copies));
  Report(std::move(problems));
  return kDone;
}

// A copy that was due stays due until it is delivered, as long as its table is there.
void ReplicatedTables::FindPending(std::set<std::string> copies) {
  pending_copies_.merge(copies);
  for (auto at = pending_copies_.begin(); at != pending_copies_.end();) {
    at = readers_.find(*at) == readers_.end() ? pending_copies_.erase(at) : std::next(at);
  }
  pending_drops_.clear();
  for (const auto& [name, table] : delivered_) {
    if (readers_.find(name) == readers_.end()) pending_drops_.insert(name);
  }
}

// A table keeps its id, and so its subkeys, as long as its rows are told apart by the same columns.
std::string ReplicatedTables::IdFor(const row::Table* known, const row::Table& now) {
  if (known == nullptr || known->key.size() != now.key.size()) return NewUuid(random_);
  for (std::size_t i = 0; i < now.key.size(); ++i) {
    if (known->columns[static_cast<std::size_t>(known->key[i])] != now.columns[static_cast<std::size_t>(now.key[i])]) {
      return NewUuid(random_);
    }
  }
  return known->id;
}

void ReplicatedTables::Report(std::vector<std::string> problems) {
  for (const std::string& problem : problems) {
    if (std::find(problems_.begin(), problems_.end(), problem) == problems_.end()) log_.Log(LogLevel::kError, problem);
  }
  problems_ = std::move(problems);
}

Status ReplicatedTables::DeliverPending(ChangeSink& sink) {
  for (const std::string& name : pending_drops_) SKERRY_TRY(sink.DropTable(name));
  for (const std::string& name : pending_copies_) {
    SKERRY_ASSIGN(left_out, readers_.find(name)->second.Copy(sink));
    if (left_out > 0) {
      log_.Log(LogLevel::kWarn, "table '" + name + "': " + std::to_string(left_out) +
                                    " rows have NULL in their primary key and are not replicated");
    }
  }
  return kDone;
}

void ReplicatedTables::NoteDelivered() {
  for (const std::string& name : pending_drops_) delivered_.erase(name);
  for (const std::string& name : pending_copies_) {
    delivered_.insert_or_assign(name, readers_.find(name)->second.table());
  }
  pending_drops_.clear();
  pending_copies_.clear();
}

ChangeReader* ReplicatedTables::FindCaptured(std::string_view table) {
  const auto reader = readers_.find(table);
  if (reader == readers_.end() || pending_copies_.find(reader->first) != pending_copies_.end()) return nullptr;
  return &reader->second;
}

}  // namespace skerry::replication
