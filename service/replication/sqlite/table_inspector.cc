#include "replication/sqlite/table_inspector.h"

#include <algorithm>
#include <utility>

#include "replication/sqlite/capture.h"

namespace skerry::replication {
namespace {

struct SchemaEntry {
  std::string name;
  std::string type;
  std::string sql;
};

Result<std::optional<SchemaEntry>> FindEntry(sqlite::Connection& db, const std::string& name) {
  // The exact spelling first.
  SKERRY_ASSIGN(select,
                db.Cached("SELECT name, type, sql FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type IN "
                          "('table', 'view') ORDER BY name = ?1 DESC LIMIT 1"));
  SKERRY_TRY(select->Bind(name));
  SKERRY_ASSIGN(has_row, select->Step());
  std::optional<SchemaEntry> entry;
  if (has_row) entry = {std::string(select->Text(0)), std::string(select->Text(1)), std::string(select->Text(2))};
  select->Reset();
  return entry;
}

// Columns in the order of SELECT *, and the primary key in its own order.
Status ReadColumns(sqlite::Connection& db, row::Table& table) {
  SKERRY_ASSIGN(select, db.Cached("SELECT name, pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid"));
  SKERRY_TRY(select->Bind(table.name));
  std::vector<std::pair<std::int64_t, int>> key;
  for (;;) {
    SKERRY_ASSIGN(has_row, select->Step());
    if (!has_row) break;
    if (select->Int64(1) > 0) key.emplace_back(select->Int64(1), static_cast<int>(table.columns.size()));
    table.columns.emplace_back(select->Text(0));
  }
  select->Reset();
  std::sort(key.begin(), key.end());
  for (const auto& [rank, column] : key) table.key.push_back(column);
  return kDone;
}

Status ReadUniqueRules(sqlite::Connection& db, InspectedTable& inspected) {
  // An index on an expression has columns without name; its collisions cannot be told from here.
  SKERRY_ASSIGN(select, db.Cached("SELECT l.seq, l.origin, x.name, x.coll FROM pragma_index_list(?1) AS l JOIN "
                                  "pragma_index_xinfo(l.name) AS x WHERE l.\"unique\" = 1 AND x.key = 1 "
                                  "ORDER BY l.seq, x.seqno"));
  SKERRY_TRY(select->Bind(inspected.table.name));
  std::int64_t last = -1;
  bool is_usable = false;
  bool is_plain_key = false;
  const auto finish = [&] {
    if (last >= 0 && (!is_usable || is_plain_key)) inspected.unique_rules.pop_back();
  };
  for (;;) {
    SKERRY_ASSIGN(has_row, select->Step());
    if (!has_row) break;
    if (select->Int64(0) != last) {
      finish();
      last = select->Int64(0);
      is_usable = true;
      is_plain_key = select->Text(1) == "pk";
      inspected.unique_rules.emplace_back();
    }
    is_usable = is_usable && !select->IsNull(2);
    is_plain_key = is_plain_key && select->Text(3) == "BINARY";
    inspected.unique_rules.back().columns.emplace_back(select->Text(2));
    inspected.unique_rules.back().collations.emplace_back(select->Text(3));
  }
  finish();
  select->Reset();
  return kDone;
}

}  // namespace

Result<Inspection> InspectTable(sqlite::Connection& db, const std::string& name) {
  Inspection inspection;
  SKERRY_ASSIGN(entry, FindEntry(db, name));
  if (!entry) {
    inspection.is_missing = true;
    inspection.problem =
        "table '" + name + "' is not in the source database; it is replicated as soon as it is created";
    return inspection;
  }
  if (entry->name != name) {
    inspection.is_missing = true;
    inspection.problem = "table '" + name + "' is not in the source database, but '" + entry->name +
                         "' is: write it in double quotes in the sync config";
    return inspection;
  }
  const bool is_virtual = entry->sql.size() >= 14 && entry->sql.compare(0, 14, "CREATE VIRTUAL") == 0;
  if (entry->type != "table" || is_virtual) {
    inspection.problem =
        "'" + name + "' is a " + (is_virtual ? "virtual table" : "view") + "; only ordinary tables can be replicated";
    return inspection;
  }
  InspectedTable inspected;
  inspected.table.name = name;
  SKERRY_TRY(ReadColumns(db, inspected.table));
  if (inspected.table.key.empty()) {
    inspection.problem = "table '" + name +
                         "' has no primary key, so its rows cannot be told apart; declare one, for "
                         "example: id TEXT PRIMARY KEY";
    return inspection;
  }
  if (inspected.table.key.size() > kMaxKeyColumns) {
    inspection.problem =
        "the primary key of table '" + name + "' has more than " + std::to_string(kMaxKeyColumns) + " columns";
    return inspection;
  }
  SKERRY_TRY(ReadUniqueRules(db, inspected));
  inspection.found = std::move(inspected);
  return inspection;
}

}  // namespace skerry::replication
