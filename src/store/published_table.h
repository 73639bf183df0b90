// Where published rows of one type go: a table of the schema, or ps_untyped for a type without one.
//
// A row's JSON becomes column values here, by the rules of C-041: what json_extract would give, cast to the column's
// declared type. The JSON is read once, straight into bound values; SQLite's own CAST does the rest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "schema/schema.h"
#include "sqlite/connection.h"

namespace skerry::store {

// Borrows the connection. Its statements must be gone before the schema changes.
class PublishedTable {
 public:
  static Result<PublishedTable> ForTable(sqlite::Connection& db, const schema::Table& table);
  static Result<PublishedTable> ForUntyped(sqlite::Connection& db, std::string type);

  // Inserts the row, or updates the one with this id (its rowid stays). `json` must be an object: kProtocol if not.
  Status Put(std::string_view id, std::string_view json);
  Status Delete(std::string_view id);

 private:
  Status BindColumns(std::string_view json);
  Status BindValue(JsonReader& reader, int parameter);
  int FindColumn(std::string_view key) const;

  std::string untyped_;  // The type, for a table without columns: the JSON is stored as it is.
  bool is_untyped_ = false;
  std::vector<std::string> columns_;
  sqlite::Statement put_;
  sqlite::Statement delete_;
  std::string unescaped_;                // Texts that had escapes, until the statement ran.
  std::vector<std::uint64_t> bound_in_;  // Per column: the row in which a value was last bound.
  std::uint64_t row_ = 0;
  mutable std::size_t guess_ = 0;  // Rows of a type list their members in the same order: look there first.
};

}  // namespace skerry::store
