// A plan in words, for a person who wants to know what a config does: `skerryd check` prints it.
#pragma once

#include <string>

#include "rules/plan.h"

namespace skerry::rules {

// The expression as SQL, with request data under its names in streams.
std::string ToSql(const Expression& expression);

// Streams with their buckets, who gets which of them, lookups, tables.
std::string Explain(const Plan& plan);

}  // namespace skerry::rules
