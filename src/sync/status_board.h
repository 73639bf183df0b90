// Keeps the status up to date and tells the host when it differs from what was last told.
//
// Changes of state are told at the end of the event that caused them; changes of counts alone (progress, queue) at most
// every 100 ms, so that neither a line nor a local write costs a message to every tab.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "bucket/checkpoint.h"
#include "store/download_store.h"
#include "sync/outbox.h"
#include "sync/status.h"

namespace skerry::sync {

class StatusBoard {
 public:
  static constexpr std::chrono::milliseconds kCountGap{100};

  StatusBoard(sqlite::Connection& db, const store::DownloadStore& store, Outbox& outbox)
      : db_(db), store_(store), outbox_(outbox) {}

  void SetConnection(bool connected, bool connecting);
  void SetUploading(bool uploading);
  void SetDownloadError(std::optional<ShownError> error);
  void SetUploadError(std::optional<ShownError> error);
  // The streams that each bucket of the current checkpoint serves; empty when there is none.
  void SetBuckets(const bucket::Checkpoint& checkpoint, std::vector<std::vector<std::int64_t>> bucket_streams);
  void ForgetBuckets();

  // What is stored about sync has changed: a publish, a clear, a subscription.
  void StoredStateChanged() { stored_changed_ = changed_ = true; }
  // Progress or the queue may have changed.
  void CountsChanged() { counts_changed_ = true; }

  // Call at the end of each event.
  void Tell(TimePoint now);
  // The timer of the counts fired.
  void TimerFired() { timer_runs_ = false; }

  // The current status. Not during a publish.
  std::string Json();
  bool connected() const { return status_.connected; }

 private:
  void Refresh();

  sqlite::Connection& db_;
  const store::DownloadStore& store_;
  Outbox& outbox_;
  SyncStatus status_;
  // Per subscription row: its buckets and the least urgent of their priorities.
  struct StreamBuckets {
    std::int64_t id = 0;
    std::vector<std::string> buckets;
    bucket::Priority priority = 0;
  };
  std::vector<StreamBuckets> stream_buckets_;
  std::string told_;
  std::chrono::milliseconds told_at_{0};
  bool changed_ = true;
  bool stored_changed_ = true;
  bool counts_changed_ = false;
  bool timer_runs_ = false;
};

}  // namespace skerry::sync
