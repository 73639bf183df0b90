// A table that is replicated: how its rows, as Postgres sends them, become values and keys.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "replication/postgres/catalog.h"
#include "replication/postgres/lsn.h"
#include "replication/postgres/pgoutput.h"
#include "replication/postgres/types.h"
#include "row/value.h"

namespace skerry::replication::pg {

// Borrows the types, which must outlive it.
class LiveTable {
 public:
  LiveTable(TableInfo info, std::string id, const TypeCatalog& types);

  const TableInfo& info() const { return info_; }
  const row::Table& table() const { return info_.table; }

  // Changes of transactions that committed before this are in the copy already.
  Lsn since{};
  // It is no longer what it was copied as: it waits for another copy, and its changes with it.
  bool is_stale = false;

  // Whether `relation` describes this very table, as it is here.
  bool Fits(const Relation& relation) const;

  // The value of a column. Borrows from `value` or from `pool`.
  row::Value Decode(std::size_t column, const TupleValue& value, TextPool& pool) const;
  // False if a key column is NULL where that makes no key.
  bool AppendKey(std::string& out, std::span<const row::Value> values) const;

  // The columns whose values a later change may leave out. Empty for a row that is too small for that: Postgres moves
  // values out of line only where a row would not fit its page well. `had_unchanged`: this row has such a value.
  std::span<const int> Kept(const Tuple& row, bool had_unchanged) const;

 private:
  TableInfo info_;
  const TypeCatalog& types_;
  std::vector<const Type*> column_types_;
  std::vector<int> toastable_;
};

// Builds a name for a table that is new, or keeps the one it had if its rows are told apart by the same columns.
std::string IdFor(const row::Table* known, const row::Table& now, Random& random);

}  // namespace skerry::replication::pg
