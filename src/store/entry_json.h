// The JSON of queue entries, byte for byte as client-core section 7.2 has it. For capture.cc only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "sqlite/connection.h"
#include "store/captured_table.h"

namespace skerry::store {

enum class Side : unsigned char { kOld, kNew };

// A number exactly, a real always as a real, text quoted. Blobs never get here: a CHECK of the table refuses them.
inline void AppendValue(std::string& out, sqlite::Value value) {
  switch (value.Type()) {
    case sqlite::ValueType::kInteger:
      out += std::to_string(value.Int64());
      return;
    case sqlite::ValueType::kReal:
      return AppendJsonDouble(out, value.Double());
    case sqlite::ValueType::kText:
      return AppendJsonString(out, value.Text());
    case sqlite::ValueType::kBlob:
    case sqlite::ValueType::kNull:
      out += "null";
      return;
  }
}

// {"op":"PUT","id":"…","type":"…" and no closing brace.
inline void AppendEntryHead(std::string& out, std::string_view op, std::string_view id, const CapturedTable& table) {
  out.append("{\"op\":\"").append(op).append("\",\"id\":");
  AppendJsonString(out, id);
  out.append(",\"type\":").append(table.type_json);
}

using Columns = std::vector<CapturedTable::Column>;

// The values that `value_of` gives, without those that are NULL: the diff from {} (C-064).
template <typename ValueOf>
void AppendNonNull(std::string& out, const Columns& columns, const ValueOf& value_of) {
  out += '{';
  bool first = true;
  for (const CapturedTable::Column& column : columns) {
    const sqlite::Value value = value_of(column.position);
    if (value.IsNull()) continue;
    if (!first) out += ',';
    first = false;
    out += column.key;
    AppendValue(out, value);
  }
  out += '}';
}

// All values, NULL included.
template <typename ValueOf>
void AppendAll(std::string& out, const Columns& columns, const ValueOf& value_of) {
  out += '{';
  bool first = true;
  for (const CapturedTable::Column& column : columns) {
    if (!first) out += ',';
    first = false;
    out += column.key;
    AppendValue(out, value_of(column.position));
  }
  out += '}';
}

// The values of one side, of the columns whose sides differ (C-061, C-064).
inline void AppendChanged(std::string& out, const Columns& columns, const sqlite::RowChange& change, Side side) {
  out += '{';
  bool first = true;
  for (const CapturedTable::Column& column : columns) {
    const sqlite::Value before = change.Old(column.position);
    const sqlite::Value after = change.New(column.position);
    if (Identical(before, after)) continue;
    if (!first) out += ',';
    first = false;
    out += column.key;
    AppendValue(out, side == Side::kOld ? before : after);
  }
  out += '}';
}

inline bool SameValues(const Columns& columns, const sqlite::RowChange& change) {
  for (const CapturedTable::Column& column : columns) {
    if (!Identical(change.Old(column.position), change.New(column.position))) return false;
  }
  return true;
}

// ,"metadata":"…" if the table has metadata and it is text (C-055).
template <typename ValueOf>
void AppendMetadata(std::string& out, const CapturedTable& table, const ValueOf& value_of) {
  if (table.metadata_position < 0) return;
  const sqlite::Value metadata = value_of(table.metadata_position);
  if (metadata.Type() != sqlite::ValueType::kText) return;
  out += ",\"metadata\":";
  AppendJsonString(out, metadata.Text());
}

// Changes that exist only because of the metadata columns (schema/ddl.cc): `_deleted = TRUE`, whose trigger deletes the
// row, and the triggers that clear both columns after use.
inline bool IsMetadataHousekeeping(const CapturedTable& table, const sqlite::RowChange& change) {
  if (table.metadata_position < 0) return false;
  if (change.New(table.deleted_position).IsTrue()) return true;
  const bool was_set = !change.Old(table.metadata_position).IsNull() || !change.Old(table.deleted_position).IsNull();
  return change.depth > 0 && was_set && change.New(table.metadata_position).IsNull() &&
         change.New(table.deleted_position).IsNull() && SameValues(table.columns, change);
}

}  // namespace skerry::store
