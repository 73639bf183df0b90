#include "rules/lookup_order.h"

#include <algorithm>
#include <limits>

namespace skerry::rules {
namespace {

constexpr int kFar = std::numeric_limits<int>::max();

bool Contains(const std::vector<int>& items, int item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

// How many matches lie between each instance and the primary table.
std::vector<int> Distances(std::span<const Match> matches, std::size_t instances, int primary) {
  std::vector<int> distances(instances, kFar);
  std::vector<int> front;
  if (primary >= 0) {
    front.push_back(primary);
    distances[static_cast<std::size_t>(primary)] = 0;
  }
  for (std::size_t i = 0; i < front.size(); ++i) {
    const int distance = distances[static_cast<std::size_t>(front[i])];
    for (const Match& match : matches) {
      if (match.other == kRequestSide || (match.table != front[i] && match.other != front[i])) continue;
      int& next = distances[static_cast<std::size_t>(match.table == front[i] ? match.other : match.table)];
      if (next != kFar) continue;
      next = distance + 1;
      front.push_back(match.table == front[i] ? match.other : match.table);
    }
  }
  return distances;
}

}  // namespace

LookupOrder OrderLookups(std::span<const int> tables, std::span<const Match> matches, std::size_t instances,
                         int primary) {
  const std::vector<int> distances = Distances(matches, instances, primary);
  LookupOrder result;
  std::vector<int>& order = result.tables;
  std::vector<int> rest;
  for (const int table : tables) {
    if (table != primary) rest.push_back(table);
  }
  while (!rest.empty()) {
    const auto is_ready = [&](int table) {
      return std::any_of(matches.begin(), matches.end(), [&](const Match& match) {
        if (match.table == table) return match.other == kRequestSide || Contains(order, match.other);
        return match.other == table && Contains(order, match.table);
      });
    };
    const bool has_ready = std::any_of(rest.begin(), rest.end(), is_ready);
    auto best = rest.end();
    for (auto at = rest.begin(); at != rest.end(); ++at) {
      if (has_ready && !is_ready(*at)) continue;
      const auto distance = [&](int table) { return distances[static_cast<std::size_t>(table)]; };
      if (best == rest.end() || distance(*at) > distance(*best)) best = at;
    }
    const int chosen = *best;
    if (!has_ready && distances[static_cast<std::size_t>(chosen)] == kFar) {
      for (const Match& match : matches) {
        if (match.table != chosen && match.other != chosen) continue;
        result.unconnected = std::min(result.unconnected.value_or(match.offset), match.offset);
      }
    }
    order.push_back(chosen);
    rest.erase(best);
  }
  return result;
}

}  // namespace skerry::rules
