// In which order a conjunction's tables are looked up, each with the values of those before it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "rules/expression.h"

namespace skerry::rules {

inline constexpr int kRequestSide = -1;

// `value` of `table` equals `other_value` of `other`, which is a table or the request.
struct Match {
  int table = -1;
  Expression value;
  int other = kRequestSide;
  Expression other_value;
  std::size_t offset = 0;
};

struct LookupOrder {
  std::vector<int> tables;  // All but the primary one.
  // Where, first in the text, two tables are related that neither the request nor the primary table is connected with.
  std::optional<std::size_t> unconnected;
};

// A table is read when the request or a table before it gives a key; of several, the one farthest from the primary
// table (those not connected with it first: they open or shut everything), then in the order of the text.
LookupOrder OrderLookups(std::span<const int> tables, std::span<const Match> matches, std::size_t instances,
                         int primary);

}  // namespace skerry::rules
