// One table's rows → the buckets each is in and the index entries it makes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "row/table.h"
#include "row/value.h"
#include "rules/plan.h"
#include "rules/scratch.h"

namespace skerry::rules {

// A row stands in `bucket` as object `table`/`id` with `data`.
struct Membership {
  std::string bucket;
  std::string table;
  std::string id;
  std::string data;  // One flat JSON object.
};

// A row answers lookups of `key` in `index` with `outputs`: JSON array of output tuples ([["c1"]]).
struct IndexEntry {
  std::uint32_t index = 0;
  std::string key;  // JSON array.
  std::string outputs;
};

// The row's values for an event of the config, one flat JSON object.
struct FiredEvent {
  std::string event;
  std::string data;
};

// Reused from row to row, so that its strings keep their memory. Only the first `membership_count`, `entry_count` and
// `event_count` elements are valid.
struct RowResult {
  std::vector<Membership> memberships;
  std::size_t membership_count = 0;
  std::vector<IndexEntry> entries;
  std::size_t entry_count = 0;
  std::vector<FiredEvent> events;
  std::size_t event_count = 0;
  // What could not be evaluated, and so gave nothing (S8); usually empty.
  std::vector<std::string> failures;

  std::span<const Membership> Memberships() const { return {memberships.data(), membership_count}; }
  std::span<const IndexEntry> Entries() const { return {entries.data(), entry_count}; }
  std::span<const FiredEvent> Events() const { return {events.data(), event_count}; }

  Scratch scratch;
};

// The plan resolved against the columns of one table. Keeps the plan alive. Evaluate() may run on several threads, each
// with a result of its own.
class RowEvaluator {
 public:
  RowEvaluator(std::shared_ptr<const Plan> plan, std::int64_t deployment, const row::Table& table);
  RowEvaluator(RowEvaluator&&) noexcept;
  RowEvaluator& operator=(RowEvaluator&&) noexcept;
  ~RowEvaluator();

  // `values` in the order of the table's columns. Results are distinct in (bucket, table, id); where two queries give
  // the same, the later one's data counts (E33).
  void Evaluate(std::span<const row::Value> values, RowResult& result) const;

  // Columns that the config names and the table lacks; they read as NULL.
  const std::vector<std::string>& missing_columns() const { return missing_columns_; }

 private:
  struct BoundData;
  struct BoundIndex;
  struct BoundEvent;

  void EvaluateData(std::span<const row::Value> values, RowResult& result) const;
  void EvaluateIndexes(std::span<const row::Value> values, RowResult& result) const;
  void EvaluateEvents(std::span<const row::Value> values, RowResult& result) const;

  std::shared_ptr<const Plan> plan_;
  std::vector<BoundData> data_;
  std::vector<BoundIndex> indexes_;
  std::vector<BoundEvent> events_;
  std::vector<std::string> missing_columns_;
};

}  // namespace skerry::rules
