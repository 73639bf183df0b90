// How far the download of the current checkpoint is (client-core 14).
#pragma once

#include <cstdint>
#include <map>

#include "bucket/checkpoint.h"

namespace skerry::store {

struct ProgressCount {
  std::int64_t downloaded = 0;
  std::int64_t total = 0;
  // 0 to 1; 0 if there is nothing to download.
  double Fraction() const { return total == 0 ? 0.0 : static_cast<double>(downloaded) / static_cast<double>(total); }
  friend bool operator==(const ProgressCount&, const ProgressCount&) = default;
};

// One entry per priority of the checkpoint's buckets (C-153).
struct DownloadProgress {
  std::map<bucket::Priority, ProgressCount> by_priority;

  ProgressCount Total() const { return UntilPriority(bucket::kFullSyncPriority); }
  // All buckets at least as urgent as `priority`.
  ProgressCount UntilPriority(bucket::Priority priority) const {
    ProgressCount sum;
    for (const auto& [number, count] : by_priority) {
      if (number > priority) break;
      sum.downloaded += count.downloaded;
      sum.total += count.total;
    }
    return sum;
  }
  friend bool operator==(const DownloadProgress&, const DownloadProgress&) = default;
};

}  // namespace skerry::store
