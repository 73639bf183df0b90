#include "store/column_fill.h"

#include "schema/ddl.h"

namespace skerry::store {
// Names hold no quote, dot or bracket (schema::IsValidName), so the quoted path is exact.
std::string ServerValueSql(const schema::Column& column, std::string_view json) {
  return "CAST(json_extract(" + std::string(json) + ", " + sqlite::QuoteText("$.\"" + column.name + "\"") + ") AS " +
         schema::TypeSql(column.type) + ")";
}

Status FillColumns(sqlite::Connection& db, const schema::Table& table, const std::vector<schema::Column>& added,
                   const std::vector<schema::Column>& retyped) {
  if (table.kind != schema::TableKind::kSynced) return kDone;
  std::string set;
  const auto append = [&](const schema::Column& column, const std::string& value) {
    set += (set.empty() ? "" : ", ") + sqlite::QuoteName(column.name) + " = " + value;
  };
  for (const schema::Column& column : added) append(column, ServerValueSql(column, "s.data"));
  for (const schema::Column& column : retyped) {
    append(column,
           "CASE WHEN EXISTS (SELECT 1 FROM ps_updated_rows WHERE row_type = ?1 AND row_id = s.row_id) THEN t." +
               sqlite::QuoteName(column.name) + " ELSE " + ServerValueSql(column, "s.data") + " END");
  }
  if (set.empty()) return kDone;
  // max(op_id) makes SQLite take `data` from the row that has it: the version in force (client-core 12.1 step 5).
  SKERRY_ASSIGN(fill, db.Prepare("UPDATE main." + sqlite::QuoteName(table.view_name) + " AS t SET " + set +
                                 " FROM (SELECT row_id, data, max(op_id) FROM ps_oplog WHERE type = ?1 GROUP BY row_id)"
                                 " AS s WHERE t.\"id\" = s.row_id AND json_valid(s.data)"));
  return fill.Run(table.name);
}

}  // namespace skerry::store
