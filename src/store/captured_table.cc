#include "store/captured_table.h"

#include <algorithm>

#include "base/json.h"
#include "schema/ddl.h"
#include "schema/names.h"
#include "store/table_text.h"

namespace skerry::store {
namespace {

int PositionOf(const std::vector<std::string>& names, std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (schema::SameName(names[i], name)) return static_cast<int>(i);
  }
  return -1;
}

bool ByName(const CapturedTable::Column& a, const CapturedTable::Column& b) { return a.name < b.name; }

}  // namespace

Result<CapturedTable> DescribeTable(sqlite::Connection& db, const schema::Table& table) {
  CapturedTable captured;
  captured.sql_name = table.view_name;
  captured.type = table.name;
  AppendJsonString(captured.type_json, table.name);
  captured.insert_only = table.kind == schema::TableKind::kInsertOnly;
  captured.previous_only_when_changed = table.previous.only_when_changed;
  captured.ignore_empty_update = table.ignore_empty_update;

  SKERRY_ASSIGN(stored, StoredColumns(db, table.view_name));
  const auto describe = [&](std::size_t index) {
    const std::string& name = table.columns[index].name;
    CapturedTable::Column column{static_cast<int>(index), {}, name};
    if (!captured.insert_only) column.position = PositionOf(stored, name);
    AppendJsonString(column.key, name);
    column.key += ':';
    return column;
  };
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    captured.columns.push_back(describe(i));
    if (captured.columns.back().position < 0) {
      return Error{ErrorCode::kStorageCorrupt, "Table " + table.view_name + " has no column " + table.columns[i].name};
    }
    const std::vector<std::string>& filter = table.previous.columns;
    const bool listed = std::any_of(filter.begin(), filter.end(), [&](const std::string& name) {
      return schema::SameName(name, table.columns[i].name);
    });
    if (table.previous.tracked && (filter.empty() || listed)) captured.previous.push_back(captured.columns.back());
  }
  std::sort(captured.columns.begin(), captured.columns.end(), ByName);
  captured.previous_sorted = captured.previous;
  std::sort(captured.previous_sorted.begin(), captured.previous_sorted.end(), ByName);
  if (table.include_metadata && !captured.insert_only) {
    captured.metadata_position = PositionOf(stored, schema::kMetadataColumn);
    captured.deleted_position = PositionOf(stored, schema::kDeletedColumn);
  }
  return captured;
}

}  // namespace skerry::store
