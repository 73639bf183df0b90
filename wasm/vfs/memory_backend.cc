#include "vfs/memory_backend.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace skerry::vfs {
namespace {

constexpr std::int64_t kBlockSize = 64 * 1024;

// Calls `visit(block index, offset in the block, offset in the range, length)` for each block that a range touches.
template <typename Visit>
void ForEachBlock(std::int64_t offset, std::int64_t length, Visit visit) {
  for (std::int64_t done = 0; done < length;) {
    const std::int64_t at = offset + done;
    const std::int64_t within = at % kBlockSize;
    const std::int64_t step = std::min(kBlockSize - within, length - done);
    visit(static_cast<std::size_t>(at / kBlockSize), within, done, static_cast<std::size_t>(step));
    done += step;
  }
}

}  // namespace

void MemoryBackend::Freed::operator()(std::uint8_t* block) const { std::free(block); }

std::optional<std::size_t> MemoryBackend::Read(std::int64_t offset, std::span<std::uint8_t> into) {
  const std::int64_t available = std::clamp<std::int64_t>(size_ - offset, 0, static_cast<std::int64_t>(into.size()));
  ForEachBlock(offset, available, [&](std::size_t block, std::int64_t within, std::int64_t done, std::size_t length) {
    std::memcpy(into.data() + done, blocks_[block].get() + within, length);
  });
  return static_cast<std::size_t>(available);
}

IoStatus MemoryBackend::Write(std::int64_t offset, std::span<const std::uint8_t> bytes) {
  const auto length = static_cast<std::int64_t>(bytes.size());
  if (IoStatus reserved = Reserve(offset + length); reserved != IoStatus::kOk) return reserved;
  ForEachBlock(offset, length, [&](std::size_t block, std::int64_t within, std::int64_t done, std::size_t step) {
    std::memcpy(blocks_[block].get() + within, bytes.data() + done, step);
  });
  size_ = std::max(size_, offset + length);
  return IoStatus::kOk;
}

IoStatus MemoryBackend::Truncate(std::int64_t size) {
  if (size > size_) {
    if (IoStatus reserved = Reserve(size); reserved != IoStatus::kOk) return reserved;
  } else {
    blocks_.resize(static_cast<std::size_t>((size + kBlockSize - 1) / kBlockSize));
    // What lies behind the end must read as zero once the file grows again.
    if (size % kBlockSize != 0) {
      std::memset(blocks_.back().get() + size % kBlockSize, 0,
                  static_cast<std::size_t>(kBlockSize - size % kBlockSize));
    }
  }
  size_ = size;
  return IoStatus::kOk;
}

IoStatus MemoryBackend::Reserve(std::int64_t size) {
  while (static_cast<std::int64_t>(blocks_.size()) * kBlockSize < size) {
    auto* block = static_cast<std::uint8_t*>(std::calloc(1, kBlockSize));
    if (block == nullptr) return IoStatus::kFull;
    blocks_.emplace_back(block);
  }
  return IoStatus::kOk;
}

}  // namespace skerry::vfs
