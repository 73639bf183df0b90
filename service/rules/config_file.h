// The YAML of a sync config → its sections with the text of their queries. Knows the keys of the file and nothing of
// SQL.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bucket/checkpoint.h"
#include "rules/diagnostic.h"
#include "rules/options.h"
#include "rules/scalar_map.h"

namespace skerry::rules {

struct QueryText {
  std::string sql;
  ScalarMap map;
};

struct CommonTableText {
  std::string name;
  Position at;
  QueryText query;
};

struct StreamConfig {
  std::string name;
  Position at;
  bool auto_subscribe = false;
  bool accept_dangerous = false;
  bucket::Priority priority = bucket::kDefaultPriority;
  std::vector<CommonTableText> common_tables;
  std::vector<QueryText> queries;
};

struct DefinitionConfig {
  std::string name;
  Position at;
  bool accept_dangerous = false;
  bucket::Priority priority = bucket::kDefaultPriority;
  std::vector<QueryText> parameters;
  std::vector<QueryText> data;
};

struct EventConfig {
  std::string name;
  std::vector<QueryText> payloads;
};

// In the order of the file.
struct ConfigFile {
  Options options;
  std::vector<CommonTableText> common_tables;
  std::vector<StreamConfig> streams;
  std::vector<DefinitionConfig> definitions;
  std::vector<EventConfig> events;
};

// Every fault is added to `diagnostics`; with an error the result is incomplete.
ConfigFile ReadConfigFile(std::string_view yaml, std::vector<Diagnostic>& diagnostics);

}  // namespace skerry::rules
