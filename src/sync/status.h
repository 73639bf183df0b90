// What the app sees of sync: a value with a JSON form (docs/module-abi.md, "Status"; client-core 16).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "store/download_progress.h"
#include "store/stream_subscriptions.h"
#include "store/sync_state.h"

namespace skerry::sync {

// A failure as the status shows it.
struct ShownError {
  std::string name;
  std::string code;
  std::string message;
  std::optional<int> http_status;
  friend bool operator==(const ShownError&, const ShownError&) = default;
};

ShownError Show(const Error& error, std::optional<int> http_status = std::nullopt);
// "HTTP Unauthorized: <body>", or with the number where the service gave no words. A long body is cut.
Error HttpError(int status, std::string_view status_text, std::string_view body);

struct StreamStatus {
  store::StreamSubscriptionRow row;
  std::optional<bucket::Priority> priority;  // The least urgent of its buckets; nullopt offline (C-183).
  std::optional<store::ProgressCount> progress;
};

struct SyncStatus {
  bool connected = false;
  bool connecting = false;
  bool uploading = false;
  std::optional<ShownError> download_error;
  std::optional<ShownError> upload_error;
  std::vector<store::PrioritySynced> priorities;
  std::optional<store::DownloadProgress> progress;  // nullopt: not downloading.
  std::vector<StreamStatus> streams;
  std::int64_t queue_count = 0;
};

std::string ToJson(const SyncStatus& status);

}  // namespace skerry::sync
