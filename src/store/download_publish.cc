// DownloadStore: from a completion line to the end of its publish.
#include <algorithm>

#include "store/download_state.h"
#include "store/gate.h"
#include "store/key_value.h"

namespace skerry::store {

namespace {

constexpr std::size_t kSmallBufferBytes = std::size_t{1} << 20;

}  // namespace

std::vector<BucketMismatch> DownloadStore::State::Validate(const bucket::Checkpoint& checkpoint,
                                                           bucket::Priority priority) const {
  std::vector<BucketMismatch> mismatches;
  for (const bucket::BucketState& state : checkpoint.buckets) {
    if (state.priority > priority) continue;
    const BucketRow* row = book.Find(state.name);
    const BucketMismatch sums{state.name, state.checksum, row != nullptr ? row->published : bucket::Checksum(),
                              row != nullptr ? row->add() : bucket::Checksum()};
    if (sums.op + sums.add != sums.expected) mismatches.push_back(sums);
  }
  return mismatches;
}

// Full: every stream of the checkpoint. Partial: those whose least urgent bucket is within the priority (C-130).
std::vector<std::int64_t> DownloadStore::State::StreamsCompleteAt(const bucket::Checkpoint& checkpoint,
                                                                  std::optional<bucket::Priority> priority) const {
  if (!priority) return streams.active;
  std::vector<std::int64_t> complete;
  for (const std::int64_t id : streams.active) {
    std::optional<bucket::Priority> least_urgent;
    for (std::size_t i = 0; i < checkpoint.buckets.size() && i < streams.bucket_streams.size(); ++i) {
      const auto& served = streams.bucket_streams[i];
      if (std::find(served.begin(), served.end(), id) == served.end()) continue;
      least_urgent = std::max(least_urgent.value_or(0), checkpoint.buckets[i].priority);
    }
    if (least_urgent && *least_urgent <= *priority) complete.push_back(id);
  }
  return complete;
}

// Memory has room for the buffer, or for a batch out of ps_pending: if there are older operations there, the newest
// follow them.
Status DownloadStore::JoinPending() {
  State& s = *state_;
  if (s.buffer.size_bytes() < kSmallBufferBytes) return kDone;
  SKERRY_ASSIGN(any, s.db.Cached("SELECT EXISTS(SELECT 1 FROM ps_pending)"));
  SKERRY_ASSIGN(has_row, any->Step());
  const bool has_pending = has_row && any->Int64(0) != 0;
  any->Reset();
  return has_pending ? Flush() : kDone;
}

Result<PublishStart> DownloadStore::BeginPublish(const bucket::Checkpoint& checkpoint,
                                                 std::optional<bucket::Priority> priority, TimePoint now) {
  SKERRY_CHECK(!IsPublishing(), "one publish at a time");
  State& s = *state_;
  SKERRY_TRY(JoinPending());
  const bucket::Priority up_to = priority.value_or(bucket::kFullSyncPriority);
  PublishStart start;
  start.mismatches = s.Validate(checkpoint, up_to);
  SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(s.db));
  if (!start.mismatches.empty()) {
    std::vector<std::string> failed;
    for (const BucketMismatch& each : start.mismatches) failed.push_back(each.bucket);
    SKERRY_TRY(s.DeleteBuckets(write, failed));
    SKERRY_TRY(write.Commit());
    s.ForgetBuckets(failed);
    start.outcome = PublishStart::Outcome::kMismatch;
    return start;
  }

  BucketBook book = s.book;
  PublishScope scope{priority, {}};
  for (const bucket::BucketState& state : checkpoint.buckets) {
    BucketRow* row = state.priority <= up_to ? book.Find(state.name) : nullptr;
    if (row == nullptr) continue;
    scope.buckets.insert(row->id);
    if (row->last_op == checkpoint.last_op_id) continue;
    row->last_op = checkpoint.last_op_id;
    row->is_dirty = true;
  }
  if (!priority && checkpoint.write_checkpoint) {
    SKERRY_TRY(SetInt(write, keys::kLastSeen, Raw(*checkpoint.write_checkpoint)));
  }
  Result<bool> is_open = true;
  if (up_to > 0) is_open = IsGateOpen(s.db);  // Priority 0 goes ahead of local writes (C-129).
  if (!is_open.ok()) return std::move(is_open).error();
  if (!*is_open) {
    SKERRY_TRY(s.buffer.Write(write));
    SKERRY_TRY(book.WriteDirty(write));
    SKERRY_TRY(write.Commit());
    s.book = std::move(book);
    s.ForgetBuffered();
    start.outcome = PublishStart::Outcome::kGateClosed;
    return start;
  }
  SKERRY_ASSIGN(publisher, Publisher::Open(std::move(write), s.capture, s.tables, s.buffer, std::move(book),
                                           {std::move(scope), checkpoint, s.StreamsCompleteAt(checkpoint, priority),
                                            now.wall, s.options.batch_bytes}));
  s.publisher = std::move(publisher);
  return start;
}

Result<PublishStep> DownloadStore::ContinuePublish(int budget_rows) {
  SKERRY_CHECK(IsPublishing(), "ContinuePublish() follows BeginPublish()");
  State& s = *state_;
  auto step = s.publisher->Step(budget_rows);
  if (!step.ok()) {
    AbortPublish();
    return step;
  }
  if (*step == PublishStep::kMore) return step;
  const bool is_full = s.publisher->scope().is_full();
  s.buffer.Remove([&](std::int64_t bucket) { return s.publisher->scope().Has(bucket); });
  s.book = s.publisher->TakeBook();
  s.publisher.reset();
  if (is_full) s.progress.Stop();
  return step;
}

bool DownloadStore::IsPublishing() const { return state_->publisher != nullptr; }

void DownloadStore::AbortPublish() { state_->publisher.reset(); }

}  // namespace skerry::store
