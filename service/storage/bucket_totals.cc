#include "storage/bucket_totals.h"

namespace skerry::storage {
namespace {

// A hundred thousand names of some 60 bytes are about 15 MB.
constexpr std::size_t kMaxNumbers = 100'000;
constexpr std::size_t kMaxSums = 100'000;

}  // namespace

Result<std::int64_t> BucketTotals::NumberOf(std::string_view name) {
  if (const auto known = numbers_.find(name); known != numbers_.end()) return known->second;
  SKERRY_ASSIGN(stored, db_.QueryInt("SELECT number FROM buckets WHERE name = ?1", name));
  if (!stored) {
    SKERRY_ASSIGN(insert, db_.Cached("INSERT INTO buckets(name, checksum, count, live, compacted_count, last_op) "
                                     "VALUES (?1, 0, 0, 0, 0, 0)"));
    SKERRY_TRY(insert->Run(name));
    stored = db_.LastInsertRowId();
  }
  if (numbers_.size() >= kMaxNumbers) numbers_.clear();
  numbers_.emplace(name, *stored);
  return *stored;
}

Status BucketTotals::Add(std::int64_t bucket, OpId op, bucket::Checksum checksum, int rows) {
  if (sums_.size() >= kMaxSums) SKERRY_TRY(Flush());
  Sum& sum = sums_[bucket];
  sum.checksum += checksum;
  ++sum.count;
  sum.live += rows;
  sum.last_op = op;
  if (changed_.size() <= kMaxListedChanges) changed_.insert(bucket);
  return kDone;
}

Status BucketTotals::Flush() {
  SKERRY_ASSIGN(update, db_.Cached("UPDATE buckets SET checksum = (checksum + ?2) & 4294967295, count = count + ?3, "
                                   "last_op = ?4, live = live + ?5 WHERE number = ?1"));
  for (const auto& [number, sum] : sums_) {
    SKERRY_TRY(update->Run(number, std::int64_t{sum.checksum.value()}, sum.count, sum.last_op, sum.live));
  }
  sums_.clear();
  return kDone;
}

Status BucketTotals::AppendChanges(Changes& changes) {
  if (changed_.size() > kMaxListedChanges) {
    changes.everything = true;
    return kDone;
  }
  SKERRY_ASSIGN(select, db_.Cached("SELECT name FROM buckets WHERE number = ?1"));
  for (const std::int64_t number : changed_) {
    SKERRY_TRY(select->Bind(number));
    SKERRY_ASSIGN(has_row, select->Step());
    if (has_row) changes.buckets.emplace_back(select->Text(0));
    select->Reset();
  }
  return kDone;
}

void BucketTotals::Clear() {
  sums_.clear();
  changed_.clear();
}

void BucketTotals::Forget() {
  Clear();
  numbers_.clear();
}

}  // namespace skerry::storage
