#include "rules/plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/json.h"
#include "rules/canonical.h"
#include "rules/config_file.h"
#include "rules/parser.h"
#include "rules/query_compiler.h"

namespace skerry::rules {
namespace {

// A querier of one stream with the data sources of all variants that were merged into it (section 7.4).
struct MergedQuerier {
  Querier querier;
  std::set<std::size_t> data;
  std::size_t variant = 0;  // The first one's number.
};

class PlanBuilder {
 public:
  explicit PlanBuilder(std::vector<Diagnostic>& diagnostics) : diagnostics_(diagnostics) {}

  void Add(const StreamConfig& config, std::string_view file) {
    std::map<std::string, std::size_t> by_inputs;
    std::vector<MergedQuerier> merged;
    for (std::size_t variant = 0; variant < config.queries.size(); ++variant) {
      std::optional<CompiledQuery> query = CompileOne(config.queries[variant], config.accept_dangerous, file);
      if (!query) continue;
      const std::size_t data = AddData(std::move(query->data));
      const auto [at, is_new] = by_inputs.try_emplace(CanonicalInputs(query->querier), merged.size());
      if (is_new) merged.push_back({.querier = std::move(query->querier), .variant = variant});
      if (!merged[at->second].data.insert(data).second) continue;
      WarnOfTwoProjections(merged[at->second].data, data, config.queries[variant], file);
    }
    Stream stream{.name = config.name, .auto_subscribe = config.auto_subscribe, .priority = config.priority};
    for (MergedQuerier& entry : merged) {
      entry.querier.bucket_source = AddBucketSource(config.name, entry);
      stream.queriers.push_back(std::move(entry.querier));
    }
    plan_.streams.push_back(std::move(stream));
  }

  std::shared_ptr<const Plan> Finish() {
    plan_.indexes = indexes_.Take();
    return std::make_shared<const Plan>(std::move(plan_));
  }

 private:
  void Report(Severity severity, const QueryText& query, std::string_view file, std::string id, std::size_t offset,
              std::string message) {
    diagnostics_.push_back(
        {severity, std::move(id), PositionAt(file, query.map.OffsetInFile(offset)), std::move(message)});
  }

  std::optional<CompiledQuery> CompileOne(const QueryText& text, bool accept_dangerous, std::string_view file) {
    SqlError error;
    std::vector<SqlWarning> warnings;
    std::optional<CompiledQuery> query;
    if (const std::optional<Select> select = ParseQuery(text.sql, error)) {
      query = CompileQuery(*select, accept_dangerous, indexes_, warnings, error);
    }
    for (SqlWarning& warning : warnings) {
      Report(Severity::kWarning, text, file, std::move(warning.id), warning.offset, std::move(warning.message));
    }
    if (!query) Report(Severity::kError, text, file, std::move(error.id), error.offset, std::move(error.message));
    return query;
  }

  // Equal sources of different queries are one (S7).
  std::size_t AddData(DataSource data) {
    const auto [at, is_new] = data_by_text_.try_emplace(Canonical(data), plan_.data_sources.size());
    if (is_new) plan_.data_sources.push_back(std::move(data));
    return at->second;
  }

  // Two streams that need the same data under the same keys read the same buckets (E17).
  std::size_t AddBucketSource(const std::string& stream, const MergedQuerier& entry) {
    const auto [at, is_new] = bucket_by_data_.try_emplace(entry.data, plan_.bucket_sources.size());
    if (is_new) {
      plan_.bucket_sources.push_back(
          {.prefix = stream + "|" + std::to_string(entry.variant), .data = {entry.data.begin(), entry.data.end()}});
    }
    return at->second;
  }

  void WarnOfTwoProjections(const std::set<std::size_t>& bucket, std::size_t added, const QueryText& query,
                            std::string_view file) {
    for (const std::size_t other : bucket) {
      const DataSource& a = plan_.data_sources[other];
      const DataSource& b = plan_.data_sources[added];
      if (other == added || a.table != b.table || a.output_table != b.output_table) continue;
      Report(Severity::kWarning, query, file, "SW005", 0,
             "another query of this stream gives rows of '" + b.table +
                 "' to the same bucket; where both select a row, the later query wins. Give one table an alias to keep "
                 "both");
      return;
    }
  }

  std::vector<Diagnostic>& diagnostics_;
  Plan plan_;
  IndexSet indexes_;
  std::map<std::string, std::size_t> data_by_text_;
  std::map<std::set<std::size_t>, std::size_t> bucket_by_data_;
};

}  // namespace

std::vector<std::string> Plan::Tables() const {
  std::set<std::string> tables;
  for (const DataSource& source : data_sources) tables.insert(source.table);
  for (const IndexSource& index : indexes) tables.insert(index.table);
  return {tables.begin(), tables.end()};
}

const Stream* Plan::FindStream(std::string_view name) const {
  const auto found = std::find_if(streams.begin(), streams.end(), [&](const Stream& s) { return s.name == name; });
  return found == streams.end() ? nullptr : &*found;
}

std::string Plan::Canonical() const {
  std::string out = "skerry-plan 1\n";  // The number rises when the same plan would give other rows or names.
  for (const DataSource& source : data_sources) out += rules::Canonical(source) + "\n";
  for (const IndexSource& index : indexes) out += rules::Canonical(index) + "\n";
  for (const BucketSource& source : bucket_sources) {
    out += "bucket ";
    AppendJsonString(out, source.prefix);
    for (const std::size_t data : source.data) out += " " + std::to_string(data);
    out += "\n";
  }
  return out;
}

Compiled Compile(std::string_view yaml) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (yaml.substr(0, kByteOrderMark.size()) == kByteOrderMark) yaml.remove_prefix(kByteOrderMark.size());
  Compiled compiled;
  const std::vector<StreamConfig> streams = ReadConfigFile(yaml, compiled.diagnostics);
  PlanBuilder builder(compiled.diagnostics);
  for (const StreamConfig& stream : streams) builder.Add(stream, yaml);
  std::stable_sort(compiled.diagnostics.begin(), compiled.diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
                   });
  if (!HasErrors(compiled.diagnostics)) compiled.plan = builder.Finish();
  return compiled;
}

}  // namespace skerry::rules
