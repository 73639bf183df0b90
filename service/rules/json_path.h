// Steps into a JSON value, as text: no tree is built.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/dialect.h"

namespace skerry::rules {

struct JsonStep {
  std::string key;
  std::optional<std::int64_t> index;  // Of an array, instead of a key; below 0 from its end.
};

// The text of the member `key`. Of several equal names the last counts, as in every JSON parser that builds a map.
std::optional<std::string_view> JsonMember(std::string_view json, std::string_view key);
std::optional<std::string_view> JsonAt(std::string_view json, std::int64_t index);
std::optional<std::string_view> JsonDescend(std::string_view json, const std::vector<JsonStep>& steps);

// What follows `->`, or a path of json_extract. In compatibility mode a path is split at its dots and nothing else;
// with SQLite it has array steps and quoted keys. nullopt for a text that SQLite calls no path.
std::optional<std::vector<JsonStep>> ParseJsonPath(std::string_view path, const Dialect& dialect);

}  // namespace skerry::rules
