// Which tables a query reads: found from what SQLite asks the authorizer while it prepares the query, so views, CTEs,
// subqueries and virtual tables need no parser of ours.
//
// It may name too much (a table that a branch never reads), never too little.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sqlite/connection.h"

namespace skerry::watch {

struct Dependencies {
  std::vector<std::string> tables;  // Of schema "main", sorted, spelled as in sqlite_schema; shadow tables included.
  // The query reads what no hook reports (a temporary table): it is run again after every commit.
  bool every_commit = false;

  friend bool operator==(const Dependencies&, const Dependencies&) = default;
};

// Collects the accesses of one statement being prepared.
class AccessCollector {
 public:
  void Note(const sqlite::Access& access);

  // A name as SQLite gave it. The schema is empty for a query that reads no column, as in count(*).
  struct Read {
    std::string table;
    std::string schema;
  };
  const std::vector<Read>& reads() const { return reads_; }
  void Clear() { reads_.clear(); }

 private:
  std::vector<Read> reads_;
};

// Prepares `sql`, without running it, while the given collector hears the accesses.
using PrepareFunction = std::function<Status(std::string_view sql, AccessCollector& collector)>;

// The tables behind `sql`. Names of views, CTEs and table-valued functions are dropped; a virtual table stands for its
// shadow tables and, for FTS5, its content table.
Result<Dependencies> Resolve(sqlite::Connection& db, std::string_view sql, const PrepareFunction& prepare);

// The tables an application named: spelled as in sqlite_schema, virtual tables resolved; unknown names stay as they
// are.
Result<Dependencies> ResolveNames(sqlite::Connection& db, const std::vector<std::string>& names,
                                  const PrepareFunction& prepare);

}  // namespace skerry::watch
