// The YAML of a sync config → streams with the text of their queries. Knows the keys of the file and nothing of SQL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bucket/checkpoint.h"
#include "rules/diagnostic.h"
#include "rules/scalar_map.h"

namespace skerry::rules {

struct QueryText {
  std::string sql;
  ScalarMap map;
};

struct StreamConfig {
  std::string name;
  Position at;
  bool auto_subscribe = false;
  bool accept_dangerous = false;
  bucket::Priority priority = bucket::kDefaultPriority;
  std::vector<QueryText> queries;
};

// The streams in the order of the file. Every fault is added to `diagnostics`; with an error the result is incomplete.
std::vector<StreamConfig> ReadConfigFile(std::string_view yaml, std::vector<Diagnostic>& diagnostics);

}  // namespace skerry::rules
