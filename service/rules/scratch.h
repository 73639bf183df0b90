// The memory of evaluations: texts that values borrow, and the first failure. Kept from row to row, so that a warm
// evaluator allocates nothing.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "row/value.h"

namespace skerry::rules {

class Scratch {
 public:
  // Everything given out before is invalid.
  void Reset() {
    used_ = 0;
    failure_.clear();
    arguments.clear();
  }
  // An empty text that stays where it is until Reset().
  std::string& New() {
    if (used_ == texts_.size()) texts_.emplace_back();
    std::string& text = texts_[used_++];
    text.clear();
    return text;
  }
  row::Value Keep(std::string_view text) {
    std::string& kept = New();
    kept = text;
    return row::Value::Text(kept);
  }

  // Notes why an evaluation has no value; the first reason counts.
  row::Value Fail(std::string message) {
    if (failure_.empty()) failure_ = std::move(message);
    return {};
  }
  bool has_failed() const { return !failure_.empty(); }
  const std::string& failure() const { return failure_; }

  std::vector<row::Value> arguments;  // A stack for calls.

 private:
  std::deque<std::string> texts_;
  std::size_t used_ = 0;
  std::string failure_;
};

}  // namespace skerry::rules
