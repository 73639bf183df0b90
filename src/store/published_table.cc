#include "store/published_table.h"

#include "base/ids.h"
#include "schema/ddl.h"

namespace skerry::store {

Result<PublishedTable> PublishedTable::ForTable(sqlite::Connection& db, const schema::Table& table) {
  PublishedTable published;
  const std::string name = sqlite::QuoteName(table.view_name);
  std::string names = "id";
  std::string values = "?1";
  std::string updates;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string column = sqlite::QuoteName(table.columns[i].name);
    names.append(", ").append(column);
    values.append(", CAST(?").append(std::to_string(i + 2)).append(" AS ");
    values.append(schema::TypeSql(table.columns[i].type)).append(")");
    updates.append(updates.empty() ? "" : ", ").append(column).append(" = excluded.").append(column);
    published.columns_.push_back(table.columns[i].name);
  }
  published.bound_in_.resize(table.columns.size());
  // The table's checks refuse what the upload queue cannot carry (blobs, ids that are no text); nothing that is bound
  // below is of that kind, and they cost a function call per column. The setting acts when a statement is compiled.
  SKERRY_TRY(db.Execute("PRAGMA ignore_check_constraints = ON"));
  auto put = db.Prepare("INSERT INTO main." + name + "(" + names + ") VALUES(" + values + ") ON CONFLICT(id) DO " +
                        (updates.empty() ? "NOTHING" : "UPDATE SET " + updates));
  SKERRY_TRY(db.Execute("PRAGMA ignore_check_constraints = OFF"));
  if (!put.ok()) return std::move(put).error();
  SKERRY_ASSIGN(remove, db.Prepare("DELETE FROM main." + name + " WHERE id = ?1"));
  published.put_ = *std::move(put);
  published.delete_ = std::move(remove);
  return published;
}

Result<PublishedTable> PublishedTable::ForUntyped(sqlite::Connection& db, std::string type) {
  PublishedTable published;
  published.untyped_ = std::move(type);
  published.is_untyped_ = true;
  SKERRY_ASSIGN(put, db.Prepare("INSERT INTO ps_untyped(type, id, data) VALUES(?1, ?2, ?3) "
                                "ON CONFLICT DO UPDATE SET data = excluded.data"));
  SKERRY_ASSIGN(remove, db.Prepare("DELETE FROM ps_untyped WHERE type = ?1 AND id = ?2"));
  published.put_ = std::move(put);
  published.delete_ = std::move(remove);
  return published;
}

Status PublishedTable::Put(std::string_view id, std::string_view json) {
  if (is_untyped_) return put_.Run(std::string_view(untyped_), id, json);
  SKERRY_TRY(put_.BindText(1, id));
  SKERRY_TRY(BindColumns(json));
  return put_.RunBound();
}

Status PublishedTable::Delete(std::string_view id) {
  return is_untyped_ ? delete_.Run(std::string_view(untyped_), id) : delete_.Run(id);
}

Status PublishedTable::BindColumns(std::string_view json) {
  ++row_;
  unescaped_.clear();
  unescaped_.reserve(json.size());  // Never moves while values point into it: a text shrinks by losing its escapes.
  JsonReader reader(json);
  std::string_view key;
  guess_ = 0;
  if (reader.BeginObject()) {
    while (reader.NextKey(key)) {
      const int column = FindColumn(key);
      // Of a repeated member the first counts, as with json_extract.
      if (column < 0 || bound_in_[static_cast<std::size_t>(column)] == row_) {
        reader.Skip();
        continue;
      }
      bound_in_[static_cast<std::size_t>(column)] = row_;
      SKERRY_TRY(BindValue(reader, column + 2));
    }
  }
  SKERRY_TRY(reader.Finish("the row's data"));
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (bound_in_[i] != row_) SKERRY_TRY(put_.BindNull(static_cast<int>(i) + 2));
  }
  return kDone;
}

int PublishedTable::FindColumn(std::string_view key) const {
  for (std::size_t tried = 0; tried < columns_.size(); ++tried) {
    std::size_t column = guess_ + tried;
    if (column >= columns_.size()) column -= columns_.size();
    if (columns_[column] != key) continue;
    guess_ = column + 1;
    return static_cast<int>(column);
  }
  return -1;
}

// What json_extract gives for the value: numbers as integer where they are one of 64 bits, else as real; truth values
// as 1 and 0; objects and arrays as their text. A failed reader is reported by its Finish().
Status PublishedTable::BindValue(JsonReader& reader, int parameter) {
  std::string_view text;
  switch (reader.Peek()) {
    case JsonKind::kNull:
      reader.ReadNull();
      return put_.BindNull(parameter);
    case JsonKind::kTrue:
    case JsonKind::kFalse: {
      bool value = false;
      reader.ReadBool(value);
      return put_.BindInt64(parameter, value ? 1 : 0);
    }
    case JsonKind::kNumber: {
      if (!reader.ReadNumber(text)) return kDone;
      const bool is_integral = text.find_first_of(".eE") == std::string_view::npos;
      if (const auto integer = is_integral ? ParseInt64(text) : std::nullopt)
        return put_.BindInt64(parameter, *integer);
      double real = 0;
      JsonReader(text).ReadDouble(real);
      return put_.BindDouble(parameter, real);
    }
    case JsonKind::kString:
      return reader.ReadString(text, unescaped_) ? put_.BindText(parameter, text) : kDone;
    case JsonKind::kObject:
    case JsonKind::kArray:
      return reader.ReadRaw(text) ? put_.BindText(parameter, text) : kDone;
    case JsonKind::kInvalid:
      return kDone;
  }
  return kDone;
}

}  // namespace skerry::store
