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
  bool is_whole = false;  // Filled in: the table's row gives the JSON back (store/bare_entries.h).
};

// Borrows the connection. Its statements must be gone before the schema changes.
class PublishedTable {
 public:
  // `feeds`, if given, says that the table is empty and nobody else puts rows into it meanwhile, so that those which
  // come for the first time may be given to InsertFresh(). `has_triggers`: what is written need not be what stays.
  static Result<PublishedTable> ForTable(sqlite::Connection& db, const schema::Table& table, bool has_triggers,
                                         sqlite::RowFeeds* feeds = nullptr);
  static Result<PublishedTable> ForUntyped(sqlite::Connection& db, std::string type);

  bool takes_fresh() const { return feed_ != nullptr; }
  // Inserts rows, sorted by id, whose ids the table surely has not. An error names the row.
  Status InsertFresh(std::span<FreshRow> rows);
  // Inserts the row, or updates the one with this id (its rowid stays). True if the table's row gives the JSON back.
  Result<bool> Put(std::string_view id, std::string_view json);
  Status Delete(std::string_view id);

 private:
  PublishedTable(std::string type, std::span<const schema::Column> columns)
      : type_(std::move(type)), values_(columns) {}

  std::string type_;
  bool is_untyped_ = false;
  bool has_triggers_ = false;
  RowValues values_;
  sqlite::Statement put_;
  sqlite::Statement delete_;
  sqlite::RowFeed* feed_ = nullptr;
  sqlite::Statement insert_fresh_;
};

}  // namespace skerry::store
