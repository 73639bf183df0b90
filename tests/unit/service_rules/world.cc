#include "world.h"

namespace skerry::test {
namespace {

std::string WithoutDeployment(const std::string& bucket) { return bucket.substr(bucket.find('#') + 1); }

}  // namespace

World::World(const std::string& streams) : compiled_(rules::Compile("config:\n  edition: 3\nstreams:\n" + streams)) {}

std::string World::Problems() const {
  std::string text;
  for (const rules::Diagnostic& diagnostic : compiled_.diagnostics)
    text += rules::Format(diagnostic, "sync.yaml") + "\n";
  return text;
}

std::vector<std::string> World::Row(const std::string& table, const std::vector<Cell>& cells) {
  row::Table shape{.name = table};
  std::vector<row::Value> values;
  for (const Cell& cell : cells) {
    shape.columns.push_back(cell.column);
    values.push_back(cell.value.view());
  }
  rules::RowEvaluator evaluator(compiled_.plan, 7, shape);
  rules::RowResult result;
  evaluator.Evaluate(values, result);
  std::vector<std::string> lines;
  for (const rules::Membership& made : result.Memberships()) {
    lines.push_back(WithoutDeployment(made.bucket) + " " + made.table + "/" + made.id + " " + made.data);
  }
  for (const rules::IndexEntry& made : result.Entries()) {
    index_.emplace(std::pair(made.index, made.key), made.outputs);
    lines.push_back("L" + std::to_string(made.index) + " " + made.key + " -> " + made.outputs);
  }
  return lines;
}

std::vector<std::string> World::Request(const std::string& token, const std::vector<Sub>& subs, bool include_defaults,
                                        const std::string& connection) {
  rules::Request request{.token_json = token, .connection_json = connection, .include_defaults = include_defaults};
  for (const Sub& sub : subs) request.subscriptions.push_back({sub.stream, sub.parameters, sub.priority});
  evaluation_ = {};
  error_.clear();
  auto evaluator = rules::RequestEvaluator::Create(compiled_.plan, 7, std::move(request), limits);
  if (!evaluator.ok()) {
    error_ = evaluator.error().message;
    return {};
  }
  is_dynamic_ = evaluator->is_dynamic();
  auto evaluation = evaluator->Evaluate(*this);
  if (!evaluation.ok()) {
    error_ = evaluation.error().message;
    return {};
  }
  evaluation_ = *std::move(evaluation);
  std::vector<std::string> names;
  for (const rules::VisibleBucket& visible : evaluation_.buckets) {
    std::string name = WithoutDeployment(visible.name);
    if (visible.priority != bucket::kDefaultPriority) name += " prio " + std::to_string(visible.priority);
    names.push_back(std::move(name));
  }
  return names;
}

Result<std::vector<std::string>> World::Lookup(std::uint32_t index, std::span<const std::string> keys,
                                               std::size_t limit) {
  std::vector<std::string> outputs;
  for (const std::string& key : keys) {
    const auto [begin, end] = index_.equal_range({index, key});
    for (auto at = begin; at != end; ++at) outputs.push_back(at->second);
  }
  if (outputs.size() > limit) return Error{.code = ErrorCode::kLimit, .message = "too many rows"};
  return outputs;
}

}  // namespace skerry::test
