#include "replication/sqlite/capture.h"

#include <optional>
#include <utility>
#include <vector>

#include "sqlite/transaction.h"

namespace skerry::replication {
namespace {

using sqlite::QuoteName;
using sqlite::QuoteText;

constexpr std::string_view kTriggerPrefix = "skerry_capture_";

// The key columns have no declared type, so each keeps a value exactly as it is. AUTOINCREMENT: a number that was
// removed must not come again, because positions are made of them. A record without table is a marker.
constexpr char kTables[] = R"sql(
CREATE TABLE IF NOT EXISTS skerry_changes(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, tbl TEXT, k1, k2, k3, k4, k5, k6, k7, k8);
CREATE TABLE IF NOT EXISTS skerry_source(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
)sql";

std::string KeyColumn(const InspectedTable& table, std::size_t i) {
  return QuoteName(table.table.columns[static_cast<std::size_t>(table.table.key[i])]);
}

// INSERT INTO skerry_changes(tbl, k1, ...) SELECT 'boats', <row>."id", ...
std::string Record(const InspectedTable& table, std::string_view row) {
  std::string columns = "tbl";
  std::string values = QuoteText(table.table.name);
  for (std::size_t i = 0; i < table.table.key.size(); ++i) {
    columns += ", k" + std::to_string(i + 1);
    values += ", ";
    values += row;
    values += '.';
    values += KeyColumn(table, i);
  }
  return "INSERT INTO skerry_changes(" + columns + ") SELECT " + values;
}

// COLLATE BINARY: for a NOCASE key 'a' and 'A' are equal, but they are different keys to everybody else.
std::string KeyIsChanged(const InspectedTable& table) {
  std::string condition;
  for (std::size_t i = 0; i < table.table.key.size(); ++i) {
    if (i > 0) condition += " OR ";
    condition += "OLD." + KeyColumn(table, i) + " COLLATE BINARY IS NOT NEW." + KeyColumn(table, i);
  }
  return condition;
}

// Records the rows that the new one collides with, while they still exist: REPLACE removes them silently when
// recursive_triggers is off, which is the default of every other program.
std::string RecordCollisions(const InspectedTable& table) {
  std::string statements;
  for (const UniqueRule& rule : table.unique_rules) {
    statements += Record(table, "o") + " FROM " + QuoteName(table.table.name) + " AS o WHERE ";
    for (std::size_t i = 0; i < rule.columns.size(); ++i) {
      const std::string column = QuoteName(rule.columns[i]);
      if (i > 0) statements += " AND ";
      statements += "o." + column + " = NEW." + column + " COLLATE " + QuoteName(rule.collations[i]);
    }
    statements += "; ";
  }
  return statements;
}

}  // namespace

Result<std::string> PrepareCapture(sqlite::Connection& db, Random& random) {
  // Without a write if nothing is missing.
  SKERRY_ASSIGN(tables,
                db.QueryInt("SELECT count(*) FROM sqlite_schema WHERE name IN ('skerry_changes', 'skerry_source')"));
  if (tables != 2) {
    SKERRY_ASSIGN(transaction, sqlite::WriteTransaction::Begin(db));
    SKERRY_TRY(db.Execute(kTables));
    // Whatever was recorded before belongs to a history that cannot be continued.
    SKERRY_ASSIGN(insert, db.Cached("INSERT OR REPLACE INTO skerry_source VALUES ('identity', ?1)"));
    SKERRY_TRY(insert->Run(NewUuid(random)));
    SKERRY_TRY(transaction.Commit());
  }
  SKERRY_ASSIGN(select, db.Cached("SELECT value FROM skerry_source WHERE name = 'identity'"));
  SKERRY_ASSIGN(has_row, select->Step());
  if (!has_row) {
    return Error{.code = ErrorCode::kSource,
                 .message = "the table skerry_source of the source database was emptied; drop it and skerry_changes"};
  }
  std::string identity(select->Text(0));
  select->Reset();
  return identity;
}

std::map<std::string, std::string> TriggersFor(const InspectedTable& table) {
  std::map<std::string, std::string> triggers;
  const auto add = [&](const std::string& suffix, const std::string& event, const std::string& body) {
    const std::string name = std::string(kTriggerPrefix) + suffix + "_" + table.table.name;
    triggers[name] = "CREATE TRIGGER " + QuoteName(name) + " " + event + " ON " + QuoteName(table.table.name) +
                     " BEGIN " + body + " END";
  };
  add("insert", "AFTER INSERT", Record(table, "NEW") + ";");
  add("update", "AFTER UPDATE",
      Record(table, "NEW") + "; " + Record(table, "OLD") + " WHERE " + KeyIsChanged(table) + ";");
  add("delete", "AFTER DELETE", Record(table, "OLD") + ";");
  if (!table.unique_rules.empty()) {
    add("collide_insert", "BEFORE INSERT", RecordCollisions(table));
    add("collide_update", "BEFORE UPDATE", RecordCollisions(table));
  }
  return triggers;
}

Result<std::vector<std::string>> InstallTriggers(sqlite::Connection& db,
                                                 const std::map<std::string, std::string>& wanted) {
  std::map<std::string, std::string> present;
  SKERRY_ASSIGN(select, db.Cached("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND "
                                  "name GLOB 'skerry_capture_*'"));
  for (;;) {
    SKERRY_ASSIGN(has_row, select->Step());
    if (!has_row) break;
    present.emplace(select->Text(0), select->Text(1));
  }
  select->Reset();

  std::vector<std::string> created;
  for (const auto& [name, sql] : present) {
    const auto found = wanted.find(name);
    if (found == wanted.end() || found->second != sql) SKERRY_TRY(db.Execute("DROP TRIGGER " + QuoteName(name)));
  }
  for (const auto& [name, sql] : wanted) {
    const auto found = present.find(name);
    if (found != present.end() && found->second == sql) continue;
    SKERRY_TRY(db.Execute(sql));
    created.push_back(name);
  }
  return created;
}

Status NoteCaptureStart(sqlite::Connection& db, const std::set<std::string>& tables) {
  if (tables.empty()) return kDone;
  // A number of its own: a sink may have committed the newest one before the gap.
  SKERRY_TRY(InsertMarker(db));
  SKERRY_ASSIGN(newest, NewestRecord(db));
  SKERRY_ASSIGN(note, db.Cached("INSERT OR REPLACE INTO skerry_source VALUES ('captured since: ' || ?1, ?2)"));
  for (const std::string& table : tables) SKERRY_TRY(note->Run(table, newest));
  return kDone;
}

Result<std::int64_t> CaptureStart(sqlite::Connection& db, const std::string& table) {
  SKERRY_ASSIGN(seq, db.QueryInt("SELECT value FROM skerry_source WHERE name = 'captured since: ' || ?1", table));
  return seq.value_or(0);
}

Result<std::int64_t> NewestRecord(sqlite::Connection& db) {
  SKERRY_ASSIGN(seq, db.QueryInt("SELECT seq FROM sqlite_sequence WHERE name = 'skerry_changes'"));
  return seq.value_or(0);
}

Status InsertMarker(sqlite::Connection& db) {
  SKERRY_ASSIGN(insert, db.Cached("INSERT INTO skerry_changes(tbl) VALUES (NULL)"));
  return insert->Run();
}

Result<std::int64_t> TrimmedUpTo(sqlite::Connection& db) {
  SKERRY_ASSIGN(seq, db.QueryInt("SELECT value FROM skerry_source WHERE name = 'trimmed'"));
  return seq.value_or(0);
}

Status Trim(sqlite::Connection& db, std::int64_t seq) {
  SKERRY_ASSIGN(transaction, sqlite::WriteTransaction::Begin(db));
  SKERRY_ASSIGN(remove, db.Cached("DELETE FROM skerry_changes WHERE seq <= ?1"));
  SKERRY_TRY(remove->Run(seq));
  SKERRY_ASSIGN(note, db.Cached("INSERT OR REPLACE INTO skerry_source VALUES ('trimmed', ?1)"));
  SKERRY_TRY(note->Run(seq));
  return transaction.Commit();
}

}  // namespace skerry::replication
