#include "watch/result_diff.h"

#include <algorithm>

namespace skerry::watch {

bool ResultDiff::Add(std::uint64_t hash) {
  hashes_.push_back(hash);
  // Most rows follow the one that followed before, or stand where they stood: no search for those.
  std::size_t expected = hashes_.size() - 1;
  if (!runs_.empty() && runs_.back().from >= 0) {
    expected = static_cast<std::size_t>(runs_.back().from) + runs_.back().count;
  }
  std::int32_t from = -1;
  if (expected < previous_->size() && (*previous_)[expected] == hash) {
    from = static_cast<std::int32_t>(expected);
  } else {
    from = Find(hash);
  }
  Append(from);
  if (from >= 0) reuses_ = true;
  return from < 0;
}

std::int32_t ResultDiff::Find(std::uint64_t hash) {
  if (!has_index_) {
    has_index_ = true;
    index_.reserve(previous_->size());
    for (std::size_t i = 0; i < previous_->size(); ++i)
      index_.emplace_back((*previous_)[i], static_cast<std::int32_t>(i));
    std::sort(index_.begin(), index_.end());
  }
  const auto found = std::lower_bound(index_.begin(), index_.end(), std::pair(hash, std::int32_t{0}));
  return found != index_.end() && found->first == hash ? found->second : -1;
}

void ResultDiff::Append(std::int32_t from) {
  if (!runs_.empty()) {
    Run& last = runs_.back();
    const bool continues =
        from < 0 ? last.from < 0 : last.from >= 0 && last.from + static_cast<std::int32_t>(last.count) == from;
    if (continues) {
      ++last.count;
      return;
    }
  }
  runs_.push_back({from, 1});
}

bool ResultDiff::IsEqual() const { return hashes_ == *previous_; }

}  // namespace skerry::watch
