#include "world.h"

#include <algorithm>
#include <set>

#include "base/json.h"

namespace skerry::test {
namespace {

std::string WithoutDeployment(const std::string& bucket) { return bucket.substr(bucket.find('#') + 1); }

// x'01ff'
bool IsBlob(const std::string& text) {
  return text.size() >= 3 && text[0] == 'x' && text[1] == '\'' && text.back() == '\'';
}
std::string BlobBytes(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 2; i + 2 < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

rules::Literal ReadCell(JsonReader& json) {
  switch (json.Peek()) {
    case JsonKind::kString: {
      std::string_view view;
      json.ReadString(view);
      std::string text(view);
      return IsBlob(text) ? Blob(BlobBytes(text)) : Text(std::move(text));
    }
    case JsonKind::kNumber: {
      std::string_view number;
      json.ReadNumber(number);
      const std::string text(number);
      return text.find_first_of(".e") == std::string::npos ? Int(std::stoll(text)) : Real(std::stod(text));
    }
    default:
      json.Skip();
      return Null();
  }
}

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
  if (const std::size_t dot = table.find('.'); dot != std::string::npos) {
    shape.schema = table.substr(0, dot);
    shape.name = table.substr(dot + 1);
  }
  std::vector<row::Value> values;
  for (const Cell& cell : cells) {
    shape.columns.push_back(cell.column);
    values.push_back(cell.value.view());
  }
  rules::RowEvaluator evaluator(compiled_.plan, 7, shape);
  rules::RowResult result;
  evaluator.Evaluate(values, result);
  failures_ = result.failures;
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

std::vector<std::string> World::Row(const std::string& table, const std::string& json) {
  JsonReader reader(json);
  std::vector<Cell> cells;
  std::string_view name;
  if (reader.BeginObject()) {
    while (reader.NextKey(name)) {
      std::string column(name);
      cells.push_back({std::move(column), ReadCell(reader)});
    }
  }
  std::vector<std::string> lines = Row(table, cells);
  std::sort(lines.begin(), lines.end());
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

std::vector<std::string> World::StreamErrors() const {
  std::vector<std::string> errors;
  for (const bucket::StreamInfo& stream : evaluation_.streams) {
    for (const bucket::StreamError& error : stream.errors) errors.push_back(stream.name + ": " + error.message);
  }
  return errors;
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

std::vector<std::string> Names(std::vector<std::string> lines) {
  std::set<std::string> names;
  for (std::string& line : lines) {
    const std::size_t data = line.find(" {");
    names.insert(line.find(" -> ") == std::string::npos ? line.substr(0, data) : line);
  }
  return {names.begin(), names.end()};
}

}  // namespace skerry::test
