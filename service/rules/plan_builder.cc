#include "rules/plan_builder.h"

#include "rules/canonical.h"

namespace skerry::rules {

bool PlanBuilder::StreamBuilder::Add(CompiledVariant variant) {
  const std::size_t number = variants_++;
  const std::size_t data = plan_.AddData(std::move(variant.data));
  const auto [at, is_new] = by_inputs_.try_emplace(CanonicalInputs(variant.querier), merged_.size());
  if (is_new) merged_.push_back({.querier = std::move(variant.querier), .data = {}, .variant = number});
  std::set<std::size_t>& together = merged_[at->second].data;
  if (!together.insert(data).second) return true;
  const DataSource& added = plan_.plan_.data_sources[data];
  for (const std::size_t other : together) {
    const DataSource& source = plan_.plan_.data_sources[other];
    if (other == data || !(source.rows.table == added.rows.table) || source.output_table != added.output_table)
      continue;
    // Alternatives of one query give equal rows; only other columns hide one another.
    const auto columns = [](const DataSource& one) {
      std::string text;
      for (const OutputColumn& column : one.outputs) {
        text += column.is_star ? "*" : column.name + Canonical(column.value);
      }
      return text;
    };
    if (columns(source) != columns(added)) return false;
  }
  return true;
}

void PlanBuilder::StreamBuilder::Finish(Stream stream) {
  for (Merged& entry : merged_) {
    entry.querier.bucket_source = plan_.AddBucketSource(stream.name + "|" + std::to_string(entry.variant), entry.data);
    stream.queriers.push_back(std::move(entry.querier));
  }
  plan_.AddStream(std::move(stream));
}

std::size_t PlanBuilder::AddData(DataSource data) {
  const auto [at, is_new] = data_by_text_.try_emplace(Canonical(data), plan_.data_sources.size());
  if (is_new) plan_.data_sources.push_back(std::move(data));
  return at->second;
}

std::size_t PlanBuilder::AddBucketSource(const std::string& prefix, const std::set<std::size_t>& data) {
  const auto [at, is_new] = bucket_by_data_.try_emplace(data, plan_.bucket_sources.size());
  if (is_new) plan_.bucket_sources.push_back({.prefix = prefix, .data = {data.begin(), data.end()}});
  return at->second;
}

std::size_t PlanBuilder::AddDefinition(const std::string& name, const std::vector<std::size_t>& data) {
  const std::set<std::size_t> distinct(data.begin(), data.end());
  plan_.bucket_sources.push_back({.prefix = name, .data = {distinct.begin(), distinct.end()}});
  return plan_.bucket_sources.size() - 1;
}

std::shared_ptr<const Plan> PlanBuilder::Finish() {
  plan_.indexes = indexes_.Take();
  return std::make_shared<const Plan>(std::move(plan_));
}

}  // namespace skerry::rules
