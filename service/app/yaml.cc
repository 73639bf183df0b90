#include "app/yaml.h"

#include <algorithm>
#include <cstdlib>

#include "base/ids.h"

namespace skerry::app {
namespace {

std::string Quoted(std::string_view name) {
  std::string text(1, '\'');
  text.append(name).push_back('\'');
  return text;
}

}  // namespace

Result<YamlFile> YamlFile::Parse(std::string path, const std::string& text) {
  YamlFile file;
  file.path_ = std::move(path);
  try {
    file.root_ = YAML::Load(text);
  } catch (const YAML::Exception& fault) {
    return Error{ErrorCode::kConfig, file.At(fault.mark) + fault.msg};
  }
  if (!file.root_.IsMap()) return Error{ErrorCode::kConfig, file.path_ + ": the file has to be a map of settings"};
  return file;
}

std::string YamlFile::At(const YAML::Mark& mark) const {
  return path_ + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1) + ": ";
}

YAML::Node YamlFile::Member(const YAML::Node& map, const char* name) {
  if (!map.IsDefined() || map.IsNull()) return YAML::Node(YAML::NodeType::Undefined);
  if (map.IsMap()) return map[name];
  Fault(map, std::string("expected a map with the member '") + name + "'");
  return YAML::Node(YAML::NodeType::Undefined);
}

std::optional<std::string> YamlFile::Text(const YAML::Node& node, std::string_view name) {
  if (!node.IsDefined()) return std::nullopt;
  if (!node.IsScalar()) {
    Fault(node, Quoted(name) + " has to be a single value");
    return std::nullopt;
  }
  if (node.Tag() != "!env") return node.Scalar();
  const std::string& variable = node.Scalar();
  const char* value = variable.rfind("PS_", 0) == 0 ? std::getenv(variable.c_str()) : nullptr;
  if (value != nullptr) return std::string(value);
  Fault(node, "the environment variable '" + variable + "' is not set (only names that begin with PS_ are read)");
  return std::nullopt;
}

std::optional<std::int64_t> YamlFile::Number(const YAML::Node& node, std::string_view name, std::int64_t low,
                                             std::int64_t high) {
  const auto text = Text(node, name);
  if (!text) return std::nullopt;
  const auto value = ParseInt64(*text);
  if (value && *value >= low && *value <= high) return value;
  Fault(node, Quoted(name) + " has to be a whole number from " + std::to_string(low) + " to " + std::to_string(high) +
                  ", not '" + *text + "'");
  return std::nullopt;
}

std::vector<std::string> YamlFile::Texts(const YAML::Node& node, std::string_view name) {
  std::vector<std::string> texts;
  if (!node.IsDefined()) return texts;
  if (!node.IsSequence()) {
    Fault(node, Quoted(name) + " has to be a list");
    return texts;
  }
  for (const YAML::Node& item : node) {
    if (auto text = Text(item, name)) texts.push_back(*std::move(text));
  }
  return texts;
}

void YamlFile::Fault(const YAML::Node& node, std::string message) {
  faults_.push_back((node.IsDefined() ? At(node.Mark()) : path_ + ": ") + std::move(message));
}

void YamlFile::WarnAboutUnknown(const YAML::Node& map, std::string_view where,
                                const std::vector<std::string_view>& known, LogSink& log) const {
  if (!map.IsDefined() || !map.IsMap()) return;
  for (const auto& member : map) {
    if (!member.first.IsScalar()) continue;
    const std::string& name = member.first.Scalar();
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    log.Log(LogLevel::kWarn, At(member.first.Mark()) + "'" + std::string(where) + name + "' is not used by skerryd");
  }
}

Status YamlFile::ToStatus() const {
  if (faults_.empty()) return kDone;
  std::string message;
  for (const std::string& fault : faults_) message += (message.empty() ? "" : "\n") + fault;
  return Error{ErrorCode::kConfig, message};
}

}  // namespace skerry::app
