#include "schema/ddl.h"

#include "schema/names.h"
#include "sqlite/connection.h"

namespace skerry::schema {
namespace {

using sqlite::QuoteName;
using sqlite::QuoteText;

constexpr std::string_view kIdIsText = "id should be text";
// Every BLOB sorts after every number and text, so `c < x''` refuses BLOBs, at a third of the price of typeof(c). An id
// that is no BLOB is text, for its column makes text of numbers.
constexpr std::string_view kNoBlob = "cannot queue a BLOB: ";
// SQLite passes at most 1000 arguments to a function.
constexpr std::size_t kColumnsPerCall = 900;

bool HoldsRows(const Table& table) { return table.kind != TableKind::kInsertOnly; }

std::string Trigger(const Table& table, std::string_view purpose, std::string_view rest) {
  std::string sql = "CREATE TRIGGER " + QuoteName("ps_" + std::string(purpose) + "__" + table.view_name) + " ";
  return sql.append(rest);
}

// INSERT into an insert-only table stores no row: the values go to capture.
std::string InsertOnlyTrigger(const Table& table) {
  std::string body = "INSTEAD OF INSERT ON " + QuoteName(table.view_name) + " BEGIN ";
  std::size_t first = 0;
  do {
    const std::size_t end = std::min(first + kColumnsPerCall, table.columns.size());
    body += "SELECT " + std::string(kInsertOnlyFunction) + "(" + QuoteText(table.name) + ", " + std::to_string(first) +
            ", " + (end == table.columns.size() ? "1" : "0") + ", NEW.\"id\", " +
            (table.include_metadata ? "NEW.\"_metadata\"" : "NULL");
    for (std::size_t i = first; i < end; ++i) body += ", NEW." + QuoteName(table.columns[i].name);
    body += "); ";
    first = end;
  } while (first < table.columns.size());
  return Trigger(table, "insert_only", body + "END");
}

std::string CreateView(const Table& table) {
  std::string sql = "CREATE VIEW " + QuoteName(table.view_name) + " AS SELECT NULL AS \"id\"";
  for (const Column& column : table.columns) sql += ", NULL AS " + QuoteName(column.name);
  if (table.include_metadata) sql += ", NULL AS \"_metadata\", NULL AS \"_deleted\"";
  return sql + " WHERE 0";
}

}  // namespace

std::string_view OwnConstraintText(std::string_view message) {
  constexpr std::string_view kPrefix = "CHECK constraint failed: ";
  if (message.substr(0, kPrefix.size()) != kPrefix) return {};
  message.remove_prefix(kPrefix.size());
  return message == kIdIsText || message.substr(0, kNoBlob.size()) == kNoBlob ? message : std::string_view();
}

std::string TypeSql(std::string_view type) {
  for (const char* usual : {"TEXT", "INTEGER", "REAL"}) {
    if (SameName(type, usual)) return usual;
  }
  // Quoted, so that no type can smuggle a constraint in; SQLite reads the affinity from it all the same.
  return QuoteName(type);
}

std::string ColumnDefinition(const Table& table, const Column& column) {
  const std::string name = QuoteName(column.name);
  std::string sql = name + " " + TypeSql(column.type);
  if (table.kind != TableKind::kSynced) return sql;
  const std::string constraint = std::string(kNoBlob) + table.view_name + "." + column.name;
  return sql + " CONSTRAINT " + QuoteName(constraint) + " CHECK (" + name + " < x'')";
}

std::string CreateTable(const Table& table) {
  if (!HoldsRows(table)) return CreateView(table);
  // FAIL: the rows before the one without id stay, as with a trigger's RAISE(FAIL) (C-050).
  std::string sql = "CREATE TABLE " + QuoteName(table.view_name) + "(\"id\" TEXT PRIMARY KEY NOT NULL ON CONFLICT FAIL";
  if (table.kind == TableKind::kSynced) {
    sql += " CONSTRAINT " + QuoteName(kIdIsText) + " CHECK (\"id\" < x'')";
  }
  for (const Column& column : table.columns) sql += ", " + ColumnDefinition(table, column);
  if (table.include_metadata) sql += ", \"_metadata\" TEXT, \"_deleted\" INTEGER";
  return sql + ")";
}

std::vector<std::string> CreateTriggers(const Table& table) {
  if (!HoldsRows(table)) return {InsertOnlyTrigger(table)};
  const std::string name = QuoteName(table.view_name);
  // Compiled only into statements that set id, so other writes do not pay for it.
  std::vector<std::string> triggers{Trigger(table, "id",
                                            "BEFORE UPDATE OF \"id\" ON " + name +
                                                " WHEN NEW.\"id\" IS NOT OLD.\"id\""
                                                " BEGIN SELECT RAISE(FAIL, 'Cannot update id'); END")};
  if (!table.include_metadata) return triggers;
  // Capture has seen the text by now; the column reads as NULL ever after. It knows these two changes and drops them.
  const std::string clear = " BEGIN UPDATE " + name + " SET \"_metadata\" = NULL WHERE \"id\" = NEW.\"id\"; END";
  triggers.push_back(Trigger(table, "metadata_insert",
                             "AFTER INSERT ON " + name +
                                 " WHEN NEW.\"_metadata\" IS NOT NULL OR NEW.\"_deleted\" IS NOT NULL"
                                 " BEGIN UPDATE " +
                                 name +
                                 " SET \"_metadata\" = NULL, \"_deleted\" = NULL WHERE \"id\" = NEW.\"id\"; END"));
  triggers.push_back(Trigger(table, "metadata_update",
                             "AFTER UPDATE OF \"_metadata\" ON " + name +
                                 " WHEN NEW.\"_metadata\" IS NOT NULL AND NEW.\"_deleted\" IS NOT TRUE" + clear));
  triggers.push_back(Trigger(table, "deleted",
                             "AFTER UPDATE OF \"_deleted\" ON " + name +
                                 " WHEN NEW.\"_deleted\" IS TRUE BEGIN DELETE FROM " + name +
                                 " WHERE \"id\" = NEW.\"id\"; END"));
  return triggers;
}

std::vector<std::string> DropTriggers(const Table& table) {
  std::vector<std::string> purposes;
  if (!HoldsRows(table)) {
    purposes = {"insert_only"};
  } else if (table.include_metadata) {
    purposes = {"id", "metadata_insert", "metadata_update", "deleted"};
  } else {
    purposes = {"id"};
  }
  std::vector<std::string> drops;
  for (const std::string& purpose : purposes) {
    drops.push_back("DROP TRIGGER IF EXISTS " + QuoteName("ps_" + purpose + "__" + table.view_name));
  }
  return drops;
}

std::string IndexName(const Table& table, const Index& index) {
  return "ps_index__" + table.view_name + "__" + index.name;
}

std::string CreateIndex(const Table& table, const Index& index) {
  std::string sql = "CREATE INDEX " + QuoteName(IndexName(table, index)) + " ON " + QuoteName(table.view_name) + "(";
  const char* separator = "";
  for (const IndexColumn& column : index.columns) {
    sql += separator + QuoteName(column.name) + (column.ascending ? "" : " DESC");
    separator = ", ";
  }
  return sql + ")";
}

}  // namespace skerry::schema
