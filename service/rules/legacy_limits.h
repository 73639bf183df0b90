// What bucket_definitions do not have and streams do (sync-streams.md, section 11.2).
#pragma once

#include <vector>

#include "rules/plan.h"
#include "rules/resolver.h"
#include "rules/syntax.h"

namespace skerry::rules {

// Whether one of `ops` stands anywhere in the expression.
bool Mentions(const Expression& expression, const std::vector<Op>& ops);

// False, with the error set, if the condition needs what is not there.
bool CheckLegacyCondition(const Node& node, Resolver& resolver, const Scope& scope);

// False, with the error set, unless the variants of an OR are keyed by the same request values.
bool CheckLegacyAlternatives(const std::vector<Querier>& queriers, const Select& select, Resolver& resolver);

}  // namespace skerry::rules
