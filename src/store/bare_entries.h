// Bare entries of ps_oplog: PUTs whose JSON the row in the app's table gives back, and which therefore hold none.
//
// Promise: a bare entry is the only one of its row, and its JSON has the members of the row that the table shows, no
// others, with the same values; the order of members and white space are not kept. So whoever changes such a row and is
// not the publish that replaces the entry fills it first, in the same transaction: local writes and what triggers and
// foreign keys do (capture.cc), clears and schema changes.
#pragma once

#include <string>
#include <string_view>

#include "schema/schema.h"
#include "sqlite/connection.h"

namespace skerry::store {

// What stands in the column `data` of a bare entry. No row's JSON is empty.
inline constexpr std::string_view kBareData{""};

// A member of the row's JSON: what `column` of a statement shows. Blobs never get into a synced table.
void AppendColumnJson(std::string& json, const sqlite::Statement& row, int column);

// {"id":…,<columns>} of a row as its table shows it. kStorageCorrupt if it is not there.
Result<std::string> RowJson(sqlite::Connection& db, const schema::Table& table, std::string_view id);

// Whether the app has triggers, which may change any row at any write: what is written need not be what stays.
Result<bool> HasAppTriggers(sqlite::Connection& db);

// Gives the row's entry its JSON, if it is bare.
Status FillEntry(sqlite::Connection& db, std::string_view type, std::string_view id, std::string_view json);
// The same for every row of a table.
Status FillEntries(sqlite::Connection& db, const schema::Table& table);

}  // namespace skerry::store
