#include "schema/schema.h"

#include "base/json.h"
#include "schema/names.h"

namespace skerry::schema {

const Column* Table::FindColumn(std::string_view column) const {
  for (const Column& candidate : columns) {
    if (SameName(candidate.name, column)) return &candidate;
  }
  return nullptr;
}

const Table* Schema::FindType(std::string_view name) const {
  for (const Table& table : tables) {
    if (table.name == name) return &table;
  }
  return nullptr;
}

const Table* Schema::FindSqlName(std::string_view name) const {
  for (const Table& table : tables) {
    if (SameName(table.view_name, name)) return &table;
  }
  return nullptr;
}

std::string Schema::ToJson() const {
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("tables").BeginArray();
  for (const Table& table : tables) {
    json.BeginObject().Key("name").String(table.name).Key("view_name").String(table.view_name);
    json.Key("columns").BeginArray();
    for (const Column& column : table.columns) {
      json.BeginObject().Key("name").String(column.name).Key("type").String(column.type).EndObject();
    }
    json.EndArray().Key("indexes").BeginArray();
    for (const Index& index : table.indexes) {
      json.BeginObject().Key("name").String(index.name).Key("columns").BeginArray();
      for (const IndexColumn& column : index.columns) {
        json.BeginObject().Key("name").String(column.name).Key("ascending").Bool(column.ascending).EndObject();
      }
      json.EndArray().EndObject();
    }
    json.EndArray().Key("local_only").Bool(table.kind == TableKind::kLocalOnly);
    json.Key("insert_only").Bool(table.kind == TableKind::kInsertOnly);
    json.Key("include_old");
    if (table.previous.columns.empty()) {
      json.Bool(table.previous.tracked);
    } else {
      json.BeginArray();
      for (const std::string& column : table.previous.columns) json.String(column);
      json.EndArray();
    }
    json.Key("include_old_only_when_changed").Bool(table.previous.only_when_changed);
    json.Key("include_metadata").Bool(table.include_metadata);
    json.Key("ignore_empty_update").Bool(table.ignore_empty_update).EndObject();
  }
  json.EndArray().EndObject();
  return text;
}

bool operator==(const Column& a, const Column& b) { return a.name == b.name && a.type == b.type; }
bool operator==(const IndexColumn& a, const IndexColumn& b) { return a.name == b.name && a.ascending == b.ascending; }
bool operator==(const Index& a, const Index& b) { return a.name == b.name && a.columns == b.columns; }
bool operator==(const PreviousValues& a, const PreviousValues& b) {
  return a.tracked == b.tracked && a.only_when_changed == b.only_when_changed && a.columns == b.columns;
}
bool operator==(const Table& a, const Table& b) {
  return a.name == b.name && a.view_name == b.view_name && a.columns == b.columns && a.indexes == b.indexes &&
         a.kind == b.kind && a.previous == b.previous && a.include_metadata == b.include_metadata &&
         a.ignore_empty_update == b.ignore_empty_update;
}
bool operator==(const Schema& a, const Schema& b) { return a.tables == b.tables; }

}  // namespace skerry::schema
