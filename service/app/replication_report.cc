#include "app/replication_report.h"

#include <chrono>

namespace skerry::app {

void ReplicationReport::Behind(bool is_behind, TimePoint now) {
  if (!is_behind) {
    metrics_.behind_since_ms = 0;
  } else if (metrics_.behind_since_ms == 0) {
    metrics_.behind_since_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.wall).count();
  }
}

void ReplicationReport::Counted(const ingest::Ingester::Counters& counters, TimePoint now) {
  metrics_.data_replicated_bytes = counters.bytes;
  metrics_.rows_replicated = counters.rows;
  metrics_.transactions_replicated = counters.transactions;
  metrics_.chunks_replicated = counters.chunks;
  const auto activity = activity_.Take(counters, now.monotonic);
  if (!activity) return;
  const http::EventField fields[] = {{"rows", activity->since_last.rows},
                                     {"bytes", activity->since_last.bytes},
                                     {"transactions", activity->since_last.transactions},
                                     {"checkpoints", activity->since_last.publications},
                                     {"ms", activity->during.count()}};
  log_.Event(LogLevel::kInfo, "replicated", activity->InWords(), fields);
}

void ReplicationReport::Published(const storage::Published& published) {
  if (!log_.Wants(LogLevel::kDebug)) return;
  const storage::Checkpoint& checkpoint = published.checkpoint;
  const bool is_listed = !published.changes.everything;
  const http::EventField fields[] = {
      {"checkpoint", Raw(checkpoint.op)},
      {"position", checkpoint.position},
      {"deployment", checkpoint.deployment},
      {"changed_buckets", is_listed ? static_cast<std::int64_t>(published.changes.buckets.size()) : -1}};
  log_.Event(LogLevel::kDebug, "checkpoint_published",
             "published checkpoint " + std::to_string(Raw(checkpoint.op)) + " at " + checkpoint.position + ", " +
                 (is_listed ? std::to_string(published.changes.buckets.size()) : std::string("very many")) +
                 " buckets changed",
             fields);
}

void ReplicationReport::Failed(const Error& error) {
  if (last_failure_ == error.message) return;
  last_failure_ = error.message;
  const bool is_full = error.code == ErrorCode::kStorageFull;
  log_.Log(LogLevel::kError, (is_full ? "there is no room for the bucket storage, trying again: "
                                      : "the source cannot be read, trying again: ") +
                                 last_failure_);
}

void ReplicationReport::Succeeded() {
  if (!last_failure_.empty()) log_.Log(LogLevel::kInfo, "the source can be read again");
  last_failure_.clear();
}

}  // namespace skerry::app
