#include "row/table_pattern.h"

namespace skerry::row {
namespace {

bool StartsWith(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

bool IsDefaultSchema(std::string_view schema) { return schema.empty() || schema == "public" || schema == "main"; }

bool IsSystemSchema(std::string_view schema) { return StartsWith(schema, "pg_") || schema == "information_schema"; }

}  // namespace

bool TablePattern::Matches(const Table& table) const { return Matches(SchemaOf(table), table.name); }

bool TablePattern::Matches(std::string_view table_schema, std::string_view table_name) const {
  if (any_schema_suffix) {
    if (!StartsWith(table_schema, schema) || IsSystemSchema(table_schema)) return false;
  } else if (schema.empty() ? !IsDefaultSchema(table_schema) : schema != table_schema) {
    return false;
  }
  return any_name_suffix ? StartsWith(table_name, name) : name == table_name;
}

std::string_view TablePattern::Suffix(std::string_view table_name) const {
  return any_name_suffix && StartsWith(table_name, name) ? table_name.substr(name.size()) : std::string_view();
}

std::string TablePattern::Text() const {
  std::string text;
  if (!connection.empty()) text += connection + '.';
  if (!schema.empty() || any_schema_suffix) text += schema + (any_schema_suffix ? "%." : ".");
  return text + name + (any_name_suffix ? "%" : "");
}

std::string_view SchemaOf(const Table& table) {
  return table.schema.empty() ? std::string_view("main") : std::string_view(table.schema);
}

}  // namespace skerry::row
