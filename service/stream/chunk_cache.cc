#include "stream/chunk_cache.h"

#include <utility>

namespace skerry::stream {

std::shared_ptr<const SharedLine> ChunkCache::Find(const Range& range) {
  const auto found = lines_.find(range);
  if (found == lines_.end()) return nullptr;
  ++counters_.found;
  return found->second;
}

void ChunkCache::Keep(Range range, std::shared_ptr<const SharedLine> line) {
  ++counters_.made;
  const std::size_t size = line->text.size();
  if (size > max_bytes_) return;
  while (bytes_ + size > max_bytes_) {
    const auto oldest = lines_.find(order_.front());
    bytes_ -= oldest->second->text.size();
    lines_.erase(oldest);
    order_.pop_front();
  }
  if (!lines_.emplace(range, std::move(line)).second) return;
  bytes_ += size;
  order_.push_back(std::move(range));
}

}  // namespace skerry::stream
