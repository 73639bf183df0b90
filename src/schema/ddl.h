// The SQL that makes a schema's tables. Text only; nothing here touches a database.
//
// A synced table is a real table: "todos"("id" TEXT PRIMARY KEY, declared columns ...). Checks and triggers refuse what
// the upload queue cannot carry; they say so in words that store/statement_runner.cc hands on as they are. Every object
// beside the table itself is named ps_..., so that it cannot meet one of the application's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/schema.h"

namespace skerry::schema {

// Columns of tables with include_metadata: always NULL when read.
inline constexpr std::string_view kMetadataColumn = "_metadata";
inline constexpr std::string_view kDeletedColumn = "_deleted";

// The SQL function that the triggers of insert-only tables call: (type, number of the first column, is last call, id,
// metadata, values ...), in several calls if there are many columns.
inline constexpr char kInsertOnlyFunction[] = "skerry_insert_only";

// A failed CHECK's message without SQLite's "CHECK constraint failed: ", if it is one of ours; else empty.
std::string_view OwnConstraintText(std::string_view sqlite_message);

// The table or view of `table`.
std::string CreateTable(const Table& table);
// Its triggers, each as CREATE statement; they depend on name, kind and include_metadata only, an insert-only table's
// on its columns too.
std::vector<std::string> CreateTriggers(const Table& table);
std::vector<std::string> DropTriggers(const Table& table);
std::string CreateIndex(const Table& table, const Index& index);
std::string IndexName(const Table& table, const Index& index);

// "name" TYPE CHECK(...), as in CREATE TABLE and ALTER TABLE ADD COLUMN.
std::string ColumnDefinition(const Table& table, const Column& column);
// The type as SQL: the three usual ones in capitals, others quoted.
std::string TypeSql(std::string_view type);

}  // namespace skerry::schema
