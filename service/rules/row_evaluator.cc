#include "rules/row_evaluator.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "rules/outputs.h"
#include "rules/row_source.h"

namespace skerry::rules {
namespace {

constexpr std::size_t kFewItems = 32;

// Reuses the element at `count` of a vector that only grows.
template <typename T>
T& Next(std::vector<T>& items, std::size_t& count) {
  if (count == items.size()) items.emplace_back();
  return items[count++];
}

// Resolves column names of one table, remembering those it does not have.
int FindColumn(const row::Table& table, const std::string& name, std::vector<std::string>& missing) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  if (found != table.columns.end()) return static_cast<int>(found - table.columns.begin());
  if (std::find(missing.begin(), missing.end(), name) == missing.end()) missing.push_back(name);
  return -1;
}

std::vector<Program> Bind(const std::vector<Expression>& expressions, const Dialect& dialect, const Names& names) {
  std::vector<Program> bound;
  for (const Expression& expression : expressions) bound.emplace_back(expression, dialect, names);
  return bound;
}

// Appends the programs' values as "a,1"; false if one of them is NULL or a blob.
bool AppendTuple(std::string& out, const std::vector<Program>& programs, const Inputs& inputs, Scratch& scratch) {
  bool is_first = true;
  for (const Program& program : programs) {
    if (!is_first) out += ',';
    is_first = false;
    if (!row::AppendKey(out, program.Run(inputs, scratch))) return false;
  }
  return true;
}

std::string_view HashedText(const Membership& made) { return made.bucket; }
bool IsSame(const Membership& a, const Membership& b) {
  return a.bucket == b.bucket && a.table == b.table && a.id == b.id;
}
std::string_view HashedText(const IndexEntry& made) { return made.key; }
bool IsSame(const IndexEntry& a, const IndexEntry& b) { return a.key == b.key; }

// Makes the items from `next` on distinct among those from `first` on: calls `merge(earlier, later)` for a later one
// that equals an earlier one, which it drops. Gives the number of items then. A row with an array of thousands makes
// thousands, so that looking at every earlier one is right for few only.
template <typename Item, typename Merge>
std::size_t MergeEqual(std::vector<Item>& items, std::size_t first, std::size_t next, std::size_t count, Merge merge) {
  std::unordered_multimap<std::string, std::size_t> by_text;
  const bool is_many = count - first > kFewItems;
  for (std::size_t i = first; is_many && i < next; ++i) by_text.emplace(HashedText(items[i]), i);
  std::size_t end = next;
  for (std::size_t i = next; i < count; ++i) {
    Item* equal = nullptr;
    if (is_many) {
      const auto [from, to] = by_text.equal_range(std::string(HashedText(items[i])));
      for (auto at = from; at != to && equal == nullptr; ++at) {
        if (IsSame(items[at->second], items[i])) equal = &items[at->second];
      }
    } else {
      for (std::size_t j = first; j < end && equal == nullptr; ++j) {
        if (IsSame(items[j], items[i])) equal = &items[j];
      }
    }
    if (equal != nullptr) {
      merge(*equal, items[i]);
      continue;
    }
    if (end != i) std::swap(items[end], items[i]);
    if (is_many) by_text.emplace(HashedText(items[end]), end);
    ++end;
  }
  return end;
}

}  // namespace

struct RowEvaluator::BoundData {
  std::size_t bucket_source = 0;
  std::string bucket_prefix;  // "1#my_boats|0["
  std::string table;
  BoundRows rows;
  std::vector<Program> keys;
  BoundOutputs outputs;
};

struct RowEvaluator::BoundIndex {
  std::uint32_t index = 0;
  BoundRows rows;
  std::vector<Program> keys;
  std::vector<Program> outputs;
};

struct RowEvaluator::BoundEvent {
  std::string event;
  BoundRows rows;
  BoundOutputs outputs;
};

RowEvaluator::RowEvaluator(std::shared_ptr<const Plan> plan, std::int64_t deployment, const row::Table& table)
    : plan_(std::move(plan)) {
  const Dialect& dialect = plan_->options.dialect;
  Names names{.column = [&](const std::string& name) { return FindColumn(table, name, missing_columns_); },
              .table = &table};
  for (std::size_t b = 0; b < plan_->bucket_sources.size(); ++b) {
    const BucketSource& buckets = plan_->bucket_sources[b];
    for (const std::size_t d : buckets.data) {
      const DataSource& source = plan_->data_sources[d];
      if (!source.rows.table.Matches(table)) continue;
      names.pattern = &source.rows.table;
      BoundData& bound = data_.emplace_back();
      bound.bucket_source = b;
      bound.bucket_prefix = std::to_string(deployment) + "#" + buckets.prefix + "[";
      bound.table = source.output_table.empty() ? table.name : source.output_table;
      bound.rows = BoundRows(source.rows, dialect, names);
      bound.keys = Bind(source.keys, dialect, names);
      bound.outputs = BoundOutputs(source.outputs, table, dialect, names);
    }
  }
  for (std::size_t i = 0; i < plan_->indexes.size(); ++i) {
    const IndexSource& source = plan_->indexes[i];
    if (!source.rows.table.Matches(table)) continue;
    names.pattern = &source.rows.table;
    BoundIndex& bound = indexes_.emplace_back();
    bound.index = static_cast<std::uint32_t>(i);
    bound.rows = BoundRows(source.rows, dialect, names);
    bound.keys = Bind(source.keys, dialect, names);
    bound.outputs = Bind(source.outputs, dialect, names);
  }
  for (const EventSource& source : plan_->events) {
    if (!source.rows.rows.table.Matches(table)) continue;
    names.pattern = &source.rows.rows.table;
    events_.push_back({source.event, BoundRows(source.rows.rows, dialect, names),
                       BoundOutputs(source.rows.outputs, table, dialect, names)});
  }
}

RowEvaluator::RowEvaluator(RowEvaluator&&) noexcept = default;
RowEvaluator& RowEvaluator::operator=(RowEvaluator&&) noexcept = default;
RowEvaluator::~RowEvaluator() = default;

void RowEvaluator::Evaluate(std::span<const row::Value> values, RowResult& result) const {
  result.failures.clear();
  EvaluateData(values, result);
  EvaluateIndexes(values, result);
  EvaluateEvents(values, result);
}

void RowEvaluator::EvaluateData(std::span<const row::Value> values, RowResult& result) const {
  result.membership_count = 0;
  Scratch& scratch = result.scratch;
  std::size_t first_of_source = 0;  // Where the present bucket source's memberships begin.
  for (std::size_t d = 0; d < data_.size(); ++d) {
    const BoundData& data = data_[d];
    if (d > 0 && data.bucket_source != data_[d - 1].bucket_source) first_of_source = result.membership_count;
    const std::size_t before = result.membership_count;
    scratch.Reset();
    data.rows.ForEach(values, scratch, [&](const Inputs& inputs) {
      Membership& made = Next(result.memberships, result.membership_count);
      made.bucket = data.bucket_prefix;
      if (!AppendTuple(made.bucket, data.keys, inputs, scratch)) {
        --result.membership_count;
        return;
      }
      made.bucket += ']';
      made.table = data.table;
      made.id.clear();
      data.outputs.AppendId(made.id, inputs, scratch);
      made.data.clear();
      data.outputs.AppendData(made.data, inputs, scratch);
    });
    if (scratch.has_failed()) {
      result.membership_count = before;
      result.failures.push_back(scratch.failure());
      continue;
    }
    result.membership_count =
        MergeEqual(result.memberships, first_of_source, before, result.membership_count,
                   [](Membership& earlier, Membership& later) { std::swap(earlier.data, later.data); });
  }
}

void RowEvaluator::EvaluateIndexes(std::span<const row::Value> values, RowResult& result) const {
  result.entry_count = 0;
  Scratch& scratch = result.scratch;
  for (const BoundIndex& index : indexes_) {
    const std::size_t before = result.entry_count;
    scratch.Reset();
    index.rows.ForEach(values, scratch, [&](const Inputs& inputs) {
      IndexEntry& made = Next(result.entries, result.entry_count);
      made.index = index.index;
      made.key = "[";
      made.outputs = "[[";
      if (!AppendTuple(made.key, index.keys, inputs, scratch) ||
          !AppendTuple(made.outputs, index.outputs, inputs, scratch)) {
        --result.entry_count;
        return;
      }
      made.key += ']';
      made.outputs += "]]";
    });
    if (scratch.has_failed()) {
      result.entry_count = before;
      result.failures.push_back(scratch.failure());
      continue;
    }
    // Combinations with one key are one entry with all their outputs: [[1]] and [[2]] become [[1],[2]].
    result.entry_count =
        MergeEqual(result.entries, before, before, result.entry_count, [](IndexEntry& earlier, IndexEntry& later) {
          earlier.outputs.back() = ',';
          earlier.outputs.append(later.outputs, 1);
        });
  }
}

void RowEvaluator::EvaluateEvents(std::span<const row::Value> values, RowResult& result) const {
  result.event_count = 0;
  Scratch& scratch = result.scratch;
  for (const BoundEvent& event : events_) {
    scratch.Reset();
    event.rows.ForEach(values, scratch, [&](const Inputs& inputs) {
      FiredEvent& made = Next(result.events, result.event_count);
      made.event = event.event;
      made.data.clear();
      event.outputs.AppendData(made.data, inputs, scratch);
    });
    if (scratch.has_failed()) result.failures.push_back(scratch.failure());
  }
}

}  // namespace skerry::rules
