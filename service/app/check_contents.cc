#include "app/check_contents.h"

namespace skerry::app {
namespace {

constexpr std::int64_t kDeployment = 1;  // Buckets are named as those of a first deployment.

}  // namespace

std::size_t CheckContents::RowsIn(const std::string& bucket) const {
  const auto found = rows_.find(bucket);
  return found == rows_.end() ? 0 : found->second;
}

Status CheckContents::BeginTable(const row::Table& table) {
  evaluator_.emplace(plan_, kDeployment, table);
  failures_ = 0;
  for (const std::string& column : evaluator_->missing_columns()) {
    problems_.push_back("table '" + table.name + "' has no column '" + column +
                        "', which the sync config names; it reads as NULL");
  }
  return kDone;
}

Status CheckContents::Upsert(const row::Table& table, std::string_view, std::span<const row::Value> values,
                             std::span<const int>) {
  evaluator_->Evaluate(values, result_);
  for (const rules::Membership& made : result_.Memberships()) ++rows_[made.bucket];
  for (const rules::IndexEntry& made : result_.Entries()) {
    entries_.emplace(std::pair(made.index, made.key), made.outputs);
  }
  if (!result_.failures.empty() && failures_++ == 0) {
    problems_.push_back("table '" + table.name + "': a row cannot be evaluated: " + result_.failures[0]);
  }
  return kDone;
}

Status CheckContents::EndTable(const row::Table& table) {
  if (failures_ > 1) {
    problems_.push_back("table '" + table.name + "': " + std::to_string(failures_) + " rows cannot be evaluated");
  }
  return kDone;
}

Result<std::vector<std::string>> CheckContents::Lookup(std::uint32_t index, std::span<const std::string> keys,
                                                       std::size_t limit) {
  std::vector<std::string> outputs;
  for (const std::string& key : keys) {
    const auto [begin, end] = entries_.equal_range({index, key});
    for (auto at = begin; at != end; ++at) outputs.push_back(at->second);
  }
  if (outputs.size() <= limit) return outputs;
  return Error{ErrorCode::kLimit, "a lookup gives more than " + std::to_string(limit) + " rows"};
}

}  // namespace skerry::app
