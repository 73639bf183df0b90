// Reads rows of one table of the source: all of them for a copy, or one by its key. Inside the caller's read
// transaction.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "replication/row_key.h"
#include "replication/source.h"
#include "row/table.h"
#include "row/value.h"
#include "sqlite/connection.h"

namespace skerry::replication {

// A column of the statement's present row. Borrows from it.
row::Value ValueAt(const sqlite::Statement& statement, int column);

class ChangeReader {
 public:
  static Result<ChangeReader> Create(sqlite::Connection& db, row::Table table);

  const row::Table& table() const { return table_; }

  // Every row as Upsert, between BeginTable and EndTable. Gives how many rows were left out because their key has a
  // NULL.
  Result<std::int64_t> Copy(ChangeSink& sink);

  // The row that `key` finds now, as Upsert, or Delete if there is none. If the key's collation finds a row with
  // another spelling, that row is there and the one asked for is not: both are told.
  Status Deliver(std::span<const row::Value> key, const std::string& key_text, ChangeSink& sink);

 private:
  ChangeReader(row::Table table, sqlite::Statement all, sqlite::Statement one)
      : table_(std::move(table)), all_(std::move(all)), one_(std::move(one)) {}

  // Reads the statement's row into values_ and key_; false if the row has no identity, as SQLite allows NULL in most
  // primary keys.
  bool Read(const sqlite::Statement& statement);

  row::Table table_;
  sqlite::Statement all_;
  sqlite::Statement one_;
  std::vector<row::Value> values_;
  std::vector<row::Value> key_values_;
  std::string key_;
};

}  // namespace skerry::replication
