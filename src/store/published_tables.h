// The tables that published rows go to, by row type (client-core 12.1, step 6).
//
// Types are compared by exact name. Local-only and insert-only tables hold no synced rows: their types count as types
// without a table.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/schema.h"
#include "sqlite/connection.h"
#include "sqlite/row_feed.h"
#include "store/published_table.h"

namespace skerry::store {

class PublishedTables {
 public:
  explicit PublishedTables(sqlite::Connection& db) : db_(db), feeds_(db) {}

  void SetSchema(schema::Schema schema);
  const schema::Schema& schema() const { return schema_; }
  sqlite::RowFeeds& feeds() { return feeds_; }
  // Between publishes no statement stays prepared: a schema change or a close of the connection would meet it.
  void Release();

  // Makes the row what the server says. `json` is nullopt for a row that no bucket holds. Errors name the row. True if
  // the table's row gives the JSON back.
  Result<bool> Write(std::string_view type, std::string_view id, std::optional<std::string_view> json);
  // Whether rows of this type that come for the first time may be given to InsertFresh().
  Result<bool> TakesFresh(std::string_view type);
  // Inserts rows, sorted by id, whose ids the table surely has not.
  Status InsertFresh(std::string_view type, std::span<FreshRow> rows);
  // The JSON of a bare entry.
  Result<std::string> Json(std::string_view type, std::string_view id);

 private:
  Result<PublishedTable*> Find(std::string_view type);

  sqlite::Connection& db_;
  sqlite::RowFeeds feeds_;
  schema::Schema schema_;
  std::map<std::string, PublishedTable, std::less<>> tables_;
  std::string_view last_type_;  // Rows come sorted by type.
  PublishedTable* last_ = nullptr;
};

}  // namespace skerry::store
