#include "sync/line_feed.h"

#include <utility>

namespace skerry::sync {

void LineFeed::Feed(std::span<const std::uint8_t> bytes) {
  reader_.Feed(bytes);
  if (has_held()) HoldRest();
}

void LineFeed::End() {
  auto last = reader_.Finish();
  if (!last.ok())
    failure_ = std::move(last).error();
  else if (*last)
    held_.emplace_back(**last);
}

Result<std::optional<std::string_view>> LineFeed::Next() {
  if (!held_.empty()) {
    current_ = std::move(held_.front());
    held_.pop_front();
    return std::optional<std::string_view>(current_);
  }
  if (failure_) return *std::exchange(failure_, std::nullopt);
  return reader_.Next();
}

void LineFeed::PutBack(std::string_view line) {
  // The line may be a view into the reader or current_: it is copied before either moves.
  std::string copy(line);
  HoldRest();
  held_.push_front(std::move(copy));
}

void LineFeed::HoldRest() {
  while (!failure_) {
    auto line = reader_.Next();
    if (!line.ok()) {
      failure_ = std::move(line).error();
    } else if (*line) {
      held_.emplace_back(**line);
    } else {
      break;
    }
  }
}

}  // namespace skerry::sync
