// Schema::Parse: the JSON of client-core 5.1, as Schema.toJSON() of the TypeScript side writes it.
#include <optional>

#include "base/json.h"
#include "schema/schema.h"
#include "schema/validate.h"

namespace skerry::schema {
namespace {

// Takes an absent option and null for the same.
bool ReadFlag(JsonReader& json, bool& flag) {
  return json.Peek() == JsonKind::kNull ? json.ReadNull() : json.ReadBool(flag);
}

bool ReadText(JsonReader& json, std::string& text) {
  std::string_view view;
  if (!json.ReadString(view)) return false;
  text = view;
  return true;
}

bool ReadColumn(JsonReader& json, Column& column) {
  std::string_view key;
  if (!json.BeginObject()) return false;
  while (json.NextKey(key)) {
    if (key == "name") {
      ReadText(json, column.name);
    } else if (key == "type") {
      if (json.Peek() == JsonKind::kNull) json.Fail("a column has no type");
      ReadText(json, column.type);
    } else {
      json.Skip();
    }
  }
  return json.ok();
}

bool ReadIndexColumn(JsonReader& json, IndexColumn& column) {
  std::string_view key;
  if (!json.BeginObject()) return false;
  while (json.NextKey(key)) {
    if (key == "name") {
      ReadText(json, column.name);
    } else if (key == "ascending") {
      ReadFlag(json, column.ascending);
    } else {
      json.Skip();
    }
  }
  return json.ok();
}

bool ReadIndex(JsonReader& json, Index& index) {
  std::string_view key;
  if (!json.BeginObject()) return false;
  while (json.NextKey(key)) {
    if (key == "name") {
      ReadText(json, index.name);
    } else if (key == "columns") {
      if (json.BeginArray()) {
        while (json.NextElement()) {
          if (!ReadIndexColumn(json, index.columns.emplace_back())) return false;
        }
      }
    } else {
      json.Skip();
    }
  }
  return json.ok();
}

// true, false or a list of columns. An empty list tracks nothing.
bool ReadPrevious(JsonReader& json, PreviousValues& previous) {
  if (json.Peek() != JsonKind::kArray) return ReadFlag(json, previous.tracked);
  json.BeginArray();
  while (json.NextElement()) {
    if (!ReadText(json, previous.columns.emplace_back())) return false;
  }
  previous.tracked = !previous.columns.empty();
  return json.ok();
}

bool ReadTable(JsonReader& json, Table& table) {
  bool local_only = false;
  bool insert_only = false;
  std::optional<std::string> view_name;
  std::string_view key;
  if (!json.BeginObject()) return false;
  while (json.NextKey(key)) {
    if (key == "name") {
      ReadText(json, table.name);
    } else if (key == "view_name") {
      if (json.Peek() == JsonKind::kNull) {
        json.ReadNull();
      } else {
        ReadText(json, view_name.emplace());
      }
    } else if (key == "columns") {
      if (json.BeginArray()) {
        while (json.NextElement()) {
          if (!ReadColumn(json, table.columns.emplace_back())) return false;
        }
      }
    } else if (key == "indexes" && json.Peek() == JsonKind::kArray) {
      json.BeginArray();
      while (json.NextElement()) {
        if (!ReadIndex(json, table.indexes.emplace_back())) return false;
      }
    } else if (key == "local_only") {
      ReadFlag(json, local_only);
    } else if (key == "insert_only") {
      ReadFlag(json, insert_only);
    } else if (key == "include_old") {
      ReadPrevious(json, table.previous);
    } else if (key == "include_old_only_when_changed") {
      ReadFlag(json, table.previous.only_when_changed);
    } else if (key == "include_metadata") {
      ReadFlag(json, table.include_metadata);
    } else if (key == "ignore_empty_update") {
      ReadFlag(json, table.ignore_empty_update);
    } else {
      json.Skip();
    }
  }
  table.view_name = view_name ? *std::move(view_name) : table.name;
  if (insert_only) table.kind = TableKind::kInsertOnly;
  if (local_only) table.kind = TableKind::kLocalOnly;  // insert_only is ignored then (client-core 5.1).
  if (!table.previous.tracked) table.previous.only_when_changed = false;
  return json.ok();
}

bool ReadSchema(JsonReader& json, Schema& schema) {
  std::string_view key;
  if (!json.BeginObject()) return false;
  while (json.NextKey(key)) {
    if (key == "tables") {
      if (!json.BeginArray()) return false;
      while (json.NextElement()) {
        if (!ReadTable(json, schema.tables.emplace_back())) return false;
      }
    } else if (key == "raw_tables" && json.Peek() == JsonKind::kArray) {
      json.BeginArray();
      if (json.NextElement()) return json.Fail("raw tables are not available yet");
    } else {
      json.Skip();
    }
  }
  return json.ok();
}

}  // namespace

Result<Schema> Schema::Parse(std::string_view text) {
  Schema schema;
  JsonReader json(text);
  ReadSchema(json, schema);
  if (Status read = json.Finish("the schema"); !read.ok()) {
    Error error = std::move(read).error();
    error.code = ErrorCode::kInvalidSchema;
    return error;
  }
  SKERRY_TRY(Validate(schema));
  return schema;
}

}  // namespace skerry::schema
