#include "rules/yaml_map.h"

#include <charconv>

namespace skerry::rules {
namespace {

// Scalars keep the YAML 1.2 core schema: what is quoted is text, and yes and no are text.
bool IsPlain(const YAML::Node& node) { return node.IsScalar() && node.Tag() != "!"; }

}  // namespace

Position YamlMap::At(const YAML::Node& node) {
  const YAML::Mark mark = node.Mark();
  return mark.is_null() ? Position{} : Position{mark.line + 1, mark.column + 1};
}

std::optional<std::int64_t> YamlMap::Integer(const YAML::Node& node) const {
  if (!IsPlain(node)) return std::nullopt;
  const std::string& text = node.Scalar();
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool YamlMap::Boolean(const YAML::Node& node, const std::string& name, bool& value) {
  const std::string text = IsPlain(node) ? node.Scalar() : "";
  value = text == "true" || text == "True" || text == "TRUE";
  if (value || text == "false" || text == "False" || text == "FALSE") return true;
  Error(node, "SS001", "'" + name + "' must be true or false");
  return false;
}

void YamlMap::Priority(const YAML::Node& node, bucket::Priority& priority) {
  const std::optional<std::int64_t> value = Integer(node);
  if (!value || *value < 0 || *value > 3) return Error(node, "SS003", "'priority' must be 0, 1, 2 or 3");
  priority = static_cast<bucket::Priority>(*value);
}

std::optional<QueryText> YamlMap::Query(const YAML::Node& node) {
  if (!node.IsScalar()) {
    Error(node, "SS001", "a query must be text");
    return std::nullopt;
  }
  const YAML::Mark mark = node.Mark();
  const std::size_t offset = mark.is_null() ? 0 : static_cast<std::size_t>(mark.pos);
  return QueryText{node.Scalar(), ScalarMap(text_, offset, node.Scalar())};
}

bool YamlMap::Queries(const YAML::Node& node, const std::string& name, bool may_be_single,
                      std::vector<QueryText>& queries) {
  if (may_be_single && node.IsScalar()) {
    auto query = Query(node);
    if (query) queries.push_back(*std::move(query));
    return query.has_value();
  }
  if (!node.IsSequence() || node.size() == 0) {
    Error(node, "SS001", "'" + name + "' must be a list of queries");
    return false;
  }
  for (const YAML::Node& item : node) {
    auto query = Query(item);
    if (!query) return false;
    queries.push_back(*std::move(query));
  }
  return true;
}

}  // namespace skerry::rules
