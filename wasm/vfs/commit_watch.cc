#include "vfs/commit_watch.h"

#include <algorithm>

namespace skerry::vfs {
namespace {

constexpr std::size_t kWalHeaderSize = 32;
constexpr std::size_t kFrameHeaderSize = 24;
constexpr std::size_t kSmallestPage = 512;

bool IsCommitHeader(std::span<const std::uint8_t> header) {
  return (header[4] | header[5] | header[6] | header[7]) != 0;
}

}  // namespace

bool CommitWatch::Completes(std::int64_t offset, std::span<const std::uint8_t> bytes) {
  if (offset == 0 && bytes.size() == kWalHeaderSize) return false;
  if (bytes.size() == kFrameHeaderSize) {
    commit_page_ = -1;
    if (!IsCommitHeader(bytes)) return false;
    commit_page_ = offset + static_cast<std::int64_t>(kFrameHeaderSize);
    // A header before the end of what was appended is one that is rewritten: its page is there already.
    return offset < append_end_;
  }
  if (bytes.size() < kSmallestPage) return true;  // Not a shape we know: hold nothing back.
  const bool completes = offset == commit_page_;
  append_end_ = std::max(append_end_, offset + static_cast<std::int64_t>(bytes.size()));
  if (completes) commit_page_ = -1;
  return completes;
}

}  // namespace skerry::vfs
