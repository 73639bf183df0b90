#include "store/progress_tracker.h"

#include <unordered_set>

namespace skerry::store {

bool ProgressTracker::Track(const bucket::Checkpoint& checkpoint, const BucketBook& book) {
  targets_.emplace();
  bool fits = true;
  for (const bucket::BucketState& state : checkpoint.buckets) {
    const Target& target = targets_->emplace_back(Target{state.name, state.priority, state.count.value_or(0)});
    const BucketRow* row = book.Find(state.name);
    if (row != nullptr && target.count < row->count_at_last + row->count_since_last) fits = false;
  }
  return fits;
}

ProgressCount ProgressTracker::CountOf(const Target& target, const BucketBook& book) {
  const BucketRow* row = book.Find(target.bucket);
  if (row == nullptr) return {0, target.count};
  return {row->count_since_last, target.count - row->count_at_last};
}

std::optional<DownloadProgress> ProgressTracker::Progress(const BucketBook& book) const {
  if (!targets_) return std::nullopt;
  DownloadProgress progress;
  for (const Target& target : *targets_) {
    const ProgressCount count = CountOf(target, book);
    ProgressCount& sum = progress.by_priority[target.priority];
    sum.downloaded += count.downloaded;
    sum.total += count.total;
  }
  return progress;
}

ProgressCount ProgressTracker::Of(std::span<const std::string> buckets, const BucketBook& book) const {
  ProgressCount sum;
  if (!targets_) return sum;
  const std::unordered_set<std::string_view> wanted(buckets.begin(), buckets.end());
  for (const Target& target : *targets_) {
    if (wanted.count(target.bucket) == 0) continue;
    const ProgressCount count = CountOf(target, book);
    sum.downloaded += count.downloaded;
    sum.total += count.total;
  }
  return sum;
}

}  // namespace skerry::store
