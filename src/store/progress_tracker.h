// Counts of the checkpoint that is being downloaded (client-core 14): what each bucket should reach, and how far it is.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bucket/checkpoint.h"
#include "store/bucket_book.h"
#include "store/download_progress.h"

namespace skerry::store {

class ProgressTracker {
 public:
  // The checkpoint to count towards. False if the counters in the book do not fit it, because a bucket shrank by
  // compaction: then they all have to restart (C-150).
  bool Track(const bucket::Checkpoint& checkpoint, const BucketBook& book);
  // Nothing is being downloaded: before a checkpoint, after a full publish, after the stream's end (C-154).
  void Stop() { targets_.reset(); }

  std::optional<DownloadProgress> Progress(const BucketBook& book) const;
  ProgressCount Of(std::span<const std::string> buckets, const BucketBook& book) const;

 private:
  struct Target {
    std::string bucket;
    bucket::Priority priority = bucket::kDefaultPriority;
    std::int64_t count = 0;
  };
  static ProgressCount CountOf(const Target& target, const BucketBook& book);

  std::optional<std::vector<Target>> targets_;
};

}  // namespace skerry::store
