#include "stream/download.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace skerry::stream {

Download::Download(const std::vector<protocol::BucketPosition>& positions, protocol::EncodeOptions encoding)
    : encoding_(encoding) {
  for (const protocol::BucketPosition& position : positions) positions_[position.name] = position.after;
}

void Download::Start(OpId upto, std::vector<Wanted> wanted, const std::vector<std::string>& removed) {
  std::unordered_set<std::string_view> names;
  for (const Wanted& bucket : wanted) names.insert(bucket.name);
  if (std::exchange(is_first_phase_, false)) {
    // Buckets that the client has and may not see (any more) would otherwise stay here for the life of the connection.
    std::erase_if(positions_, [&](const auto& position) { return names.count(position.first) == 0; });
  }
  const std::unordered_set<std::string_view> gone(removed.begin(), removed.end());
  std::erase_if(pending_, [&](const Wanted& b) { return names.count(b.name) != 0 || gone.count(b.name) != 0; });
  for (const std::string& name : removed) positions_.erase(name);

  names.clear();  // Its views end here: the buckets move.
  for (Wanted& bucket : wanted) pending_.push_back(std::move(bucket));
  std::stable_sort(pending_.begin(), pending_.end(), [](const Wanted& a, const Wanted& b) {
    return a.priority != b.priority ? a.priority > b.priority : a.name > b.name;
  });
  upto_ = upto;
  required_.reset();
  open_group_.reset();
  operations_sent_ = 0;
  is_active_ = true;
}

// Null if the bucket has nothing (more) to send. Nothing of a bucket stands between its last operation and the
// checkpoint, so the range ends there: sessions at different checkpoints then share a line.
Result<std::shared_ptr<const SharedLine>> Download::ReadChunk(const Supply& supply) {
  std::shared_ptr<const SharedLine> line;
  const Wanted& bucket = pending_.back();
  OpId& position = positions_[bucket.name];
  if (position >= bucket.last_op) return line;
  ChunkCache::Range range{bucket.name, position, std::min(bucket.last_op, upto_), encoding_};
  line = supply.chunks.Find(range);
  if (line == nullptr) {
    SKERRY_ASSIGN(chunk, supply.reader.Scan(bucket.name, position, range.upto, supply.limit));
    if (chunk.target > upto_) {
      required_ = chunk.target;  // Not sent: the position stays, and the same is read again for the newer checkpoint.
      return line;
    }
    if (chunk.operations.empty()) {
      // Its last operation is gone, and so is its deployment. The next look finds that, and nothing is completed.
      required_ = bucket.last_op;
      return line;
    }
    auto made = std::make_shared<SharedLine>();
    made->next_after = chunk.next_after;
    made->has_more = chunk.has_more;
    made->operations = chunk.operations.size();
    // With room for the names and numbers of each operation, so that a large line is not copied as it grows.
    made->text.reserve(chunk.memory.size() + chunk.memory.size() / 8 + 160 * chunk.operations.size() + 256);
    protocol::AppendLine(
        made->text,
        protocol::DataLine{bucket.name, std::move(chunk.operations), chunk.has_more, position, chunk.next_after},
        encoding_);
    line = std::move(made);
    supply.chunks.Keep(std::move(range), line);
  }
  position = line->next_after;
  return line;
}

Result<std::optional<Download::Line>> Download::Next(const Supply& supply) {
  using MaybeLine = std::optional<Line>;
  while (!pending_.empty()) {
    const bucket::Priority priority = pending_.back().priority;
    if (open_group_ && *open_group_ != priority) {
      const bucket::Priority complete = *std::exchange(open_group_, priority);
      return MaybeLine(protocol::Line(protocol::PartialCheckpointComplete{upto_, complete}));
    }
    open_group_ = priority;
    SKERRY_ASSIGN(line, ReadChunk(supply));
    if (required_) return MaybeLine();
    if (line == nullptr || !line->has_more) pending_.pop_back();
    if (line != nullptr) {
      operations_sent_ += line->operations;
      return MaybeLine(std::move(line));
    }
  }
  is_active_ = false;
  return MaybeLine(protocol::Line(protocol::CheckpointComplete{upto_}));
}

}  // namespace skerry::stream
