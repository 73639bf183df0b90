// Bytes of the stream as lines, with room for those that have to wait.
//
// Lines are views into the network chunk. While a checkpoint is being published, or the database is busy, the rest of
// the chunk is copied and served later: at most one chunk, since the host reads on only when no work is left.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/line_reader.h"

namespace skerry::sync {

class LineFeed {
 public:
  explicit LineFeed(protocol::Encoding encoding) : reader_(encoding) {}

  // `bytes` must stay valid until Next() has returned nullopt or HoldRest() was called.
  void Feed(std::span<const std::uint8_t> bytes);
  // The body has ended: an unterminated last line follows.
  void End();
  // The next line, nullopt when there is none for now. The view is valid until the next call.
  Result<std::optional<std::string_view>> Next();
  // `line`, which Next() gave, and everything behind it have to wait.
  void PutBack(std::string_view line);
  // Everything not yet taken has to wait.
  void HoldRest();
  bool has_held() const { return !held_.empty() || failure_.has_value(); }

 private:
  protocol::LineReader reader_;
  std::deque<std::string> held_;
  std::string current_;
  std::optional<Error> failure_;  // Found while holding; told after the held lines.
};

}  // namespace skerry::sync
