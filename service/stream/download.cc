#include "stream/download.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace skerry::stream {

Download::Download(const std::vector<protocol::BucketPosition>& positions) {
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

// Leaves the chunk empty if the bucket had nothing (more) to send.
Status Download::ReadChunk(storage::Reader& reader, const storage::ScanLimit& limit) {
  const Wanted& bucket = pending_.back();
  OpId& position = positions_[bucket.name];
  chunk_ = {};
  if (position >= bucket.last_op) return kDone;
  SKERRY_ASSIGN(chunk, reader.Scan(bucket.name, position, upto_, limit));
  if (chunk.target > upto_) {
    required_ = chunk.target;  // Not sent: the position stays, and the same is read again for the newer checkpoint.
    return kDone;
  }
  chunk_ = std::move(chunk);
  chunk_after_ = std::exchange(position, chunk_.next_after);
  return kDone;
}

Result<std::optional<protocol::Line>> Download::Next(storage::Reader& reader, const storage::ScanLimit& limit) {
  using MaybeLine = std::optional<protocol::Line>;
  while (!pending_.empty()) {
    const bucket::Priority priority = pending_.back().priority;
    if (open_group_ && *open_group_ != priority) {
      const bucket::Priority complete = *std::exchange(open_group_, priority);
      return MaybeLine(protocol::PartialCheckpointComplete{upto_, complete});
    }
    open_group_ = priority;
    SKERRY_TRY(ReadChunk(reader, limit));
    if (required_) return MaybeLine();
    const bool has_data = !chunk_.operations.empty();
    if (has_data) bucket_ = pending_.back().name;
    if (!chunk_.has_more) pending_.pop_back();
    if (has_data) {
      operations_sent_ += chunk_.operations.size();
      return MaybeLine(
          protocol::DataLine{bucket_, std::move(chunk_.operations), chunk_.has_more, chunk_after_, chunk_.next_after});
    }
  }
  is_active_ = false;
  chunk_ = {};  // A stream that waits holds no rows.
  return MaybeLine(protocol::CheckpointComplete{upto_});
}

}  // namespace skerry::stream
