// Data lines that were encoded for one session and may serve others: many users read the same bucket at the same
// checkpoint, above all right after a change. Owned by one thread; a line lives on while somebody sends it.
//
// An operation below a published checkpoint never changes what it means, so a line stays right for its range for ever,
// also when compaction has rewritten the range meanwhile. Bounded by bytes; what was made first goes first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/ids.h"
#include "protocol/encode.h"

namespace skerry::stream {

// One encoded data line, with its end.
struct SharedLine {
  std::string text;
  OpId next_after{};
  bool has_more = false;
  std::size_t operations = 0;
};

class ChunkCache {
 public:
  explicit ChunkCache(std::size_t max_bytes = 16u << 20) : max_bytes_(max_bytes) {}

  // Operations of `bucket` with `after` < op id <= `upto`, from the first on.
  struct Range {
    std::string bucket;
    OpId after{};
    OpId upto{};
    protocol::EncodeOptions encoding;
    friend bool operator==(const Range& a, const Range& b) {
      return a.after == b.after && a.upto == b.upto && a.encoding.encoding == b.encoding.encoding &&
             a.encoding.raw_data == b.encoding.raw_data && a.bucket == b.bucket;
    }
  };
  // Null if nobody has made it.
  std::shared_ptr<const SharedLine> Find(const Range& range);
  void Keep(Range range, std::shared_ptr<const SharedLine> line);

  struct Counters {
    std::uint64_t found = 0;
    std::uint64_t made = 0;
  };
  const Counters& counters() const { return counters_; }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Hash {
    std::size_t operator()(const Range& range) const {
      const auto mix = static_cast<std::size_t>(Raw(range.after) * 1'000'003 + Raw(range.upto));
      return std::hash<std::string>{}(range.bucket) ^ (mix + static_cast<std::size_t>(range.encoding.encoding));
    }
  };

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::unordered_map<Range, std::shared_ptr<const SharedLine>, Hash> lines_;
  std::deque<Range> order_;
  Counters counters_;
};

}  // namespace skerry::stream
