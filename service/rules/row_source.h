// A RowSource made ready for one table: a row in, every combination with its table functions' rows that passes out.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "row/value.h"
#include "rules/plan.h"
#include "rules/program.h"

namespace skerry::rules {

class BoundRows {
 public:
  BoundRows() = default;
  BoundRows(const RowSource& source, const Dialect& dialect, const Names& names) : dialect_(dialect) {
    for (const Expression& filter : source.filters) filters_.emplace_back(filter, dialect, names);
    for (const Expression& function : source.functions) functions_.emplace_back(function, dialect, names);
  }

  // Calls `take(inputs)` for every combination. What failed is in `scratch`; then nothing more is to be taken.
  template <typename Take>
  void ForEach(std::span<const row::Value> values, Scratch& scratch, Take take) const {
    if (functions_.empty()) {
      const Inputs inputs{.row = values, .elements = {}};
      if (Passes(inputs, scratch)) take(inputs);
      return;
    }
    std::vector<std::vector<Element>> elements(functions_.size());
    for (std::size_t i = 0; i < functions_.size(); ++i) {
      const row::Value argument = functions_[i].Run({.row = values, .elements = {}}, scratch);
      if (scratch.has_failed() || !AppendElements(argument, dialect_, scratch, elements[i]) || elements[i].empty())
        return;
    }
    // Counts through the combinations like an odometer.
    std::vector<std::size_t> at(functions_.size(), 0);
    std::vector<Element> present(functions_.size());
    for (;;) {
      for (std::size_t i = 0; i < at.size(); ++i) present[i] = elements[i][at[i]];
      const Inputs inputs{.row = values, .elements = present};
      if (Passes(inputs, scratch)) take(inputs);
      if (scratch.has_failed()) return;
      std::size_t i = at.size();
      while (i > 0 && ++at[i - 1] == elements[i - 1].size()) at[--i] = 0;
      if (i == 0) return;
    }
  }

 private:
  bool Passes(const Inputs& inputs, Scratch& scratch) const {
    for (const Program& filter : filters_) {
      if (!filter.Holds(inputs, scratch)) return false;
    }
    return true;
  }

  Dialect dialect_;
  std::vector<Program> filters_;
  std::vector<Program> functions_;
};

}  // namespace skerry::rules
