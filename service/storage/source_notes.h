// What storage keeps for the source alone: values of rows that a later change may leave out (Postgres does not repeat
// large unchanged values), and a note that has to outlive a crash. No client ever sees any of it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "sqlite/connection.h"

namespace skerry::storage {

// Creates the tables if they are missing.
Status PrepareSourceNotes(sqlite::Connection& db);

Result<std::string> ReadSourceNote(sqlite::Connection& db);
Status WriteSourceNote(sqlite::Connection& db, std::string_view note);

// All but Read are part of the caller's transaction.
class RowCopies {
 public:
  explicit RowCopies(sqlite::Connection& db) : db_(db) {}

  Status Put(std::int64_t table, std::string_view key, std::string_view copy);
  Status Remove(std::int64_t table, std::string_view key);
  // False if there is none.
  Result<bool> Read(std::int64_t table, std::string_view key, std::string& copy);
  // Whether the table has any: most have none, and then no row need be looked for.
  Result<bool> Any(std::int64_t table);
  // All of the table, or those of rows that were not seen by the copy that ends.
  Status RemoveAll(std::int64_t table);
  Status RemoveUnseen(std::int64_t table);

 private:
  sqlite::Connection& db_;
};

}  // namespace skerry::storage
