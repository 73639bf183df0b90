#include "watch/change_set.h"

#include <algorithm>
#include <utility>

namespace skerry::watch {

void ChangeSet::Add(std::string_view table) {
  if (last_ < open_.size() && open_[last_] == table) return;
  const auto found = std::find(open_.begin(), open_.end(), table);
  last_ = static_cast<std::size_t>(found - open_.begin());
  if (found == open_.end()) open_.emplace_back(table);
}

void ChangeSet::Commit() {
  committed_any_ = true;
  for (std::string& table : open_) {
    if (std::find(committed_.begin(), committed_.end(), table) == committed_.end()) {
      committed_.push_back(std::move(table));
    }
  }
  Rollback();
}

void ChangeSet::Rollback() {
  open_.clear();
  last_ = 0;
}

std::vector<std::string> ChangeSet::Take() {
  committed_any_ = false;
  return std::exchange(committed_, {});
}

}  // namespace skerry::watch
