// Makes the op log shorter without changing what any client ends up with (service.md, section 9).
//
// MOVE: an operation whose row has a later one in the same bucket gives up its data and names that later one as its
// target. CLEAR: the operations before a bucket's first standing PUT become one. Sums stay, ids stay, and only
// operations at or below the published checkpoint are touched. The work is cut into slices of one short transaction
// each, so the writer publishes between them, and a crash leaves a log that is merely less compact.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <unordered_map>

#include "base/ids.h"
#include "base/result.h"
#include "sqlite/connection.h"
#include "storage/op_hash.h"
#include "storage/storage.h"

namespace skerry::storage {

struct CompactorLimits {
  std::int64_t ops_read = 10'000;  // Of one slice.
  std::size_t ops_written = 2'000;
  std::int64_t ops_cleared = 5'000;
  std::size_t rows_remembered = 1'000'000;  // Some 64 MiB. A bucket with more rows is read once per so many.
  std::int64_t pages_freed = 256;
};

// Borrows the connection, which must be outside a transaction whenever this is called.
class Compactor {
 public:
  explicit Compactor(sqlite::Connection& db, CompactorLimits limits = {}) : db_(db), limits_(limits) {}

  // Chooses the buckets to go through; what was left of an earlier choice is dropped.
  Status Start(CompactionScope scope);
  // One slice, on operations up to `upto`, which is published. False if nothing is left to do.
  Result<bool> Step(OpId upto);
  // The buckets are no longer what they were: a new deployment.
  void Forget();

  const CompactionCounters& counters() const { return counters_; }

 private:
  enum class Phase : std::uint8_t { kNextBucket, kMove, kClear };
  struct HashDigest {
    std::size_t operator()(const std::array<std::uint8_t, 16>& bytes) const {
      std::size_t value = 0;
      std::memcpy(&value, bytes.data(), sizeof value);
      return value;
    }
  };

  Status TakeBucket(OpId upto);
  Status MoveSlice();
  Status ClearSlice();
  Status FinishBucket();
  Result<bool> FreePages();

  sqlite::Connection& db_;
  CompactorLimits limits_;
  Hasher hasher_;
  CompactionScope scope_ = CompactionScope::kCrowded;
  std::deque<std::int64_t> queue_;
  bool is_freeing_ = false;
  CompactionCounters counters_;

  // Of the bucket under way.
  Phase phase_ = Phase::kNextBucket;
  std::int64_t bucket_ = 0;
  std::int64_t upto_ = 0;
  std::int64_t before_ = 0;  // The MOVE pass goes down from here.
  std::size_t pass_ = 0;
  std::size_t passes_ = 1;
  std::unordered_map<std::array<std::uint8_t, 16>, std::int64_t, HashDigest> later_;  // Row → its next operation.
};

}  // namespace skerry::storage
