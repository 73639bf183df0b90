#include "rules/config_file.h"

#include <yaml-cpp/yaml.h>

#include <utility>

#include "rules/options_section.h"
#include "rules/yaml_map.h"

namespace skerry::rules {
namespace {

// Walks the document. Only Run() may meet an exception of yaml-cpp, and lets none out.
class ConfigReader {
 public:
  ConfigReader(std::string_view text, std::vector<Diagnostic>& diagnostics) : text_(text), map_(text, diagnostics) {}

  ConfigFile Run() {
    try {
      const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text_));
      if (documents.size() > 1) {
        map_.Error(documents[1], "SS001", "the file holds more than one YAML document");
      } else {
        Document(documents.empty() ? YAML::Node() : documents[0]);
      }
    } catch (const YAML::Exception& exception) {
      map_.Add(Severity::kError, {exception.mark.line + 1, exception.mark.column + 1}, "SS001",
               "this is not valid YAML: " + exception.msg);
    }
    return std::move(file_);
  }

 private:
  using Node = YAML::Node;

  void Document(const Node& root) {
    if (!root.IsDefined() || root.IsNull()) return map_.Error(root, "SS001", "the sync config is empty");
    std::optional<Node> config, streams, common_tables, definitions, events;
    map_.ForEach(root, "the sync config", [&](const std::string& name, const Node& key, const Node& value) {
      if (name == "config") return config.emplace(value), void();
      if (name == "streams") return streams.emplace(value), void();
      if (name == "with") return common_tables.emplace(value), void();
      if (name == "bucket_definitions") return definitions.emplace(value), void();
      if (name == "event_definitions") return events.emplace(value), void();
      map_.Error(
          key, "SS001",
          "unknown key '" + name + "'; allowed here: config, streams, with, bucket_definitions, event_definitions");
    });
    if (!root.IsMap()) return;
    if (!ReadOptions(config, map_, file_.options)) return;
    const int edition = file_.options.edition;
    if (!streams && !definitions) return map_.Error(root, "SS001", "the sync config has no 'streams'");
    if (edition == 3 && !streams) return map_.Error(root, "SS001", "the sync config has no 'streams'");
    if (edition == 3 && definitions) {
      return map_.Error(*definitions, "SS004",
                        "'bucket_definitions' cannot stand in a file of edition 3; write streams");
    }
    if (streams && edition == 1) {
      return map_.Error(config ? *config : root, "SS004",
                        "streams need an edition; begin the file with 'config:' and '  edition: 3'");
    }
    if (common_tables && edition < 3) {
      return map_.Error(*common_tables, "SS004", "'with' needs config.edition 3");
    }
    if (streams && edition == 2) {
      map_.Add(Severity::kWarning, YamlMap::At(*streams), "SW002",
               "streams of edition 2 were a first version; write config.edition 3");
    }
    if (common_tables) ReadCommonTables(*common_tables, file_.common_tables);
    if (streams) Streams(*streams);
    if (definitions) Definitions(*definitions);
    if (events) Events(*events);
  }

  void ReadCommonTables(const Node& node, std::vector<CommonTableText>& tables) {
    map_.ForEach(node, "'with'", [&](const std::string& name, const Node& key, const Node& value) {
      if (auto query = map_.Query(value)) tables.push_back({name, YamlMap::At(key), *std::move(query)});
    });
  }

  bool IsFree(const std::string& name, const Node& key) {
    if (name.empty()) return map_.Error(key, "SS001", "a stream needs a name"), false;
    for (const StreamConfig& stream : file_.streams) {
      if (stream.name == name) return map_.Error(key, "SS001", "there is a stream '" + name + "' already"), false;
    }
    return true;
  }

  void Streams(const Node& node) {
    if (node.IsNull()) return map_.Error(node, "SS001", "'streams' is empty");
    map_.ForEach(node, "'streams'", [&](const std::string& name, const Node& key, const Node& value) {
      StreamConfig stream{.name = name, .at = YamlMap::At(key)};
      if (IsFree(name, key) && ReadStream(stream, key, value)) file_.streams.push_back(std::move(stream));
    });
  }

  bool ReadStream(StreamConfig& stream, const Node& stream_key, const Node& node) {
    const std::size_t before = map_.diagnostics();
    int query_keys = 0;
    map_.ForEach(node, "stream '" + stream.name + "'",
                 [&](const std::string& name, const Node& key, const Node& value) {
                   const bool is_new = name == "queries" || name == "with";
                   if (is_new && file_.options.edition < 3) {
                     map_.Error(key, "SS004", "'" + name + "' needs config.edition 3");
                   } else if (name == "auto_subscribe") {
                     map_.Boolean(value, name, stream.auto_subscribe);
                   } else if (name == "accept_potentially_dangerous_queries") {
                     map_.Boolean(value, name, stream.accept_dangerous);
                   } else if (name == "priority") {
                     map_.Priority(value, stream.priority);
                   } else if (name == "query") {
                     ++query_keys;
                     if (value.IsNull()) return map_.Error(key, "SS001", "'query' is empty");
                     if (auto query = map_.Query(value)) stream.queries.push_back(*std::move(query));
                   } else if (name == "queries") {
                     ++query_keys;
                     map_.Queries(value, name, /*may_be_single=*/false, stream.queries);
                   } else if (name == "with") {
                     ReadCommonTables(value, stream.common_tables);
                   } else {
                     map_.Error(key, "SS001",
                                "unknown key '" + name + "' in stream '" + stream.name +
                                    "'; allowed here: query, queries, with, auto_subscribe, priority, "
                                    "accept_potentially_dangerous_queries");
                   }
                 });
    if (map_.diagnostics() == before && query_keys != 1) {
      map_.Error(stream_key, "SS002", "stream '" + stream.name + "' needs exactly one of 'query' and 'queries'");
    }
    return map_.diagnostics() == before;
  }

  void Definitions(const Node& node) {
    if (node.IsNull()) return map_.Error(node, "SS001", "'bucket_definitions' is empty");
    map_.ForEach(node, "'bucket_definitions'", [&](const std::string& name, const Node& key, const Node& value) {
      DefinitionConfig definition{.name = name, .at = YamlMap::At(key)};
      if (IsFree(name, key) && ReadDefinition(definition, key, value)) {
        file_.definitions.push_back(std::move(definition));
      }
    });
  }

  bool ReadDefinition(DefinitionConfig& definition, const Node& definition_key, const Node& node) {
    const std::size_t before = map_.diagnostics();
    map_.ForEach(node, "'" + definition.name + "'", [&](const std::string& name, const Node& key, const Node& value) {
      if (name == "accept_potentially_dangerous_queries") {
        map_.Boolean(value, name, definition.accept_dangerous);
      } else if (name == "priority") {
        map_.Priority(value, definition.priority);
      } else if (name == "parameters") {
        map_.Queries(value, name, /*may_be_single=*/true, definition.parameters);
      } else if (name == "data") {
        map_.Queries(value, name, /*may_be_single=*/false, definition.data);
      } else {
        map_.Error(key, "SS001",
                   "unknown key '" + name + "' in '" + definition.name +
                       "'; allowed here: parameters, data, priority, accept_potentially_dangerous_queries");
      }
    });
    if (map_.diagnostics() == before && definition.data.empty()) {
      map_.Error(definition_key, "SS001", "'" + definition.name + "' needs 'data'");
    }
    return map_.diagnostics() == before;
  }

  void Events(const Node& node) {
    map_.ForEach(node, "'event_definitions'", [&](const std::string& name, const Node&, const Node& value) {
      EventConfig event{.name = name};
      map_.ForEach(value, "event '" + name + "'", [&](const std::string& member, const Node& key, const Node& queries) {
        if (member != "payloads") {
          return map_.Error(key, "SS001",
                            "unknown key '" + member + "' in event '" + name + "'; allowed here: payloads");
        }
        map_.Queries(queries, member, /*may_be_single=*/false, event.payloads);
      });
      file_.events.push_back(std::move(event));
    });
  }

  std::string_view text_;
  YamlMap map_;
  ConfigFile file_;
};

}  // namespace

ConfigFile ReadConfigFile(std::string_view yaml, std::vector<Diagnostic>& diagnostics) {
  return ConfigReader(yaml, diagnostics).Run();
}

}  // namespace skerry::rules
