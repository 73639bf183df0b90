#include "bucket/checkpoint.h"

#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace skerry::bucket {
namespace {

using IndexByName = std::unordered_map<std::string_view, std::size_t>;

IndexByName IndexNames(const std::vector<BucketState>& buckets) {
  IndexByName index;
  index.reserve(buckets.size());
  for (std::size_t i = 0; i < buckets.size(); ++i) index.emplace(buckets[i].name, i);
  return index;
}

bool SameState(const BucketState& a, const BucketState& b) {
  return a.checksum == b.checksum && a.count == b.count && a.priority == b.priority && a.reasons == b.reasons;
}

}  // namespace

void Apply(Checkpoint& checkpoint, CheckpointDiff diff) {
  const std::unordered_set<std::string_view> removed(diff.removed_buckets.begin(), diff.removed_buckets.end());
  std::erase_if(checkpoint.buckets, [&](const BucketState& state) { return removed.count(state.name) != 0; });

  // The index borrows the names, so the vector must not move them while it is in use.
  checkpoint.buckets.reserve(checkpoint.buckets.size() + diff.updated_buckets.size());
  IndexByName index = IndexNames(checkpoint.buckets);
  for (BucketState& update : diff.updated_buckets) {
    if (const auto found = index.find(update.name); found != index.end()) {
      BucketState& state = checkpoint.buckets[found->second];
      state.checksum = update.checksum;
      state.count = update.count;
      state.priority = update.priority;
      state.reasons = std::move(update.reasons);
    } else {
      checkpoint.buckets.push_back(std::move(update));
      index.emplace(checkpoint.buckets.back().name, checkpoint.buckets.size() - 1);
    }
  }
  checkpoint.last_op_id = diff.last_op_id;
  checkpoint.write_checkpoint = diff.write_checkpoint;
}

std::optional<CheckpointDiff> Difference(const Checkpoint& before, const Checkpoint& after) {
  CheckpointDiff diff;
  diff.last_op_id = after.last_op_id;
  diff.write_checkpoint = after.write_checkpoint;
  const IndexByName old_index = IndexNames(before.buckets);
  for (const BucketState& state : after.buckets) {
    const auto found = old_index.find(state.name);
    if (found == old_index.end() || !SameState(before.buckets[found->second], state)) {
      diff.updated_buckets.push_back(state);
    }
  }
  const IndexByName new_index = IndexNames(after.buckets);
  for (const BucketState& state : before.buckets) {
    if (new_index.count(state.name) == 0) diff.removed_buckets.push_back(state.name);
  }
  const bool is_due = !diff.updated_buckets.empty() || !diff.removed_buckets.empty() ||
                      before.write_checkpoint != after.write_checkpoint;
  if (!is_due) return std::nullopt;
  return diff;
}

}  // namespace skerry::bucket
