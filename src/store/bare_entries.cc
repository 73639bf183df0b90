#include "store/bare_entries.h"

#include "base/json.h"

namespace skerry::store {
namespace {

// "id", then the columns in the order of the schema.
std::string ColumnNames(const schema::Table& table, std::string_view prefix) {
  std::string names = std::string(prefix) + "\"id\"";
  for (const schema::Column& column : table.columns) {
    names.append(", ").append(prefix).append(sqlite::QuoteName(column.name));
  }
  return names;
}

// Of a statement whose columns from `first` on are those of ColumnNames().
void AppendRow(std::string& out, const sqlite::Statement& row, int first, const schema::Table& table) {
  out += "{\"id\":";
  AppendColumnJson(out, row, first);
  for (const schema::Column& column : table.columns) {
    out += ',';
    AppendJsonString(out, column.name);
    out += ':';
    AppendColumnJson(out, row, ++first);
  }
  out += '}';
}

}  // namespace

void AppendColumnJson(std::string& json, const sqlite::Statement& row, int column) {
  switch (row.Type(column)) {
    case sqlite::ValueType::kInteger:
      json += std::to_string(row.Int64(column));
      return;
    case sqlite::ValueType::kReal:
      return AppendJsonDouble(json, row.Double(column));
    case sqlite::ValueType::kText:
    case sqlite::ValueType::kBlob:
      return AppendJsonString(json, row.Text(column));
    case sqlite::ValueType::kNull:
      json += "null";
      return;
  }
}

Result<std::string> RowJson(sqlite::Connection& db, const schema::Table& table, std::string_view id) {
  SKERRY_ASSIGN(select, db.Prepare("SELECT " + ColumnNames(table, "") + " FROM main." +
                                   sqlite::QuoteName(table.view_name) + " WHERE \"id\" = ?1"));
  SKERRY_TRY(select.Bind(id));
  SKERRY_ASSIGN(found, select.Step());
  if (!found) {
    return Error{ErrorCode::kStorageCorrupt,
                 "Row " + std::string(id) + " of " + table.name + " is gone, and with it what the server says of it"};
  }
  std::string json;
  AppendRow(json, select, 0, table);
  return json;
}

Result<bool> HasAppTriggers(sqlite::Connection& db) {
  SKERRY_ASSIGN(found, db.QueryInt("SELECT 1 FROM (SELECT name, type FROM main.sqlite_schema UNION ALL "
                                   "SELECT name, type FROM temp.sqlite_schema) "
                                   "WHERE type = 'trigger' AND name NOT GLOB 'ps_*' LIMIT 1"));
  return found.has_value();
}

Status FillEntry(sqlite::Connection& db, std::string_view type, std::string_view id, std::string_view json) {
  SKERRY_ASSIGN(fill, db.Cached("UPDATE ps_oplog SET data = ?3 WHERE type = ?1 AND row_id = ?2 AND data = ''"));
  return fill->Run(type, id, json);
}

Status FillEntries(sqlite::Connection& db, const schema::Table& table) {
  // A cursor that stands in a table survives the table's growth; a filled entry is not met again, being no longer bare.
  SKERRY_ASSIGN(select, db.Prepare("SELECT o.row_id, " + ColumnNames(table, "t.") +
                                   " FROM ps_oplog AS o CROSS JOIN main." + sqlite::QuoteName(table.view_name) +
                                   " AS t ON t.\"id\" = o.row_id WHERE o.type = ?1 AND o.data = ''"));
  SKERRY_TRY(select.Bind(std::string_view(table.name)));
  std::string json;
  for (;;) {
    SKERRY_ASSIGN(has_row, select.Step());
    if (!has_row) return kDone;
    json.clear();
    AppendRow(json, select, 1, table);
    SKERRY_TRY(FillEntry(db, table.name, select.Text(0), json));
  }
}

}  // namespace skerry::store
