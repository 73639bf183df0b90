#include "sync/status_board.h"

#include <algorithm>

namespace skerry::sync {

void StatusBoard::SetConnection(bool connected, bool connecting) {
  if (status_.connected == connected && status_.connecting == connecting) return;
  status_.connected = connected;
  status_.connecting = connecting;
  changed_ = true;
}

void StatusBoard::SetUploading(bool uploading) {
  changed_ = changed_ || status_.uploading != uploading;
  status_.uploading = uploading;
}

void StatusBoard::SetDownloadError(std::optional<ShownError> error) {
  if (status_.download_error == error) return;
  status_.download_error = std::move(error);
  changed_ = true;
}

void StatusBoard::SetUploadError(std::optional<ShownError> error) {
  if (status_.upload_error == error) return;
  status_.upload_error = std::move(error);
  changed_ = true;
}

void StatusBoard::SetBuckets(const bucket::Checkpoint& checkpoint,
                             std::vector<std::vector<std::int64_t>> bucket_streams) {
  stream_buckets_.clear();
  for (std::size_t i = 0; i < checkpoint.buckets.size() && i < bucket_streams.size(); ++i) {
    const bucket::BucketState& bucket = checkpoint.buckets[i];
    for (const std::int64_t id : bucket_streams[i]) {
      auto found = std::find_if(stream_buckets_.begin(), stream_buckets_.end(),
                                [id](const StreamBuckets& stream) { return stream.id == id; });
      if (found == stream_buckets_.end()) found = stream_buckets_.insert(found, {id, {}, bucket.priority});
      if (std::find(found->buckets.begin(), found->buckets.end(), bucket.name) != found->buckets.end()) continue;
      found->buckets.push_back(bucket.name);
      found->priority = std::max(found->priority, bucket.priority);
    }
  }
  StoredStateChanged();
}

void StatusBoard::ForgetBuckets() {
  stream_buckets_.clear();
  changed_ = true;
}

void StatusBoard::Refresh() {
  if (stored_changed_) {
    // A failed read keeps what was known; the next change reads again.
    auto priorities = store::ReadSyncState(db_);
    auto streams = store::ReadSubscriptions(db_);
    stored_changed_ = !priorities.ok() || !streams.ok();
    if (priorities.ok()) status_.priorities = *std::move(priorities);
    if (streams.ok()) {
      status_.streams.clear();
      for (store::StreamSubscriptionRow& row : *streams) status_.streams.push_back({std::move(row), {}, {}});
    }
  }
  status_.progress = store_.Progress();
  for (StreamStatus& stream : status_.streams) {
    const auto found = std::find_if(stream_buckets_.begin(), stream_buckets_.end(),
                                    [&](const StreamBuckets& entry) { return entry.id == stream.row.id; });
    stream.priority.reset();
    stream.progress.reset();
    if (found == stream_buckets_.end()) continue;
    stream.priority = found->priority;
    if (status_.progress) stream.progress = store_.ProgressOf(found->buckets);
  }
  auto count = db_.QueryInt("SELECT count(*) FROM ps_crud");
  if (count.ok()) status_.queue_count = (*count).value_or(0);
}

void StatusBoard::Tell(TimePoint now) {
  if (!changed_ && !counts_changed_) return;
  if (!changed_) {
    const auto wait = told_at_ + kCountGap - now.monotonic;
    if (wait.count() > 0 && !told_.empty()) {
      if (!timer_runs_) outbox_.Add(StartTimer{TimerId::kStatus, wait});
      timer_runs_ = true;
      return;
    }
  }
  changed_ = counts_changed_ = false;
  Refresh();
  std::string json = ToJson(status_);
  if (json == told_) return;
  told_ = json;
  told_at_ = now.monotonic;
  outbox_.Add(ShowStatus{std::move(json)});
}

std::string StatusBoard::Json() {
  Refresh();
  return ToJson(status_);
}

}  // namespace skerry::sync
