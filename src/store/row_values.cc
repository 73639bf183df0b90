#include "store/row_values.h"

#include <cmath>

#include "base/ids.h"
#include "base/json_text.h"
#include "schema/ddl.h"

namespace skerry::store {

using sqlite::Cell;

namespace {

// A number as the rules want it: an integer where it is one of 64 bits, else a real.
Cell NumberCell(std::string_view text) {
  const bool is_integral = text.find_first_of(".eE") == std::string_view::npos;
  if (const auto integer = is_integral ? ParseInt64(text) : std::nullopt) return Cell::Integer(*integer);
  double real = 0;
  JsonReader(text).ReadDouble(real);
  return Cell::Real(real);
}

// Whether a value can be written again from its cell, as the same JSON value. Truth values, objects and arrays become
// cells that others share; a \u may be half of a pair or a zero.
bool IsPlain(JsonKind kind, std::string_view text, const Cell& cell) {
  switch (kind) {
    case JsonKind::kNull:
      return true;
    case JsonKind::kString:
      return text.find("\\u") == std::string_view::npos;
    case JsonKind::kNumber:
      if (cell.type == sqlite::ValueType::kReal) return std::isfinite(cell.real);
      return cell.integer != 0 || text == "0";
    case JsonKind::kTrue:
    case JsonKind::kFalse:
    case JsonKind::kObject:
    case JsonKind::kArray:
    case JsonKind::kInvalid:
      return false;
  }
  return false;
}

}  // namespace

RowValues::RowValues(std::span<const schema::Column> columns) : cells_(columns.size()) {
  for (const schema::Column& column : columns) {
    columns_.push_back(column.name);
    const std::string type = schema::TypeSql(column.type);
    storage_.push_back(type == "TEXT"      ? Storage::kText
                       : type == "INTEGER" ? Storage::kInteger
                       : type == "REAL"    ? Storage::kReal
                                           : Storage::kOther);
  }
}

Result<std::span<const Cell>> RowValues::Read(std::string_view json) {
  if (!ReadLikeLast(json)) SKERRY_TRY(ReadFully(json));
  return std::span<const Cell>(cells_);
}

bool RowValues::ReadLikeLast(std::string_view json) {
  if (members_.empty()) return false;
  Begin();
  std::size_t at = 0;
  for (const Member& member : members_) {
    if (json.compare(at, member.before.size(), member.before) != 0) return false;
    at += member.before.size();
    if (at == json.size()) return false;
    Cell cell;
    bool is_plain = true;
    if (json[at] == '"') {
      const json::ScannedString string = json::ScanString(json, at + 1);
      if (string.fault != nullptr || string.has_escapes) return false;
      cell = Cell::Text(json.substr(at + 1, string.end - at - 1));
      at = string.end + 1;
    } else {
      JsonReader reader(json.substr(at));
      const JsonKind kind = reader.Peek();
      // The depth limit counts from the row's start.
      if (kind == JsonKind::kObject || kind == JsonKind::kArray) return false;
      ReadValue(reader, cell);
      if (!reader.ok()) return false;
      is_plain = IsPlain(kind, json.substr(at, reader.offset()), cell);
      at += reader.offset();
    }
    TakeMember(member.column, cell, is_plain);
  }
  return json.substr(at) == after_;
}

Status RowValues::ReadFully(std::string_view json) {
  Begin();
  is_read_.assign(columns_.size(), false);
  unescaped_.clear();
  unescaped_.reserve(json.size());  // Never moves while values point into it: a text shrinks by losing its escapes.
  guess_ = 0;
  members_.clear();
  std::size_t end = 0;  // Of the value before.
  JsonReader reader(json);
  std::string_view key;
  if (reader.BeginObject()) {
    while (reader.NextKey(key)) {
      int column = FindColumn(key);
      if (column >= 0 && is_read_[static_cast<std::size_t>(column)]) column = kUnknown;
      if (column == kUnknown && key == "id" && !has_id_) column = kId;
      const JsonKind kind = reader.Peek();  // Moves to the value.
      const std::size_t start = reader.offset();
      members_.push_back({std::string(json.substr(end, start - end)), column});
      Cell cell;
      if (column == kUnknown) {
        reader.Skip();
      } else {
        if (column >= 0) is_read_[static_cast<std::size_t>(column)] = true;
        ReadValue(reader, cell);
      }
      end = reader.offset();
      TakeMember(column, cell, IsPlain(kind, json.substr(start, end - start), cell));
    }
  }
  after_ = json.substr(end);
  Status finished = reader.Finish("the row's data");
  if (!finished.ok()) members_.clear();
  return finished;
}

void RowValues::Begin() {
  cells_.assign(columns_.size(), Cell());
  is_whole_ = true;
  has_id_ = false;
}

// `is_plain`: the value can be written again from the cell.
void RowValues::TakeMember(int column, const Cell& cell, bool is_plain) {
  if (column >= 0) {
    cells_[static_cast<std::size_t>(column)] = cell;
    const Storage storage = storage_[static_cast<std::size_t>(column)];
    const bool is_stored_as_is = cell.type == sqlite::ValueType::kNull ||
                                 (cell.type == sqlite::ValueType::kText && storage == Storage::kText) ||
                                 (cell.type == sqlite::ValueType::kInteger && storage == Storage::kInteger) ||
                                 (cell.type == sqlite::ValueType::kReal && storage == Storage::kReal);
    if (!is_plain || !is_stored_as_is) is_whole_ = false;
  } else if (column == kId && is_plain && cell.type == sqlite::ValueType::kText) {
    has_id_ = true;
    id_ = cell.text;
  } else {
    is_whole_ = false;
  }
}

int RowValues::FindColumn(std::string_view key) {
  for (std::size_t tried = 0; tried < columns_.size(); ++tried) {
    std::size_t column = guess_ + tried;
    if (column >= columns_.size()) column -= columns_.size();
    if (columns_[column] != key) continue;
    guess_ = column + 1;
    return static_cast<int>(column);
  }
  return -1;
}

// Numbers are integers where they are one of 64 bits, else reals; truth values 1 and 0; objects and arrays their text.
// A failed reader is reported by its Finish().
void RowValues::ReadValue(JsonReader& reader, Cell& cell) {
  std::string_view text;
  switch (reader.Peek()) {
    case JsonKind::kNull:
      reader.ReadNull();
      return;
    case JsonKind::kTrue:
    case JsonKind::kFalse: {
      bool value = false;
      reader.ReadBool(value);
      cell = Cell::Integer(value ? 1 : 0);
      return;
    }
    case JsonKind::kNumber: {
      if (!reader.ReadNumber(text)) return;
      cell = NumberCell(text);
      return;
    }
    case JsonKind::kString:
      if (reader.ReadString(text, unescaped_)) cell = Cell::Text(text);
      return;
    case JsonKind::kObject:
    case JsonKind::kArray:
      if (reader.ReadRaw(text)) cell = Cell::Text(text);
      return;
    case JsonKind::kInvalid:
      return;
  }
}

}  // namespace skerry::store
