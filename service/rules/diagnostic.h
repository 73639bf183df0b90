// What is wrong or doubtful in a sync config, and where. Ids are those of sync-streams.md, section 6.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace skerry::rules {

// Where in the YAML file, both from 1. A column counts bytes.
struct Position {
  int line = 1;
  int column = 1;
};

enum class Severity : unsigned char { kError, kWarning };

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string id;  // "SS010", "SW001"
  Position at;
  std::string message;
};

// "sync.yaml:3:14: error SS010: ..."
std::string Format(const Diagnostic& diagnostic, std::string_view file);

bool HasErrors(const std::vector<Diagnostic>& diagnostics);

}  // namespace skerry::rules
