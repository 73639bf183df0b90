// What is to be told of one query. Offsets point into its text until they become Diagnostics.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "rules/lexer.h"

namespace skerry::rules {

struct SqlWarning {
  std::string id;
  std::size_t offset = 0;
  std::string message;
};

struct SqlOutcome {
  std::optional<SqlError> error;
  std::vector<SqlWarning> warnings;
};

}  // namespace skerry::rules
