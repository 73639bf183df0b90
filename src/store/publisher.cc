#include "store/publisher.h"

#include <algorithm>

#include "store/bare_entries.h"
#include "store/key_value.h"
#include "store/stream_subscriptions.h"
#include "store/sync_state.h"

namespace skerry::store {

namespace {

std::unordered_set<std::int64_t> BucketsToRepublish(const BucketBook& book, const PublishScope& scope) {
  std::unordered_set<std::int64_t> buckets;
  for (const BucketRow& row : book.rows()) {
    if (row.IsToBeRepublished() && scope.Has(row.id)) buckets.insert(row.id);
  }
  return buckets;
}

Error UnknownBucket() { return {ErrorCode::kStorageCorrupt, "ps_pending names a bucket that does not exist"}; }

bool IsOplogEmpty(const BucketBook& book) {
  return std::all_of(book.rows().begin(), book.rows().end(), [](const BucketRow& row) { return row.op_count == 0; });
}

}  // namespace

Publisher::Publisher(sqlite::WriteTransaction write, Capture& capture, PublishedTables& tables,
                     const PendingBuffer& buffer, BucketBook book, PublishPlan plan, Oplog oplog)
    : write_(std::move(write)),
      capture_(capture),
      tables_(tables),
      buffer_(buffer),
      book_(std::move(book)),
      plan_(std::move(plan)),
      pending_(write_),
      oplog_(std::move(oplog)),
      oplog_was_empty_(IsOplogEmpty(book_)),
      republished_(BucketsToRepublish(book_, plan_.scope)) {}

Publisher::~Publisher() { tables_.Release(); }

Result<std::unique_ptr<Publisher>> Publisher::Open(sqlite::WriteTransaction write, Capture& capture,
                                                   PublishedTables& tables, const PendingBuffer& buffer,
                                                   BucketBook book, PublishPlan plan) {
  // The order of writing is by type and id, so a child may come before its parent (C-094).
  SKERRY_TRY(write.db().Execute("PRAGMA defer_foreign_keys = ON"));
  SKERRY_ASSIGN(oplog, Oplog::Open(write.db(), tables.feeds()));
  return std::unique_ptr<Publisher>(
      new Publisher(std::move(write), capture, tables, buffer, std::move(book), std::move(plan), std::move(oplog)));
}

Result<PublishStep> Publisher::Step(int budget_rows) {
  const Capture::Uncaptured uncaptured(capture_);
  int budget = std::max(budget_rows, 1);
  while (budget > 0) {
    Result<bool> over = true;
    Phase next = Phase::kDone;
    switch (phase_) {
      case Phase::kReduce:
        over = Reduce(budget);
        next = Phase::kScan;
        break;
      case Phase::kScan:
        if (!republished_.empty() || shows_at_end_) over = Scan(budget);
        next = Phase::kListed;
        break;
      case Phase::kListed:
        if (plan_.scope.is_full()) over = WriteListed(budget);
        next = Phase::kFinish;
        break;
      case Phase::kFinish:
        SKERRY_TRY(Finish());
        phase_ = Phase::kDone;
        [[fallthrough]];
      case Phase::kDone:
        return PublishStep::kDone;
    }
    if (!over.ok()) return std::move(over).error();
    if (*over) phase_ = next;
  }
  return PublishStep::kMore;
}

// ---- pending operations into the oplog -------------------------------------------------------------------------

Result<bool> Publisher::Reduce(int& budget) {
  while (budget > 0) {
    if (is_loading_) {
      const std::size_t before = batch_.count();
      SKERRY_ASSIGN(has_more, LoadSome());
      budget -= static_cast<int>((batch_.count() - before) / 8);  // Reading and sorting cost a fraction of writing.
      if (has_more) continue;
      if (batch_.size_bytes() == 0) return true;
      FinishLoading();
      SKERRY_TRY(ApplyClears());
    }
    const auto operations = batch_.NextRow();
    if (!operations.empty()) {
      --budget;
      SKERRY_TRY(ReduceRow(operations));
      continue;
    }
    SKERRY_TRY(FlushFresh());
    batch_.Reset();
    is_loading_ = true;
  }
  SKERRY_TRY(FlushFresh());
  return false;
}

// Adds the next block to the batch: first of the table, then of the buffer. False if the batch is full or nothing is
// left.
Result<bool> Publisher::LoadSome() {
  const auto in_scope = [this](std::int64_t bucket) { return plan_.scope.Has(bucket); };
  bool is_sound = true;
  if (!table_is_read_) {
    PendingBlock block;
    SKERRY_ASSIGN(taken, pending_.Take(in_scope, block));
    if (taken) is_sound = batch_.Add(std::move(block));
    table_is_read_ = !taken;
  } else if (next_in_buffer_ < buffer_.blocks().size()) {
    const PendingBlock& block = buffer_.blocks()[next_in_buffer_++];
    if (in_scope(block.bucket)) is_sound = batch_.Borrow(block);
  }
  if (!is_sound) return Error{ErrorCode::kStorageCorrupt, "ps_pending holds a damaged block"};
  return HasPending() && batch_.size_bytes() < plan_.batch_bytes;
}

bool Publisher::HasPending() const { return !table_is_read_ || next_in_buffer_ < buffer_.blocks().size(); }

void Publisher::FinishLoading() {
  batch_.Sort();
  is_loading_ = false;
  // A later batch may take back what this one brings. A full publish then deletes the row, a partial one must not have
  // touched it (C-125): with more to come it shows nothing until the oplog is complete.
  if (is_first_batch_) shows_at_end_ = !plan_.scope.is_full() && HasPending();
  is_only_batch_ = is_first_batch_ && !HasPending();
  is_first_batch_ = false;
}

Status Publisher::ApplyClears() {
  std::vector<std::int64_t> buckets;
  for (const std::int64_t id : batch_.Cleared()) {
    BucketRow* bucket = book_.FindById(id);
    if (bucket == nullptr || bucket->op_count == 0) continue;
    bucket->op_count = 0;
    bucket->published = bucket::Checksum();
    bucket->is_dirty = true;
    buckets.push_back(id);
  }
  return ClearOplog(write_.db(), buckets);
}

Status Publisher::ReduceRow(std::span<const BatchedOperation> operations) {
  const std::string_view type = operations.front().operation.object_type;
  const std::string_view id = operations.front().operation.object_id;
  if (oplog_was_empty_ && (is_only_batch_ || !filter_.TestAndAdd(type, id))) return ReduceFreshRow(operations);
  SKERRY_ASSIGN(before, oplog_.Read(type, id));
  row_.Reduce(before, operations);
  if (RowEntry* bare = row_.ToFill()) {
    SKERRY_ASSIGN(json, tables_.Json(type, id));
    SKERRY_TRY(oplog_.Put(type, id, bare->bucket, bare->subkey, bare->op_id, bare->checksum, json));
    filled_ = std::move(json);
    bare->data = filled_;
  }
  SKERRY_ASSIGN(is_whole, ShowRow(type, id));
  return StoreEntries(type, id, is_whole);
}

// A row that the oplog does not know, in a first sync: its entries and its value wait to be written with others.
Status Publisher::ReduceFreshRow(std::span<const BatchedOperation> operations) {
  const bucket::Operation* winner = nullptr;
  const std::size_t first = fresh_.size();
  for (const BatchedOperation& each : operations) {
    const bucket::Operation& operation = each.operation;
    if (operation.kind != bucket::OpKind::kPut) continue;
    if (winner == nullptr || Raw(operation.id) > Raw(winner->id)) winner = &operation;
    BucketRow* bucket = book_.FindById(each.bucket);
    if (bucket == nullptr) return UnknownBucket();
    bucket->is_dirty = true;
    ++bucket->op_count;
    bucket->published += operation.checksum;
    fresh_.push_back({operation.object_type, operation.object_id, each.bucket, SubkeyOf(operation), operation.id,
                      operation.checksum, DataToStore(operation.data)});
  }
  if (winner == nullptr || shows_at_end_) return kDone;
  const std::string_view type = winner->object_type;
  SKERRY_ASSIGN(takes_fresh, tables_.TakesFresh(type));
  if (!winner->data || !takes_fresh) {
    SKERRY_ASSIGN(is_whole, WriteRow(type, winner->object_id, winner->data));
    if (is_whole && fresh_.size() == first + 1) fresh_.back().data = kBareData;
    return kDone;
  }
  // Without rows the type may be one of a batch that is gone.
  if (!fresh_rows_.empty() && type != fresh_type_) SKERRY_TRY(FlushFreshRows());
  fresh_type_ = type;
  fresh_rows_.push_back({winner->object_id, *winner->data});
  entry_of_row_.push_back(fresh_.size() == first + 1 ? std::optional<std::size_t>(first) : std::nullopt);
  return kDone;
}

// Before a slice ends and before the batch goes, from which everything is borrowed.
Status Publisher::FlushFresh() {
  SKERRY_TRY(FlushFreshRows());
  if (!fresh_.empty()) SKERRY_TRY(oplog_.InsertFresh(fresh_));
  fresh_.clear();
  return kDone;
}

// Rows before entries: only then is known which of these may be bare.
Status Publisher::FlushFreshRows() {
  if (fresh_rows_.empty()) return kDone;
  SKERRY_TRY(tables_.InsertFresh(fresh_type_, fresh_rows_));
  for (std::size_t i = 0; i < fresh_rows_.size(); ++i) {
    if (entry_of_row_[i] && fresh_rows_[i].is_whole) fresh_[*entry_of_row_[i]].data = kBareData;
  }
  fresh_rows_.clear();
  entry_of_row_.clear();
  return kDone;
}

// `is_whole`: the table has just taken the row's value and gives it back.
Status Publisher::StoreEntries(std::string_view type, std::string_view id, bool is_whole) {
  const bool is_alone = row_.CountInForce() == 1;
  for (const RowEntry& entry : row_.entries()) {
    if (entry.change == RowEntry::Change::kNone) continue;
    BucketRow* bucket = book_.FindById(entry.bucket);
    if (bucket == nullptr) return UnknownBucket();
    bucket->is_dirty = true;
    bucket->published -= entry.replaced_checksum;
    if (entry.change == RowEntry::Change::kRemoved) {
      --bucket->op_count;
      SKERRY_TRY(oplog_.Remove(type, id, entry.bucket, entry.subkey));
      continue;
    }
    if (entry.change == RowEntry::Change::kAdded) ++bucket->op_count;
    bucket->published += entry.checksum;
    SKERRY_TRY(oplog_.Put(type, id, entry.bucket, entry.subkey, entry.op_id, entry.checksum,
                          is_whole && is_alone ? kBareData : DataToStore(entry.data)));
  }
  return kDone;
}

// ---- the end (client-core 12.1, steps 7 to 9) -----------------------------------------------------------------

Status Publisher::Finish() {
  const bool is_full = plan_.scope.is_full();
  for (BucketRow& bucket : book_.rows()) {
    if (!plan_.scope.Has(bucket.id) || bucket.last_applied_op == bucket.last_op) continue;
    bucket.last_applied_op = bucket.last_op;
    bucket.is_dirty = true;
  }
  if (is_full) {
    for (const bucket::BucketState& state : plan_.checkpoint.buckets) {
      BucketRow* bucket = book_.Find(state.name);
      if (bucket == nullptr || !state.count) continue;
      if (bucket->count_at_last == *state.count && bucket->count_since_last == 0) continue;
      bucket->count_at_last = *state.count;
      bucket->count_since_last = 0;
      bucket->is_dirty = true;
    }
    SKERRY_TRY(write_.db().Execute("DELETE FROM ps_updated_rows"));
    if (const auto applied = plan_.checkpoint.write_checkpoint) {
      SKERRY_TRY(SetInt(write_, keys::kLastApplied, Raw(*applied)));
    }
  }
  // Buckets outside a partial publish keep their changes, and their operations in the buffer, for the next flush.
  for (BucketRow& bucket : book_.rows()) {
    if (!bucket.is_dirty || !plan_.scope.Has(bucket.id)) continue;
    SKERRY_TRY(BucketBook::Write(write_, bucket));
    bucket.is_dirty = false;
  }
  SKERRY_TRY(RecordSynced(write_, plan_.scope.priority.value_or(bucket::kFullSyncPriority), plan_.now));
  SKERRY_TRY(RecordStreamsSynced(write_, plan_.synced_streams, plan_.now));
  tables_.Release();
  return write_.Commit();
}

}  // namespace skerry::store
