// Pieces of a plan as text: two pieces mean the same if and only if their texts are equal. Aliases, order of conditions
// and positions in the file are not part of it.
#pragma once

#include <string>

#include "rules/plan.h"

namespace skerry::rules {

std::string Canonical(const Expression& expression);
std::string Canonical(const DataSource& source);
std::string Canonical(const IndexSource& source);
std::string Canonical(const Input& input);
// What instantiates the buckets, without the bucket source: variants that agree here share one querier.
std::string CanonicalInputs(const Querier& querier);

}  // namespace skerry::rules
