#include "store/table_text.h"

#include "schema/ddl.h"
#include "schema/names.h"

namespace skerry::store {
namespace {

using sqlite::QuoteName;
using sqlite::QuoteText;

struct StoredIndex {
  std::string name;
  std::string sql;
};

Result<std::vector<StoredIndex>> IndexesOf(sqlite::Connection& db, std::string_view table) {
  SKERRY_ASSIGN(select, db.Prepare("SELECT name, sql FROM main.sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
                                   " AND tbl_name = ?1 COLLATE NOCASE"));
  SKERRY_TRY(select.Bind(table));
  std::vector<StoredIndex> indexes;
  while (true) {
    SKERRY_ASSIGN(row, select.Step());
    if (!row) return indexes;
    indexes.push_back({std::string(select.Text(0)), std::string(select.Text(1))});
  }
}

// CREATE TABLE with the columns in the order in which the rows hold them. Columns that the schema does not know keep
// the type they have.
Result<std::string> TextFor(sqlite::Connection& db, const schema::Table& table) {
  SKERRY_ASSIGN(select, db.Prepare("SELECT name, type FROM pragma_table_info(?1) ORDER BY cid"));
  SKERRY_TRY(select.Bind(table.view_name));
  schema::Table ordered = table;
  ordered.columns.clear();
  ordered.include_metadata = false;  // Its columns come in their place, like any other.
  while (true) {
    SKERRY_ASSIGN(row, select.Step());
    if (!row) break;
    const std::string name(select.Text(0));
    if (schema::SameName(name, "id")) continue;
    const schema::Column* known = table.FindColumn(name);
    ordered.columns.push_back(known != nullptr ? *known : schema::Column{name, std::string(select.Text(1))});
  }
  return schema::CreateTable(ordered);
}

}  // namespace

Result<std::vector<std::string>> StoredColumns(sqlite::Connection& db, std::string_view sql_name) {
  SKERRY_ASSIGN(list, db.Prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid"));
  SKERRY_TRY(list.Bind(sql_name));
  std::vector<std::string> names;
  while (true) {
    SKERRY_ASSIGN(row, list.Step());
    if (!row) return names;
    names.emplace_back(list.Text(0));
  }
}

Status RetypeColumns(sqlite::Connection& db, const schema::Table& table, const std::vector<schema::Column>& columns) {
  // An index holds values as the old type gave them; changing them row by row would not find them any more.
  SKERRY_ASSIGN(indexes, IndexesOf(db, table.view_name));
  for (const StoredIndex& index : indexes) SKERRY_TRY(db.Execute("DROP INDEX main." + QuoteName(index.name)));
  SKERRY_ASSIGN(text, TextFor(db, table));
  SKERRY_TRY(db.ReplaceTableText(table.view_name, text));

  std::string set;
  for (const schema::Column& column : columns) {
    const std::string name = QuoteName(column.name);
    set += (set.empty() ? "" : ", ") + name + " = CAST(" + name + " AS " + schema::TypeSql(column.type) + ")";
  }
  SKERRY_TRY(db.Execute("UPDATE main." + QuoteName(table.view_name) + " SET " + set));
  for (const StoredIndex& index : indexes) SKERRY_TRY(db.Execute(index.sql));
  return kDone;
}

}  // namespace skerry::store
