#include "ingest/table_shape.h"

#include <algorithm>

#include "base/json.h"

namespace skerry::ingest {

storage::TableRecord ToRecord(const row::Table& table) {
  storage::TableRecord record{.name = table.QualifiedName(), .id = table.id};
  JsonWriter json(record.shape);
  json.BeginObject().Key("schema").String(table.schema).Key("name").String(table.name);
  json.Key("mark").String(table.mark).Key("columns").BeginArray();
  for (const std::string& column : table.columns) json.String(column);
  json.EndArray().Key("key").BeginArray();
  for (const int column : table.key) json.Int(column);
  json.EndArray().EndObject();
  return record;
}

Result<row::Table> FromRecord(const storage::TableRecord& record) {
  row::Table table{.name = record.name, .id = record.id};
  JsonReader json(record.shape);
  std::string_view key;
  if (json.BeginObject()) {
    while (json.NextKey(key)) {
      std::string_view text;
      std::string* const field = key == "schema" ? &table.schema
                                 : key == "name" ? &table.name
                                 : key == "mark" ? &table.mark
                                                 : nullptr;
      if (field != nullptr) {
        if (json.ReadString(text)) *field = std::string(text);
        continue;
      }
      const bool is_columns = key == "columns";
      if (!json.BeginArray()) break;
      while (json.NextElement()) {
        std::string_view name;
        std::int64_t position = 0;
        if (is_columns && json.ReadString(name)) table.columns.emplace_back(name);
        if (!is_columns && json.ReadInt64(position)) table.key.push_back(static_cast<int>(position));
      }
    }
  }
  SKERRY_TRY(json.Finish("the stored shape of table '" + record.name + "'"));
  const auto is_column = [&](int at) { return at >= 0 && static_cast<std::size_t>(at) < table.columns.size(); };
  if (!std::all_of(table.key.begin(), table.key.end(), is_column)) {
    return Error{.code = ErrorCode::kStorageCorrupt,
                 .message = "the stored shape of table '" + record.name + "' is damaged"};
  }
  return table;
}

}  // namespace skerry::ingest
