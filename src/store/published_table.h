// Where published rows of one type go: a table of the schema, or ps_untyped for a type without one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/schema.h"
#include "sqlite/connection.h"
#include "sqlite/row_feed.h"
#include "store/row_values.h"

namespace skerry::store {

// A row that its table does not have yet. Borrows its texts.
struct FreshRow {
  std::string_view id;
  std::string_view json;
};

// Borrows the connection. Its statements must be gone before the schema changes.
class PublishedTable {
 public:
  // `feeds`, if given, says that the table is empty and nobody else puts rows into it meanwhile, so that those which
  // come for the first time may be given to InsertFresh().
  static Result<PublishedTable> ForTable(sqlite::Connection& db, const schema::Table& table,
                                         sqlite::RowFeeds* feeds = nullptr);
  static Result<PublishedTable> ForUntyped(sqlite::Connection& db, std::string type);

  bool takes_fresh() const { return feed_ != nullptr; }
  // Inserts rows, sorted by id, whose ids the table surely has not. An error names the row.
  Status InsertFresh(std::span<const FreshRow> rows);
  // Inserts the row, or updates the one with this id (its rowid stays).
  Status Put(std::string_view id, std::string_view json);
  Status Delete(std::string_view id);

 private:
  PublishedTable(std::string type, std::vector<std::string> columns)
      : type_(std::move(type)), values_(std::move(columns)) {}

  std::string type_;
  bool is_untyped_ = false;
  RowValues values_;
  sqlite::Statement put_;
  sqlite::Statement delete_;
  sqlite::RowFeed* feed_ = nullptr;
  sqlite::Statement insert_fresh_;
};

}  // namespace skerry::store
