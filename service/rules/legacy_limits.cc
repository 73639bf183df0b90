#include "rules/legacy_limits.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string>

#include "rules/canonical.h"

namespace skerry::rules {
namespace {

// What the request puts into a querier, whatever it is compared with.
std::set<std::string> RequestInputs(const Querier& querier) {
  std::set<std::string> inputs;
  const auto add = [&](const std::vector<KeyInput>& keys) {
    for (const KeyInput& key : keys) {
      for (const Input& input : key.inputs) {
        if (input.slot < 0 && Mentions(input.value, {Op::kRequest, Op::kElementValue})) inputs.insert(Canonical(input));
      }
    }
  };
  for (const Lookup& lookup : querier.lookups) add(lookup.keys);
  for (const Expression& function : querier.functions) inputs.insert(Canonical(function));
  return inputs;
}

}  // namespace

bool Mentions(const Expression& expression, const std::vector<Op>& ops) {
  if (std::find(ops.begin(), ops.end(), expression.op) != ops.end()) return true;
  return std::any_of(expression.arguments.begin(), expression.arguments.end(),
                     [&](const Expression& argument) { return Mentions(argument, ops); });
}

bool CheckLegacyCondition(const Node& node, Resolver& resolver, const Scope& scope) {
  const bool has_subquery =
      node.kind == NodeKind::kSubquery || (node.kind == NodeKind::kIn && node.arguments[1].kind == NodeKind::kSubquery);
  if (has_subquery) return resolver.Fail("SS041", node.offset, "a subquery is not allowed in bucket_definitions");
  const bool is_negation =
      (node.kind == NodeKind::kOperator && node.op == Op::kNot) || (node.kind == NodeKind::kIn && node.is_negated);
  if (is_negation) {
    Sides sides;
    for (const Node& argument : node.arguments) {
      const auto value =
          argument.kind == NodeKind::kList ? std::optional(Expression{}) : resolver.Resolve(argument, scope);
      if (!value) return false;
      const Sides more = resolver.SidesOf(*value);
      sides.has_bucket = sides.has_bucket || more.has_bucket;
      sides.has_request = sides.has_request || more.has_request;
      sides.tables.insert(more.tables.begin(), more.tables.end());
    }
    if (sides.has_bucket || (sides.has_request && !sides.tables.empty())) {
      return resolver.Fail("SS041", node.offset, "a comparison of a row with a parameter cannot be negated");
    }
  }
  return std::all_of(node.arguments.begin(), node.arguments.end(),
                     [&](const Node& argument) { return CheckLegacyCondition(argument, resolver, scope); });
}

bool CheckLegacyAlternatives(const std::vector<Querier>& queriers, const Select& select, Resolver& resolver) {
  for (const Querier& querier : queriers) {
    if (RequestInputs(querier) != RequestInputs(queriers[0])) {
      return resolver.Fail("SS041", select.conditions[0].offset, "both sides of OR must use the same parameters");
    }
    const auto expands = [](const KeyInput& key) {
      return std::any_of(key.inputs.begin(), key.inputs.end(), [](const Input& input) {
        return input.slot < 0 && Mentions(input.value, {Op::kElementValue});
      });
    };
    std::ptrdiff_t expanding = 0;
    for (const Lookup& lookup : querier.lookups)
      expanding += std::count_if(lookup.keys.begin(), lookup.keys.end(), expands);
    if (expanding > 1) {
      return resolver.Fail("SS041", select.conditions[0].offset, "at most one IN may expand a parameter");
    }
  }
  return true;
}

}  // namespace skerry::rules
