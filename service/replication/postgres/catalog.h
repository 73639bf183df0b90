// The tables that are wanted, as the source's catalog has them at one moment: columns, key, what the publication lets
// through, and what stands in the way of replicating them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "replication/postgres/connection.h"
#include "replication/postgres/types.h"
#include "row/table.h"

namespace skerry::replication::pg {

// The one that PowerSync asks for, too.
inline constexpr char kPublication[] = "powersync";

struct ColumnInfo {
  Oid type = 0;
  // Its values may be kept out of line, and are then left out of updates that do not change them.
  bool is_toastable = false;
  bool is_fixed_size = false;
};

struct TableInfo {
  row::Table table;                 // Without id.
  std::vector<ColumnInfo> columns;  // Parallel to table.columns.
  Oid oid = 0;
  char replica_identity = 'd';  // As in pg_class: d, i, f or n.
  bool has_key = true;          // False: no column tells rows apart, so all of them together are the key.
  std::string row_filter;       // Of the publication, as an SQL expression. Empty: every row.
};

struct Catalog {
  std::vector<TableInfo> tables;       // In the publication and readable.
  std::vector<TableInfo> unpublished;  // Missing from the publication alone; a problem, too.
  std::vector<std::string> problems;   // For a person, with the statement that mends it.
};

// `wanted`: "boats" (of schema public), "sales.boats", either part with a trailing % for any ending. Works inside a
// snapshot and on a replication connection.
Result<Catalog> ReadCatalog(Connection& connection, std::span<const std::string> wanted);

// Whether a table of that name is wanted.
bool IsWanted(std::span<const std::string> wanted, std::string_view schema, std::string_view name);

// "schema"."name"
std::string QuotedName(const row::Table& table);

}  // namespace skerry::replication::pg
