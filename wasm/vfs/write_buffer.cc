#include "vfs/write_buffer.h"

#include <algorithm>
#include <cstring>

namespace skerry::vfs {
namespace {

// Longer runs were not measurably faster in Chromium (docs/performance.md).
constexpr std::size_t kLongestRun = 512 * 1024;

}  // namespace

std::optional<std::size_t> WriteBuffer::Read(std::int64_t offset, std::span<std::uint8_t> into) {
  const std::int64_t end = offset + static_cast<std::int64_t>(into.size());
  if (held_.empty() || offset >= End()) return backend_.Read(offset, into);

  std::size_t got = 0;
  if (offset < start_ || end > End()) {
    const auto read = backend_.Read(offset, into);
    if (!read) return std::nullopt;
    got = *read;
  }
  const std::int64_t from = std::clamp(start_, offset, end);
  const std::int64_t to = std::min(end, End());
  // A gap between the end of the file and the held run reads as zeros.
  const auto before = static_cast<std::size_t>(from - offset);
  if (got < before) std::memset(into.data() + got, 0, before - got);
  if (to > from) {
    std::memcpy(into.data() + before, held_.data() + (from - start_), static_cast<std::size_t>(to - from));
  }
  return std::max(got, static_cast<std::size_t>(to - offset));
}

IoStatus WriteBuffer::Write(std::int64_t offset, std::span<const std::uint8_t> bytes) {
  const std::int64_t end = offset + static_cast<std::int64_t>(bytes.size());
  const bool touches = !held_.empty() && offset >= start_ && offset <= End();
  if (!touches || end - start_ > static_cast<std::int64_t>(kLongestRun)) {
    if (IoStatus pushed = Push(); pushed != IoStatus::kOk) return pushed;
    start_ = offset;
  }
  const auto at = static_cast<std::size_t>(offset - start_);
  if (end > End()) held_.resize(at + bytes.size());
  std::memcpy(held_.data() + at, bytes.data(), bytes.size());
  return IoStatus::kOk;
}

IoStatus WriteBuffer::WriteThrough(std::int64_t offset, std::span<const std::uint8_t> bytes) {
  if (IoStatus pushed = Push(); pushed != IoStatus::kOk) return pushed;
  return WriteToFile(offset, bytes);
}

IoStatus WriteBuffer::Push() {
  if (held_.empty()) return IoStatus::kOk;
  if (IoStatus written = WriteToFile(start_, held_); written != IoStatus::kOk) return written;
  held_.clear();
  return IoStatus::kOk;
}

IoStatus WriteBuffer::WriteToFile(std::int64_t offset, std::span<const std::uint8_t> bytes) {
  const IoStatus written = backend_.Write(offset, bytes);
  if (written != IoStatus::kOk) {
    file_size_ = -1;  // Any part may have been written.
  } else if (file_size_ >= 0) {
    file_size_ = std::max(file_size_, offset + static_cast<std::int64_t>(bytes.size()));
  }
  return written;
}

IoStatus WriteBuffer::Truncate(std::int64_t size) {
  if (!held_.empty() && start_ >= size) held_.clear();
  if (IoStatus pushed = Push(); pushed != IoStatus::kOk) return pushed;
  if (Size() == size) return IoStatus::kOk;
  file_size_ = -1;
  return backend_.Truncate(size);
}

std::optional<std::int64_t> WriteBuffer::Size() {
  if (file_size_ < 0) {
    const auto size = backend_.Size();
    if (!size) return std::nullopt;
    file_size_ = *size;
  }
  return held_.empty() ? file_size_ : std::max(file_size_, End());
}

}  // namespace skerry::vfs
