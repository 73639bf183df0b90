// The stored text of a table: reading its columns, and changing their declared types in place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/schema.h"
#include "sqlite/connection.h"

namespace skerry::store {

// Column names of a table in the order of its rows.
Result<std::vector<std::string>> StoredColumns(sqlite::Connection& db, std::string_view sql_name);

// Gives `columns` of the table their new types and casts what they hold. The table is not rebuilt, so that views,
// triggers and foreign keys that refer to it stay as they are; every index on it is made anew.
Status RetypeColumns(sqlite::Connection& db, const schema::Table& table, const std::vector<schema::Column>& columns);

}  // namespace skerry::store
