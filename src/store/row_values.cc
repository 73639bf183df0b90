#include "store/row_values.h"

#include "base/ids.h"

namespace skerry::store {

using sqlite::Cell;

Result<std::span<const Cell>> RowValues::Read(std::string_view json) {
  cells_.assign(columns_.size(), Cell());
  is_read_.assign(columns_.size(), false);
  unescaped_.clear();
  unescaped_.reserve(json.size());  // Never moves while values point into it: a text shrinks by losing its escapes.
  guess_ = 0;
  JsonReader reader(json);
  std::string_view key;
  if (reader.BeginObject()) {
    while (reader.NextKey(key)) {
      const int column = FindColumn(key);
      if (column < 0 || is_read_[static_cast<std::size_t>(column)]) {
        reader.Skip();
        continue;
      }
      is_read_[static_cast<std::size_t>(column)] = true;
      ReadValue(reader, cells_[static_cast<std::size_t>(column)]);
    }
  }
  SKERRY_TRY(reader.Finish("the row's data"));
  return std::span<const Cell>(cells_);
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
      const bool is_integral = text.find_first_of(".eE") == std::string_view::npos;
      if (const auto integer = is_integral ? ParseInt64(text) : std::nullopt) {
        cell = Cell::Integer(*integer);
        return;
      }
      double real = 0;
      JsonReader(text).ReadDouble(real);
      cell = Cell::Real(real);
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
