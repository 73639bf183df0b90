#include "rules/condition.h"

#include <algorithm>
#include <utility>

namespace skerry::rules {
namespace {

using Kind = Condition::Kind;

constexpr int kRequestSide = -1;

// The table that a term is about, or the request; nullopt if it relates several.
std::optional<int> SideOf(const Condition& condition, const Resolver& resolver) {
  if (condition.kind != Kind::kLeaf) return std::nullopt;
  const Sides sides = resolver.SidesOf(condition.leaf);
  if (sides.is_one_table()) return *sides.tables.begin();
  return sides.is_request_only() ? std::optional(kRequestSide) : std::nullopt;
}

Condition Joined(Op op, std::vector<Condition> leaves) {
  if (leaves.size() == 1) return std::move(leaves[0]);
  Expression joined = Expression::Make(op, leaves[0].leaf.offset, {});
  for (Condition& leaf : leaves) joined.arguments.push_back(std::move(leaf.leaf));
  return Condition::Leaf(std::move(joined));
}

// Alternatives about one side become one term, so that they are one variant. Those about the request come first.
std::vector<Condition> Grouped(std::vector<Condition> parts, const Resolver& resolver) {
  std::vector<std::pair<std::optional<int>, std::vector<Condition>>> groups;
  for (Condition& part : parts) {
    const std::optional<int> side = SideOf(part, resolver);
    const auto known = std::find_if(groups.begin(), groups.end(),
                                    [&](const auto& group) { return side.has_value() && group.first == side; });
    if (known != groups.end()) {
      known->second.push_back(std::move(part));
    } else {
      groups.emplace_back(side, std::vector<Condition>{}).second.push_back(std::move(part));
    }
  }
  std::stable_partition(groups.begin(), groups.end(), [](const auto& group) { return group.first == kRequestSide; });
  std::vector<Condition> grouped;
  for (auto& group : groups) grouped.push_back(Joined(Op::kOr, std::move(group.second)));
  return grouped;
}

Condition Simplified(const Condition& condition, const Resolver& resolver) {
  if (condition.kind == Kind::kLeaf || condition.kind == Kind::kReads) return condition;
  std::vector<Condition> parts;
  for (const Condition& part : condition.parts) parts.push_back(Simplified(part, resolver));
  if (condition.kind == Kind::kOr) {
    parts = Grouped(std::move(parts), resolver);
    return parts.size() == 1 ? std::move(parts[0]) : Condition::Any(std::move(parts));
  }
  const std::optional<int> side = parts.empty() ? std::nullopt : SideOf(parts[0], resolver);
  const bool is_one_side = side.has_value() && std::all_of(parts.begin(), parts.end(), [&](const Condition& part) {
                             return SideOf(part, resolver) == side;
                           });
  return is_one_side ? Joined(Op::kAnd, std::move(parts)) : Condition::All(std::move(parts));
}

void Append(Variant& variant, const Variant& more) {
  variant.terms.insert(variant.terms.end(), more.terms.begin(), more.terms.end());
  for (const int instance : more.instances) {
    if (std::find(variant.instances.begin(), variant.instances.end(), instance) == variant.instances.end()) {
      variant.instances.push_back(instance);
    }
  }
}

std::optional<std::vector<Variant>> Expand(const Condition& condition) {
  switch (condition.kind) {
    case Kind::kLeaf:
      return std::vector<Variant>{{.terms = {condition.leaf}, .instances = {}}};
    case Kind::kReads:
      return std::vector<Variant>{{.terms = {}, .instances = {condition.instance}}};
    case Kind::kOr: {
      std::vector<Variant> all;
      for (const Condition& part : condition.parts) {
        auto variants = Expand(part);
        if (!variants || all.size() + variants->size() > kMaxVariants) return std::nullopt;
        for (Variant& variant : *variants) all.push_back(std::move(variant));
      }
      return all;
    }
    case Kind::kAnd:
      break;
  }
  std::vector<Variant> all(1);
  for (const Condition& part : condition.parts) {
    const auto variants = Expand(part);
    if (!variants || all.size() * variants->size() > kMaxVariants) return std::nullopt;
    std::vector<Variant> product;
    for (const Variant& left : all) {
      for (const Variant& right : *variants) {
        product.push_back(left);
        Append(product.back(), right);
      }
    }
    all = std::move(product);
  }
  return all;
}

}  // namespace

std::optional<std::vector<Variant>> Variants(const Condition& condition, const Resolver& resolver) {
  return Expand(Simplified(condition, resolver));
}

}  // namespace skerry::rules
