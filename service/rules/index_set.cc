#include "rules/index_set.h"

#include "rules/canonical.h"

namespace skerry::rules {

std::size_t IndexSet::Add(IndexSource index) {
  const auto [at, is_new] = by_text_.try_emplace(Canonical(index), indexes_.size());
  if (is_new) indexes_.push_back(std::move(index));
  return at->second;
}

}  // namespace skerry::rules
