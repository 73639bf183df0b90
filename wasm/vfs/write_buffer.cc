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
  if (empty() || offset >= End()) return backend_.Read(offset, into);

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
    std::memcpy(into.data() + before, held_.get() + (from - start_), static_cast<std::size_t>(to - from));
  }
  return std::max(got, static_cast<std::size_t>(to - offset));
}

IoStatus WriteBuffer::Write(std::int64_t offset, std::span<const std::uint8_t> bytes) {
  const std::int64_t end = offset + static_cast<std::int64_t>(bytes.size());
  const bool touches = !empty() && offset >= start_ && offset <= End();
  if (!touches || end - start_ > static_cast<std::int64_t>(kLongestRun)) {
    if (IoStatus pushed = Push(); pushed != IoStatus::kOk) return pushed;
    start_ = offset;
  }
  const auto at = static_cast<std::size_t>(offset - start_);
  Reserve(at + bytes.size());
  std::memcpy(held_.get() + at, bytes.data(), bytes.size());
  size_ = std::max(size_, at + bytes.size());
  return IoStatus::kOk;
}

void WriteBuffer::Reserve(std::size_t bytes) {
  if (bytes <= capacity_) return;
  const std::size_t capacity = std::max(bytes, 2 * capacity_);
  std::unique_ptr<std::uint8_t[]> larger(new std::uint8_t[capacity]);
  if (size_ > 0) std::memcpy(larger.get(), held_.get(), size_);
  held_ = std::move(larger);
  capacity_ = capacity;
}

IoStatus WriteBuffer::WriteThrough(std::int64_t offset, std::span<const std::uint8_t> bytes) {
  if (IoStatus pushed = Push(); pushed != IoStatus::kOk) return pushed;
  return WriteToFile(offset, bytes);
}

IoStatus WriteBuffer::Push() {
  if (empty()) return IoStatus::kOk;
  if (IoStatus written = WriteToFile(start_, {held_.get(), size_}); written != IoStatus::kOk) return written;
  Discard();
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
  if (!empty() && start_ >= size) Discard();
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
  return empty() ? file_size_ : std::max(file_size_, End());
}

}  // namespace skerry::vfs
