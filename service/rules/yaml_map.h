// Members of a YAML document with their places. What is wrong becomes a diagnostic, and the caller goes on.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/config_file.h"
#include "rules/diagnostic.h"

namespace skerry::rules {

class YamlMap {
 public:
  YamlMap(std::string_view text, std::vector<Diagnostic>& diagnostics) : text_(text), diagnostics_(diagnostics) {}

  static Position At(const YAML::Node& node);
  void Add(Severity severity, Position at, std::string id, std::string message) {
    diagnostics_.push_back({severity, std::move(id), at, std::move(message)});
  }
  void Error(const YAML::Node& node, std::string id, std::string message) {
    Add(Severity::kError, At(node), std::move(id), std::move(message));
  }
  std::size_t diagnostics() const { return diagnostics_.size(); }

  // Calls `member(name, key, value)` for every member of `map`; says what `what` is if it is no map.
  template <typename Member>
  void ForEach(const YAML::Node& map, std::string_view what, Member member) {
    if (!map.IsMap()) return Error(map, "SS001", std::string(what) + " must be a map");
    std::set<std::string> seen;
    for (const auto& entry : map) {
      const YAML::Node& key = entry.first;
      const YAML::Node& value = entry.second;
      if (!key.IsScalar()) {
        Error(key, "SS001", "a key in " + std::string(what) + " must be plain text");
      } else if (!seen.insert(key.Scalar()).second) {
        Error(key, "SS001", "'" + key.Scalar() + "' stands twice in " + std::string(what));
      } else {
        member(key.Scalar(), key, value);
      }
    }
  }

  std::optional<std::int64_t> Integer(const YAML::Node& node) const;
  bool Boolean(const YAML::Node& node, const std::string& name, bool& value);
  void Priority(const YAML::Node& node, bucket::Priority& priority);
  // One query; nullopt with a diagnostic.
  std::optional<QueryText> Query(const YAML::Node& node);
  // A list of at least one, or also a single one.
  bool Queries(const YAML::Node& node, const std::string& name, bool may_be_single, std::vector<QueryText>& queries);

 private:
  std::string_view text_;
  std::vector<Diagnostic>& diagnostics_;
};

}  // namespace skerry::rules
