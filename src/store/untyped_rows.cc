#include "store/untyped_rows.h"

#include "base/json.h"
#include "store/bare_entries.h"
#include "store/column_fill.h"

namespace skerry::store {
namespace {

// Rows that are not what ps_oplog says, or of which it says nothing: as they stand.
Status MoveLocalRows(sqlite::Connection& db, const schema::Table& table) {
  std::string columns = "\"id\"";
  for (const schema::Column& column : table.columns) columns += ", " + sqlite::QuoteName(column.name);
  SKERRY_ASSIGN(select, db.Prepare("SELECT " + columns + " FROM main." + sqlite::QuoteName(table.view_name) +
                                   " AS t WHERE NOT EXISTS"
                                   " (SELECT 1 FROM ps_untyped AS u WHERE u.type = ?1 AND u.id = t.\"id\")"));
  SKERRY_ASSIGN(insert, db.Prepare("INSERT INTO ps_untyped(type, id, data) VALUES (?1, ?2, ?3)"));
  SKERRY_TRY(select.Bind(table.name));
  std::string data;
  while (true) {
    SKERRY_ASSIGN(row, select.Step());
    if (!row) return kDone;
    data = "{";
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const int column = static_cast<int>(i) + 1;
      if (select.IsNull(column)) continue;
      if (data.size() > 1) data += ',';
      AppendJsonString(data, table.columns[i].name);
      data += ':';
      AppendColumnJson(data, select, column);
    }
    data += '}';
    SKERRY_TRY(insert.Run(table.name, select.Text(0), data));
  }
}

}  // namespace

Status MoveToUntyped(sqlite::WriteTransaction& write, const schema::Table& table) {
  sqlite::Connection& db = write.db();
  SKERRY_ASSIGN(clear, db.Prepare("DELETE FROM ps_untyped WHERE type = ?1"));
  SKERRY_TRY(clear.Run(table.name));
  // max(op_id) makes SQLite take `data` from the row that has it: the version in force (client-core 12.1 step 5).
  SKERRY_ASSIGN(copy, db.Prepare("INSERT INTO ps_untyped(type, id, data)"
                                 " SELECT ?1, s.row_id, s.data FROM"
                                 " (SELECT row_id, data, max(op_id) FROM ps_oplog WHERE type = ?1 GROUP BY row_id) AS s"
                                 " JOIN main." +
                                 sqlite::QuoteName(table.view_name) +
                                 " AS t ON t.\"id\" = s.row_id WHERE s.data IS NOT NULL AND NOT EXISTS"
                                 " (SELECT 1 FROM ps_updated_rows WHERE row_type = ?1 AND row_id = s.row_id)"));
  SKERRY_TRY(copy.Run(table.name));
  return MoveLocalRows(db, table);
}

Status MoveFromUntyped(sqlite::WriteTransaction& write, const schema::Table& table) {
  sqlite::Connection& db = write.db();
  const std::string name = "main." + sqlite::QuoteName(table.view_name);
  std::string columns = "\"id\"";
  std::string values = "s.id";
  for (const schema::Column& column : table.columns) {
    columns += ", " + sqlite::QuoteName(column.name);
    values += ", " + ServerValueSql(column, "s.data");
  }
  SKERRY_ASSIGN(insert, db.Prepare("INSERT INTO " + name + "(" + columns + ") SELECT " + values +
                                   " FROM ps_untyped AS s WHERE s.type = ?1 AND json_valid(s.data)"
                                   " AND json_type(s.data) = 'object'"));
  SKERRY_TRY(insert.Run(table.name));
  SKERRY_ASSIGN(remove,
                db.Prepare("DELETE FROM ps_untyped WHERE type = ?1 AND id IN (SELECT \"id\" FROM " + name + ")"));
  return remove.Run(table.name);
}

}  // namespace skerry::store
