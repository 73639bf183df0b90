// The values of a request: the token, the connection's and a subscription's parameters, each one JSON object.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "row/value.h"
#include "rules/expression.h"

namespace skerry::rules {

// kInvalidArgument, naming `what`, if `json` is no object.
Status CheckObject(std::string_view json, std::string_view what);

// The value at `path` in `json`: text as TEXT, integers as INTEGER, other numbers as REAL, true and false as 1 and 0,
// objects and arrays as JSON text, what is missing as NULL (sync-streams.md, section 3). An empty `json` has no values.
Literal ValueAtPath(std::string_view json, const std::vector<std::string>& path);

}  // namespace skerry::rules
