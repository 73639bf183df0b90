// Row changes as Postgres sends them → complete rows for the sink.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "replication/postgres/live_table.h"
#include "replication/postgres/pgoutput.h"
#include "replication/source.h"

namespace skerry::replication::pg {

// Finds values in the source that an update left out and that nobody kept.
class MissingValues {
 public:
  virtual ~MissingValues() = default;
  // Sets the values of `missing` of the row that has `row`'s key. False if the row is gone. They are as of now, so the
  // changes up to now have to follow before the row counts.
  virtual Result<bool> Read(const LiveTable& table, const Tuple& row, std::span<const int> missing, TextPool& pool,
                            std::span<row::Value> values) = 0;
};

// Borrows `missing`.
class RowApplier {
 public:
  explicit RowApplier(MissingValues& missing) : missing_values_(missing) {}

  // A row that is there, every value given.
  Status Put(const LiveTable& table, const Tuple& row, ChangeSink& sink);
  // The row of the last message, an Update. Large values that did not change are not in it (W11).
  Status Update(const LiveTable& table, const MessageDecoder& message, ChangeSink& sink);
  Status Delete(const LiveTable& table, const Tuple& old_row, ChangeSink& sink);
  Status Truncate(const LiveTable& table, ChangeSink& sink);

  // The bytes of a row's texts may stand here until the next row.
  TextPool& pool() { return pool_; }

 private:
  void Decode(const LiveTable& table, const Tuple& row, std::vector<row::Value>& values);
  bool MakeKey(const LiveTable& table, std::span<const row::Value> values, std::string& key);

  MissingValues& missing_values_;
  TextPool pool_;
  std::vector<row::Value> values_;
  std::vector<row::Value> old_values_;
  std::vector<int> missing_;
  std::string key_;
  std::string old_key_;
};

}  // namespace skerry::replication::pg
