// The condition of a query as a disjunction of conjunctions (sync-streams.md, section 4.2). Each conjunction is a
// variant: it says on its own which rows it lets through and for whom.
#pragma once

#include <optional>
#include <vector>

#include "rules/expression.h"
#include "rules/resolver.h"

namespace skerry::rules {

// A tree without NOT: that stands inside the leaves.
struct Condition {
  enum class Kind : std::uint8_t {
    kLeaf,
    kReads,  // Always true; says that a table or table function is part of the variant.
    kAnd,
    kOr,
  };
  Kind kind = Kind::kLeaf;
  Expression leaf;
  int instance = -1;
  std::vector<Condition> parts;

  static Condition Leaf(Expression expression) { return {.leaf = std::move(expression)}; }
  static Condition Reads(int instance) { return {.kind = Kind::kReads, .instance = instance}; }
  static Condition All(std::vector<Condition> parts) { return {.kind = Kind::kAnd, .parts = std::move(parts)}; }
  static Condition Any(std::vector<Condition> parts) { return {.kind = Kind::kOr, .parts = std::move(parts)}; }
};

struct Variant {
  std::vector<Expression> terms;
  std::vector<int> instances;  // That it reads, each once.
};

inline constexpr std::size_t kMaxVariants = 100;

// The variants in the order of the text. What is about one table alone, or about the request alone, is not taken apart.
// nullopt if there are more than kMaxVariants.
std::optional<std::vector<Variant>> Variants(const Condition& condition, const Resolver& resolver);

}  // namespace skerry::rules
