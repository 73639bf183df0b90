// A YAML file read member by member, with every fault at its line and column.
//
// Wraps the parser underneath, which throws: nothing here does.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace skerry::app {

// Collects what is wrong with one file.
class YamlFile {
 public:
  static Result<YamlFile> Parse(std::string path, const std::string& text);

  const YAML::Node& root() const { return root_; }
  const std::string& path() const { return path_; }

  // The member, or an undefined node. Faults the file if `map` is there and not a map.
  YAML::Node Member(const YAML::Node& map, const char* name);
  // The scalar's text, `!env NAME` replaced by the variable's value (names begin with PS_). Faults what is no scalar.
  std::optional<std::string> Text(const YAML::Node& node, std::string_view name);
  // Faults what is not a whole number in the range.
  std::optional<std::int64_t> Number(const YAML::Node& node, std::string_view name, std::int64_t low,
                                     std::int64_t high);
  std::vector<std::string> Texts(const YAML::Node& node, std::string_view name);

  void Fault(const YAML::Node& node, std::string message);
  // A line for each member of `map` that is not in `known`.
  void WarnAboutUnknown(const YAML::Node& map, std::string_view where, const std::vector<std::string_view>& known,
                        LogSink& log) const;

  // kConfig with one line per fault, or done.
  Status ToStatus() const;

 private:
  std::string At(const YAML::Mark& mark) const;

  std::string path_;
  YAML::Node root_;
  std::vector<std::string> faults_;
};

}  // namespace skerry::app
