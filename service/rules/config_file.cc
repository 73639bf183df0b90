#include "rules/config_file.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <optional>
#include <set>
#include <utility>

namespace skerry::rules {
namespace {

// Walks the document. Only Run() may meet an exception of yaml-cpp, and lets none out.
class ConfigReader {
 public:
  ConfigReader(std::string_view text, std::vector<Diagnostic>& diagnostics) : text_(text), diagnostics_(diagnostics) {}

  std::vector<StreamConfig> Run() {
    try {
      const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text_));
      if (documents.size() > 1) {
        Error(documents[1], "SS001", "the file holds more than one YAML document");
      } else {
        Document(documents.empty() ? YAML::Node() : documents[0]);
      }
    } catch (const YAML::Exception& exception) {
      Add(Severity::kError, {exception.mark.line + 1, exception.mark.column + 1}, "SS001",
          "this is not valid YAML: " + exception.msg);
    }
    return std::move(streams_);
  }

 private:
  void Add(Severity severity, Position at, std::string id, std::string message) {
    diagnostics_.push_back({severity, std::move(id), at, std::move(message)});
  }
  Position At(const YAML::Node& node) const {
    const YAML::Mark mark = node.Mark();
    return mark.is_null() ? Position{} : Position{mark.line + 1, mark.column + 1};
  }
  void Error(const YAML::Node& node, std::string id, std::string message) {
    Add(Severity::kError, At(node), std::move(id), std::move(message));
  }

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

  void Document(const YAML::Node& root) {
    if (!root.IsDefined() || root.IsNull()) return Error(root, "SS001", "the sync config is empty");
    std::optional<YAML::Node> config;
    std::optional<YAML::Node> streams;
    bool has_legacy = false;
    ForEach(root, "the sync config", [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
      if (name == "config") {
        config.emplace(value);
      } else if (name == "streams") {
        streams.emplace(value);
      } else if (name == "bucket_definitions") {
        has_legacy = true;
        Error(key, "SS100", "bucket_definitions are not supported yet; write streams with config.edition 3");
      } else if (name == "with" || name == "event_definitions") {
        Error(key, "SS100", "'" + name + "' is not supported yet");
      } else {
        Error(key, "SS001", "unknown key '" + name + "'; allowed here: config, streams");
      }
    });
    if (!root.IsMap() || has_legacy) return;
    Edition(root, config);
    if (!streams) return Error(root, "SS001", "the sync config has no 'streams'");
    if (streams->IsNull()) return Error(*streams, "SS001", "'streams' is empty");
    ForEach(*streams, "'streams'", [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
      if (name.empty()) return Error(key, "SS001", "a stream needs a name");
      StreamConfig stream{.name = name, .at = At(key)};
      if (ReadStream(stream, key, value)) streams_.push_back(std::move(stream));
    });
  }

  void Edition(const YAML::Node& root, const std::optional<YAML::Node>& config) {
    bool has_edition = false;
    if (config) {
      ForEach(*config, "'config'", [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
        if (name == "edition") {
          has_edition = true;
          const std::optional<std::int64_t> edition = Integer(value);
          if (!edition || *edition < 1 || *edition > 3) {
            Error(value, "SS003", "config.edition must be 3");
          } else if (*edition != 3) {
            Error(value, "SS100", "config.edition " + value.Scalar() + " is not supported yet; write 3");
          }
        } else if (name == "storage_version" || name == "timestamps_iso8601" || name == "versioned_bucket_ids" ||
                   name == "fixed_json_extract" || name == "custom_postgres_types" ||
                   name == "unstable_sqlite_expression_engine" || name == "timestamp_max_precision") {
          Error(key, "SS100", "config." + name + " is not supported yet");
        } else {
          Error(key, "SS001", "unknown key '" + name + "' in 'config'; allowed here: edition");
        }
      });
      if (!config->IsMap()) return;
    }
    if (!has_edition) {
      Error(config ? *config : root, "SS004",
            "streams need an edition; begin the file with 'config:' and '  edition: 3'");
    }
  }

  // Scalars keep the YAML 1.2 core schema: what is quoted is text, and yes and no are text.
  static bool IsPlain(const YAML::Node& node) { return node.IsScalar() && node.Tag() != "!"; }

  static std::optional<std::int64_t> Integer(const YAML::Node& node) {
    if (!IsPlain(node)) return std::nullopt;
    const std::string& text = node.Scalar();
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
  }

  bool Boolean(const YAML::Node& node, const std::string& name, bool& value) {
    const std::string text = IsPlain(node) ? node.Scalar() : "";
    value = text == "true" || text == "True" || text == "TRUE";
    if (value || text == "false" || text == "False" || text == "FALSE") return true;
    Error(node, "SS001", "'" + name + "' must be true or false");
    return false;
  }

  bool Query(const YAML::Node& node, std::vector<QueryText>& queries) {
    if (!node.IsScalar()) {
      Error(node, "SS001", "a query must be text");
      return false;
    }
    const YAML::Mark mark = node.Mark();
    const std::size_t offset = mark.is_null() ? 0 : static_cast<std::size_t>(mark.pos);
    queries.push_back({node.Scalar(), ScalarMap(text_, offset, node.Scalar())});
    return true;
  }

  bool ReadStream(StreamConfig& stream, const YAML::Node& stream_key, const YAML::Node& map) {
    const std::size_t errors = diagnostics_.size();
    int query_keys = 0;
    ForEach(
        map, "stream '" + stream.name + "'",
        [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
          if (name == "auto_subscribe") {
            Boolean(value, name, stream.auto_subscribe);
          } else if (name == "accept_potentially_dangerous_queries") {
            Boolean(value, name, stream.accept_dangerous);
          } else if (name == "priority") {
            const std::optional<std::int64_t> priority = Integer(value);
            if (!priority || *priority < 0 || *priority > 3)
              return Error(value, "SS003", "'priority' must be 0, 1, 2 or 3");
            stream.priority = static_cast<bucket::Priority>(*priority);
          } else if (name == "query") {
            ++query_keys;
            if (value.IsNull()) return Error(key, "SS001", "\'query\' is empty");
            Query(value, stream.queries);
          } else if (name == "queries") {
            ++query_keys;
            if (!value.IsSequence() || value.size() == 0)
              return Error(value, "SS001", "'queries' must be a list of queries");
            for (const YAML::Node& query : value) {
              if (!Query(query, stream.queries)) return;
            }
          } else if (name == "with") {
            Error(key, "SS100", "'with' is not supported yet");
          } else {
            Error(
                key, "SS001",
                "unknown key '" + name + "' in stream '" + stream.name +
                    "'; allowed here: query, queries, auto_subscribe, priority, accept_potentially_dangerous_queries");
          }
        });
    if (diagnostics_.size() == errors && query_keys != 1) {
      Error(stream_key, "SS002", "stream '" + stream.name + "' needs exactly one of 'query' and 'queries'");
    }
    return diagnostics_.size() == errors;
  }

  std::string_view text_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<StreamConfig> streams_;
};

}  // namespace

std::vector<StreamConfig> ReadConfigFile(std::string_view yaml, std::vector<Diagnostic>& diagnostics) {
  return ConfigReader(yaml, diagnostics).Run();
}

}  // namespace skerry::rules
