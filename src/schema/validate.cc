#include "schema/validate.h"

#include <algorithm>
#include <set>

#include "schema/names.h"

namespace skerry::schema {
namespace {

// SQLite takes 2000 columns; one is the id.
constexpr std::size_t kMaxColumns = 1999;

Error Invalid(std::string message) { return Error{ErrorCode::kInvalidSchema, std::move(message)}; }

// Lower case for ASCII, so that a set finds what SQLite takes for the same name.
std::string Folded(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return folded;
}

// As SQLite derives a type's affinity: a cast to it would make a BLOB of every value.
bool IsBlobType(std::string_view type) {
  const std::string folded = Folded(type);
  const auto has = [&](std::string_view part) { return folded.find(part) != std::string::npos; };
  return has("blob") && !has("int") && !has("char") && !has("clob") && !has("text");
}

Status ValidateColumns(const Table& table) {
  if (table.columns.size() + (table.include_metadata ? 2 : 0) > kMaxColumns) {
    return Invalid("Table has too many columns. The maximum number of columns is 1999.");
  }
  std::set<std::string> names;
  if (table.include_metadata) names = {"_metadata", "_deleted"};
  for (const Column& column : table.columns) {
    if (!IsValidName(column.name)) return Invalid("Invalid characters in column name: " + column.name);
    const std::string folded = Folded(column.name);
    if (folded == "id") return Invalid("An id column is automatically added, custom id columns are not supported");
    if (!names.insert(folded).second) return Invalid("Duplicate column " + column.name);
    if (column.type.empty() || column.type.find('\0') != std::string::npos) {
      return Invalid("Column " + column.name + " has no usable type");
    }
    if (table.kind != TableKind::kLocalOnly && IsBlobType(column.type)) {
      return Invalid("Column " + column.name + " cannot be a BLOB: rows are synced as JSON. Use text (base64, say).");
    }
  }
  return kDone;
}

Status ValidateIndexes(const Table& table) {
  std::set<std::string> names;
  for (const Index& index : table.indexes) {
    if (!IsValidName(index.name)) return Invalid("Invalid characters in index name: " + index.name);
    if (!names.insert(Folded(index.name)).second) return Invalid("Duplicate index " + index.name);
    if (index.columns.empty()) return Invalid("Index " + index.name + " has no columns");
    for (const IndexColumn& column : index.columns) {
      if (!SameName(column.name, "id") && table.FindColumn(column.name) == nullptr) {
        return Invalid("Column " + column.name + " not found for index " + index.name);
      }
    }
  }
  return kDone;
}

Status ValidateTable(const Table& table) {
  SKERRY_TRY(ValidateColumns(table));
  SKERRY_TRY(ValidateIndexes(table));
  if (table.kind == TableKind::kInsertOnly && !table.indexes.empty()) {
    return Invalid("Indexes are not possible on insert-only tables, which hold no rows.");
  }
  if (table.kind == TableKind::kLocalOnly && table.include_metadata) {
    return Invalid("Can't include metadata for local-only tables.");
  }
  if (table.kind == TableKind::kLocalOnly && table.previous.tracked) {
    return Invalid("Can't include old values for local-only tables.");
  }
  for (const std::string& column : table.previous.columns) {
    if (table.FindColumn(column) == nullptr) return Invalid("Column " + column + " not found for previous values");
  }
  return kDone;
}

}  // namespace

Status Validate(const Schema& schema) {
  std::set<std::string> types;
  std::set<std::string> sql_names;
  for (const Table& table : schema.tables) {
    if (!IsValidName(table.name)) return Invalid("Invalid characters in table name: " + table.name);
    if (!IsValidName(table.view_name)) return Invalid("Invalid characters in view name: " + table.view_name);
    if (IsReservedName(table.view_name)) {
      return Invalid("The table name " + table.view_name + " is reserved: names may not begin with ps_ or sqlite_");
    }
    if (!types.insert(table.name).second) return Invalid("Duplicate table name: " + table.name);
    if (!sql_names.insert(Folded(table.view_name)).second) return Invalid("Duplicate view name: " + table.view_name);
    if (Status valid = ValidateTable(table); !valid.ok()) {
      return std::move(valid).error().During("Table " + table.name);
    }
  }
  return kDone;
}

}  // namespace skerry::schema
