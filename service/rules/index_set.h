// The parameter indexes of all queries, so that equal ones are shared.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "rules/plan.h"

namespace skerry::rules {

class IndexSet {
 public:
  // Its number, which an equal one added before has, too.
  std::size_t Add(IndexSource index);
  const std::vector<IndexSource>& indexes() const { return indexes_; }
  std::vector<IndexSource> Take() { return std::move(indexes_); }

 private:
  std::vector<IndexSource> indexes_;
  std::map<std::string, std::size_t> by_text_;
};

}  // namespace skerry::rules
