#include "rules/json_path.h"

#include <charconv>

#include "base/json.h"

namespace skerry::rules {
namespace {

// `.key`, `."key"`, `[3]`, `[#-1]` after the `$`.
std::optional<std::vector<JsonStep>> ParseSqlitePath(std::string_view path) {
  std::vector<JsonStep> steps;
  std::size_t at = 1;
  while (at < path.size()) {
    JsonStep& step = steps.emplace_back();
    if (path[at] == '.') {
      const bool is_quoted = at + 1 < path.size() && path[at + 1] == '"';
      const std::size_t begin = at + (is_quoted ? 2 : 1);
      const std::size_t end =
          std::min(is_quoted ? path.find('"', begin) : path.find_first_of(".[", begin), path.size());
      if (end == begin && !is_quoted) return std::nullopt;
      step.key = path.substr(begin, end - begin);
      at = end + (is_quoted ? 1 : 0);
      continue;
    }
    const std::size_t end = path[at] == '[' ? path.find(']', at) : std::string_view::npos;
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view index = path.substr(at + 1, end - at - 1);
    const bool from_end = !index.empty() && index[0] == '#';
    if (from_end) index.remove_prefix(1);
    std::int64_t value = 0;
    const auto read = std::from_chars(index.data(), index.data() + index.size(), value);
    const bool is_number = read.ec == std::errc{} && read.ptr == index.data() + index.size();
    if (from_end ? !(index.empty() || (is_number && value < 0)) : !(is_number && value >= 0)) return std::nullopt;
    if (from_end && index.empty()) {
      step.index = INT64_MAX;  // `[#]` is the place after the last element.
    } else {
      step.index = value;
    }
    at = end + 1;
  }
  return steps;
}

}  // namespace

std::optional<std::string_view> JsonMember(std::string_view json, std::string_view key) {
  JsonReader reader(json);
  std::optional<std::string_view> found;
  if (reader.Peek() != JsonKind::kObject || !reader.BeginObject()) return found;
  std::string_view name;
  while (reader.NextKey(name)) {
    const bool is_match = name == key;
    std::string_view value;
    if (!reader.ReadRaw(value)) return std::nullopt;
    if (is_match) found = value;
  }
  return found;
}

std::optional<std::string_view> JsonAt(std::string_view json, std::int64_t index) {
  JsonReader reader(json);
  if (reader.Peek() != JsonKind::kArray || !reader.BeginArray()) return std::nullopt;
  std::vector<std::string_view> elements;
  while (reader.NextElement()) {
    std::string_view value;
    if (!reader.ReadRaw(value)) return std::nullopt;
    if (index == static_cast<std::int64_t>(elements.size())) return value;
    elements.push_back(value);
  }
  const std::int64_t at = index < 0 ? index + static_cast<std::int64_t>(elements.size()) : -1;
  if (at < 0) return std::nullopt;
  return elements[static_cast<std::size_t>(at)];
}

std::optional<std::string_view> JsonDescend(std::string_view json, const std::vector<JsonStep>& steps) {
  std::optional<std::string_view> at = json;
  for (const JsonStep& step : steps) {
    at = step.index ? JsonAt(*at, *step.index) : JsonMember(*at, step.key);
    if (!at) return std::nullopt;
  }
  return at;
}

std::optional<std::vector<JsonStep>> ParseJsonPath(std::string_view path, const Dialect& dialect) {
  const bool is_path = !path.empty() && path[0] == '$';
  if (dialect.sqlite && is_path) return ParseSqlitePath(path);
  if (!is_path && !dialect.splits_every_path) return std::vector<JsonStep>{{.key = std::string(path), .index = {}}};
  std::vector<JsonStep> steps;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const bool is_root = begin == 0 && is_path;
    if (!is_root) steps.push_back({.key = std::string(path.substr(begin, end - begin)), .index = {}});
    begin = end + 1;
  }
  return steps;
}

}  // namespace skerry::rules
