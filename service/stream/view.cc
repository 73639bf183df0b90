#include "stream/view.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace skerry::stream {
namespace {

class SnapshotIndex final : public rules::IndexReader {
 public:
  explicit SnapshotIndex(storage::Snapshot& snapshot) : snapshot_(snapshot) {}
  Result<std::vector<std::string>> Lookup(std::uint32_t index, std::span<const std::string> keys,
                                          std::size_t limit) override {
    return snapshot_.Lookup(index, keys, limit);
  }

 private:
  storage::Snapshot& snapshot_;
};

bool Precedes(const rules::IndexKey& a, const rules::IndexKey& b) {
  return a.index != b.index ? a.index < b.index : a.key < b.key;
}

}  // namespace

View::View(rules::RequestEvaluator evaluator, std::int64_t deployment, std::string user_key)
    : evaluator_(std::move(evaluator)), deployment_(deployment), user_key_(std::move(user_key)) {}

Result<View> View::Create(std::shared_ptr<const rules::Plan> plan, std::int64_t deployment, rules::Request request,
                          const rules::Limits& limits, std::string user_key) {
  auto evaluator = rules::RequestEvaluator::Create(std::move(plan), deployment, std::move(request), limits);
  if (!evaluator.ok()) return std::move(evaluator).error();
  return View(*std::move(evaluator), deployment, std::move(user_key));
}

bool View::ReadsOneOf(const storage::Changes& changes) const {
  if (!evaluator_.is_dynamic()) return false;
  if (changes.everything) return true;
  return std::any_of(changes.index_keys.begin(), changes.index_keys.end(), [&](const auto& changed) {
    const rules::IndexKey key{changed.first, changed.second};
    return std::binary_search(evaluation_.keys_read.begin(), evaluation_.keys_read.end(), key, Precedes);
  });
}

bool View::IsConcernedBy(const storage::Published& published) const {
  if (published.checkpoint.deployment != deployment_) return true;
  if (seen_ && published.checkpoint.serial <= seen_->serial) return false;
  if (!seen_ || published.changes.everything || ReadsOneOf(published.changes)) return true;
  const auto& buckets = published.changes.buckets;
  return std::any_of(buckets.begin(), buckets.end(), [&](const std::string& name) { return totals_.count(name) != 0; });
}

Status View::Evaluate(storage::Snapshot& snapshot, const storage::Changes& changes) {
  if (seen_ && !ReadsOneOf(changes)) return kDone;
  SnapshotIndex indexes(snapshot);
  auto evaluation = evaluator_.Evaluate(indexes);
  if (!evaluation.ok()) return std::move(evaluation).error();
  evaluation_ = *std::move(evaluation);
  std::sort(evaluation_.keys_read.begin(), evaluation_.keys_read.end(), Precedes);

  std::unordered_set<std::string_view> visible;
  for (const rules::VisibleBucket& bucket : evaluation_.buckets) visible.insert(bucket.name);
  std::erase_if(totals_, [&](const auto& total) { return visible.count(total.first) == 0; });
  return kDone;
}

// Only what may have changed is read again; a bucket that came into view is read for the first time.
Status View::ReadTotals(storage::Snapshot& snapshot, const storage::Changes& changes) {
  const std::unordered_set<std::string_view> changed(changes.buckets.begin(), changes.buckets.end());
  std::vector<std::string> names;
  for (const rules::VisibleBucket& bucket : evaluation_.buckets) {
    if (changes.everything || changed.count(bucket.name) != 0 || totals_.count(bucket.name) == 0) {
      names.push_back(bucket.name);
    }
  }
  if (names.empty()) return kDone;
  SKERRY_ASSIGN(totals, snapshot.Totals(names));
  for (std::size_t i = 0; i < names.size(); ++i) totals_[names[i]] = totals[i];
  return kDone;
}

bucket::Checkpoint View::Assemble(const storage::Checkpoint& at, std::optional<WriteCheckpoint> acknowledged) const {
  bucket::Checkpoint checkpoint;
  checkpoint.last_op_id = at.op;
  // A newer request hides the acknowledged one until it is reached; what this connection was told stays true.
  checkpoint.write_checkpoint = acknowledged ? acknowledged : sent_.write_checkpoint;
  checkpoint.buckets.reserve(evaluation_.buckets.size());
  for (const rules::VisibleBucket& bucket : evaluation_.buckets) {
    const storage::BucketTotal& total = totals_.at(bucket.name);
    checkpoint.buckets.push_back({bucket.name, total.checksum, total.count, bucket.priority, bucket.reasons});
  }
  return checkpoint;
}

Result<View::Sight> View::Look(storage::Reader& reader, std::optional<OpId> required) {
  SKERRY_ASSIGN(snapshot, reader.Open());
  const storage::Checkpoint at = snapshot->checkpoint();
  Sight sight;
  sight.is_other_deployment = at.deployment != deployment_;
  if (sight.is_other_deployment) return sight;
  if (required && at.op < *required) {
    return Error{.code = ErrorCode::kStorageCorrupt,
                 .message = "an operation was compacted before its successor was published"};
  }

  storage::Changes changes;
  if (!seen_) {
    changes.everything = true;
  } else {
    SKERRY_ASSIGN(since, snapshot->ChangesSince(*seen_));
    changes = std::move(since);
  }
  SKERRY_TRY(Evaluate(*snapshot, changes));
  SKERRY_TRY(ReadTotals(*snapshot, changes));
  SKERRY_ASSIGN(acknowledged, snapshot->AcknowledgedWrite(user_key_));
  bucket::Checkpoint next = Assemble(at, acknowledged);

  const auto want = [&](const bucket::BucketState& state) {
    sight.wanted.push_back({state.name, state.priority, totals_.at(state.name).last_op});
  };
  if (!seen_) {
    for (const bucket::BucketState& state : next.buckets) want(state);
    sent_ = std::move(next);
    sight.checkpoint = sent_;
    sight.checkpoint->streams = evaluation_.streams;
  } else if (auto diff = bucket::Difference(sent_, next)) {
    for (const bucket::BucketState& state : diff->updated_buckets) want(state);
    sent_ = std::move(next);
    sight.diff = std::move(diff);
  } else if (required) {
    sent_ = std::move(next);
    sight.diff = bucket::CheckpointDiff{at.op, sent_.write_checkpoint, {}, {}};
  }
  seen_ = at;
  return sight;
}

}  // namespace skerry::stream
