#include "storage/compactor.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "sqlite/transaction.h"

namespace skerry::storage {
namespace {

constexpr auto kPut = static_cast<std::int64_t>(bucket::OpKind::kPut);
constexpr auto kRemove = static_cast<std::int64_t>(bucket::OpKind::kRemove);
constexpr auto kMove = static_cast<std::int64_t>(bucket::OpKind::kMove);
constexpr auto kClear = static_cast<std::int64_t>(bucket::OpKind::kClear);

// Every bucket holds more than its rows after its first change, and compacting one costs reading it whole. `live` is
// the number of standing PUTs, `compacted_count` the operations that were left the last time.
const char* Selection(CompactionScope scope) {
  switch (scope) {
    case CompactionScope::kCrowded:
      return "SELECT number FROM buckets WHERE count > 2 * live AND count - compacted_count >= max(1000, live)";
    case CompactionScope::kChanged:
      return "SELECT number FROM buckets WHERE count > live + 1 AND count - compacted_count >= max(100, live / 8)";
    case CompactionScope::kEverything:
      break;
  }
  return "SELECT number FROM buckets WHERE count > live AND count > 1";
}

}  // namespace

void Compactor::Forget() {
  queue_.clear();
  later_.clear();
  phase_ = Phase::kNextBucket;
  is_freeing_ = false;
}

Status Compactor::Start(CompactionScope scope) {
  Forget();
  scope_ = scope;
  is_freeing_ = true;
  SKERRY_ASSIGN(select, db_.Cached(Selection(scope)));
  for (;;) {
    SKERRY_ASSIGN(has_row, select->Step());
    if (!has_row) break;
    queue_.push_back(select->Int64(0));
  }
  select->Reset();
  return kDone;
}

Result<bool> Compactor::Step(OpId upto) {
  switch (phase_) {
    case Phase::kNextBucket:
      if (queue_.empty()) return is_freeing_ ? FreePages() : Result<bool>(false);
      SKERRY_TRY(TakeBucket(upto));
      break;
    case Phase::kMove:
      SKERRY_TRY(MoveSlice());
      break;
    case Phase::kClear:
      SKERRY_TRY(ClearSlice());
      break;
  }
  return true;
}

// The bound is fixed for the whole bucket: what is appended meanwhile waits for the next time.
Status Compactor::TakeBucket(OpId upto) {
  bucket_ = queue_.front();
  queue_.pop_front();
  upto_ = Raw(upto);
  before_ = upto_ + 1;
  SKERRY_ASSIGN(count, db_.QueryInt("SELECT count FROM buckets WHERE number = ?1", bucket_));
  pass_ = 0;
  passes_ = 1 + static_cast<std::size_t>(count.value_or(0)) / limits_.rows_remembered;
  phase_ = Phase::kMove;
  return kDone;
}

// From the newest operation to the oldest: whoever was seen before is later.
Status Compactor::MoveSlice() {
  struct Superseded {
    std::int64_t op, by;
  };
  std::vector<Superseded> superseded;
  std::int64_t read = 0;
  SKERRY_ASSIGN(transaction, sqlite::WriteTransaction::Begin(db_));
  SKERRY_ASSIGN(select, db_.Cached("SELECT op, kind, row_uuid, object_type, object_id FROM ops WHERE bucket = ?1 AND "
                                   "op < ?2 ORDER BY op DESC LIMIT ?3"));
  SKERRY_TRY(select->Bind(bucket_, before_, limits_.ops_read));
  bool is_at_end = false;
  while (superseded.size() < limits_.ops_written) {
    SKERRY_ASSIGN(has_row, select->Step());
    if (!has_row) {
      is_at_end = read < limits_.ops_read;
      break;
    }
    ++read;
    before_ = select->Int64(0);
    const std::int64_t kind = select->Int64(1);
    if (kind != kPut && kind != kRemove) continue;
    const std::span<const std::uint8_t> uuid = select->Bytes(2);
    const Digest row =
        hasher_.Member({reinterpret_cast<const char*>(uuid.data()), uuid.size()}, select->Text(3), select->Text(4));
    const std::size_t part = (row.bytes[14] | static_cast<std::size_t>(row.bytes[15]) << 8) % passes_;
    if (part != pass_) continue;
    const auto [at, is_new] = later_.emplace(row.bytes, before_);
    if (!is_new) superseded.push_back({before_, std::exchange(at->second, before_)});
  }
  select->Reset();
  SKERRY_ASSIGN(move, db_.Cached("UPDATE ops SET kind = ?3, source_table = 0, row_uuid = x'', object_type = '', "
                                 "object_id = '', target = ?4, data = NULL WHERE bucket = ?1 AND op = ?2"));
  for (const Superseded& one : superseded) SKERRY_TRY(move->Run(bucket_, one.op, kMove, one.by));
  SKERRY_TRY(transaction.Commit());
  counters_.moved += static_cast<std::int64_t>(superseded.size());
  if (is_at_end) {
    later_.clear();
    before_ = upto_ + 1;
    if (++pass_ >= passes_) phase_ = Phase::kClear;
  }
  return kDone;
}

Status Compactor::ClearSlice() {
  SKERRY_ASSIGN(transaction, sqlite::WriteTransaction::Begin(db_));
  SKERRY_ASSIGN(select, db_.Cached("SELECT op, kind, checksum, target FROM ops WHERE bucket = ?1 AND op <= ?2 "
                                   "ORDER BY op LIMIT ?3"));
  SKERRY_TRY(select->Bind(bucket_, upto_, limits_.ops_cleared));
  std::int64_t count = 0;
  std::int64_t last = 0;
  std::int64_t target = 0;
  bucket::Checksum sum;
  while (count < limits_.ops_cleared) {
    SKERRY_ASSIGN(has_row, select->Step());
    if (!has_row || select->Int64(1) == kPut) break;
    ++count;
    last = select->Int64(0);
    sum += bucket::Checksum(static_cast<std::uint32_t>(select->Int64(2)));
    target = std::max(target, select->Int64(3));
  }
  select->Reset();
  if (count > 1) {
    SKERRY_ASSIGN(remove, db_.Cached("DELETE FROM ops WHERE bucket = ?1 AND op <= ?2"));
    SKERRY_TRY(remove->Run(bucket_, last));
    SKERRY_ASSIGN(clear, db_.Cached("INSERT INTO ops(bucket, op, kind, source_table, row_uuid, object_type, object_id, "
                                    "checksum, target, data) VALUES (?1, ?2, ?3, 0, x'', '', '', ?4, ?5, NULL)"));
    SKERRY_TRY(clear->Run(bucket_, last, kClear, std::int64_t{sum.value()}, target));
    SKERRY_ASSIGN(update, db_.Cached("UPDATE buckets SET count = count - ?2 WHERE number = ?1"));
    SKERRY_TRY(update->Run(bucket_, count - 1));
    counters_.cleared += count;
  }
  const bool is_done = count < limits_.ops_cleared;
  if (is_done) SKERRY_TRY(FinishBucket());
  return transaction.Commit();
}

Status Compactor::FinishBucket() {
  phase_ = Phase::kNextBucket;
  ++counters_.buckets;
  SKERRY_ASSIGN(update, db_.Cached("UPDATE buckets SET compacted_count = count WHERE number = ?1"));
  return update->Run(bucket_);
}

// New operations fill free pages first, so the file is only made smaller when a good part of it is free.
Result<bool> Compactor::FreePages() {
  SKERRY_ASSIGN(free, db_.QueryInt("PRAGMA freelist_count"));
  SKERRY_ASSIGN(all, db_.QueryInt("PRAGMA page_count"));
  const std::int64_t kept = scope_ == CompactionScope::kEverything ? 0 : *all / 4;
  if (*free <= kept) {
    is_freeing_ = false;
    return false;
  }
  const std::int64_t pages = std::min(limits_.pages_freed, *free - kept);
  SKERRY_TRY(db_.Execute("PRAGMA incremental_vacuum(" + std::to_string(pages) + ")"));
  SKERRY_ASSIGN(left, db_.QueryInt("PRAGMA freelist_count"));
  // A file made without room for this keeps its free pages and fills them again.
  is_freeing_ = *left < *free;
  counters_.pages_freed += *free - *left;
  return is_freeing_;
}

}  // namespace skerry::storage
