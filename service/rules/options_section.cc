#include "rules/options_section.h"

#include <string>

namespace skerry::rules {
namespace {

bool ReadEdition(const YAML::Node& section, YamlMap& map, Options& options) {
  if (!section.IsMap()) return true;
  const YAML::Node node = section["edition"];
  if (!node.IsDefined()) return true;
  const std::optional<std::int64_t> edition = map.Integer(node);
  if (edition && *edition >= 1 && *edition <= 3) {
    options.edition = static_cast<int>(*edition);
    return true;
  }
  map.Error(node, "SS003", "config.edition must be 1, 2 or 3");
  return false;
}

void ReadStorageVersion(const YAML::Node& node, YamlMap& map, Options& options) {
  const std::optional<std::int64_t> version = map.Integer(node);
  if (!version || *version < 2 || *version > 3)
    return map.Error(node, "SS003", "config.storage_version must be 2 or 3");
  options.storage_version = static_cast<int>(*version);
  if (*version == 3) {
    map.Add(Severity::kWarning, YamlMap::At(node), "SW003", "config.storage_version 3 is treated as 2");
  }
}

void ReadPrecision(const YAML::Node& node, YamlMap& map, Options& options) {
  const std::string text = node.IsScalar() ? node.Scalar() : "";
  if (text == "seconds") {
    options.timestamp_max_precision = Precision::kSeconds;
  } else if (text == "milliseconds") {
    options.timestamp_max_precision = Precision::kMilliseconds;
  } else if (text == "microseconds") {
    options.timestamp_max_precision = Precision::kMicroseconds;
  } else if (text == "nanoseconds") {
    options.timestamp_max_precision = Precision::kNanoseconds;
  } else {
    map.Error(node, "SS001",
              "config.timestamp_max_precision must be seconds, milliseconds, microseconds or nanoseconds");
  }
}

}  // namespace

bool ReadOptions(const std::optional<YAML::Node>& section, YamlMap& map, Options& options) {
  if (section && !ReadEdition(*section, map, options)) return false;
  const bool is_new = options.edition >= 2;
  bool has_fixed_paths = is_new;
  options.timestamps_iso8601 = is_new;
  options.versioned_bucket_ids = is_new;
  options.custom_postgres_types = is_new;
  if (!section) {
    options.dialect.splits_every_path = true;
    return true;
  }
  std::optional<YAML::Node> engine;
  map.ForEach(*section, "'config'", [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
    if (name == "edition") return;
    if (name == "storage_version") return ReadStorageVersion(value, map, options);
    if (name == "timestamp_max_precision") return ReadPrecision(value, map, options);
    if (name == "timestamps_iso8601") return (void)map.Boolean(value, name, options.timestamps_iso8601);
    if (name == "versioned_bucket_ids") return (void)map.Boolean(value, name, options.versioned_bucket_ids);
    if (name == "custom_postgres_types") return (void)map.Boolean(value, name, options.custom_postgres_types);
    if (name == "fixed_json_extract") return (void)map.Boolean(value, name, has_fixed_paths);
    if (name == "unstable_sqlite_expression_engine") {
      engine.emplace(value);
      return (void)map.Boolean(value, name, options.dialect.sqlite);
    }
    map.Error(key, "SS001",
              "unknown key '" + name +
                  "' in 'config'; allowed here: edition, storage_version, timestamps_iso8601, versioned_bucket_ids, "
                  "fixed_json_extract, custom_postgres_types, timestamp_max_precision, "
                  "unstable_sqlite_expression_engine");
  });
  if (options.dialect.sqlite && (options.edition < 3 || !has_fixed_paths)) {
    map.Error(*engine, "SS004", "unstable_sqlite_expression_engine needs edition 3 and fixed_json_extract");
  }
  if (options.timestamp_max_precision && !options.timestamps_iso8601) {
    map.Error(*section, "SS004", "timestamp_max_precision needs timestamps_iso8601");
  }
  options.dialect.splits_every_path = !has_fixed_paths;
  return section->IsMap();
}

}  // namespace skerry::rules
