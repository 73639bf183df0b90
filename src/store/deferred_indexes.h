// Indexes that are built after the rows.
//
// A first sync of an empty table fills its indexes in random order, page by page; built at the end from sorted keys
// they cost a third. All of it happens inside the publish's transaction, so no reader ever sees the table without them.
#pragma once

#include <string>
#include <vector>

#include "sqlite/connection.h"

namespace skerry::store {

class DeferredIndexes {
 public:
  // Drops every index of `table`, which is empty (the app's own too, except those of constraints). One that SQLite will
  // not drop, for instance because a statement still reads the table, stays.
  Status Defer(sqlite::Connection& db, std::string_view table);
  // Builds one of them. False when there is none left.
  Result<bool> BuildNext(sqlite::Connection& db);

 private:
  std::vector<std::string> sql_;
};

}  // namespace skerry::store
