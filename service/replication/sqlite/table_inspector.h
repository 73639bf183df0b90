// What a table of a SQLite file looks like: columns, primary key, and the other ways in which two rows can collide.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "row/table.h"
#include "sqlite/connection.h"

namespace skerry::replication {

// Rows that agree in these columns, compared with these collations, cannot both exist: INSERT OR REPLACE then deletes
// one without telling any trigger.
struct UniqueRule {
  std::vector<std::string> columns;
  std::vector<std::string> collations;
};

struct InspectedTable {
  row::Table table;                      // Without id.
  std::vector<UniqueRule> unique_rules;  // Without the primary key, unless a collation makes different keys equal.
};

// A table, or the reason why it cannot be replicated, in words for the person who runs the service.
struct Inspection {
  std::optional<InspectedTable> found;
  bool is_missing = false;
  std::string problem;
};

// `name` must match the table's own spelling.
Result<Inspection> InspectTable(sqlite::Connection& db, const std::string& name);

}  // namespace skerry::replication
