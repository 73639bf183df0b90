// The buckets that a batch touches: their numbers by name, and what the batch adds to their sums. Keeps a row's change
// from costing an update of its bucket's total each time; bounded, however many buckets there are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/ids.h"
#include "base/result.h"
#include "bucket/checksum.h"
#include "sqlite/connection.h"
#include "storage/storage.h"

namespace skerry::storage {

class BucketTotals {
 public:
  explicit BucketTotals(sqlite::Connection& db) : db_(db) {}

  // The number of the bucket called `name`, made if it is new.
  Result<std::int64_t> NumberOf(std::string_view name);
  // One operation was appended to `bucket`, which has `rows` more standing PUTs since.
  Status Add(std::int64_t bucket, OpId op, bucket::Checksum checksum, int rows);
  // Writes the sums. What remains is the list of changed buckets.
  Status Flush();
  // The names of the buckets changed since the last Clear(), or everything.
  Status AppendChanges(Changes& changes);
  // Begins a new batch.
  void Clear();
  // A batch was rolled back, or all buckets were removed: numbers are no longer what they were.
  void Forget();

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Sum {
    bucket::Checksum checksum;
    std::int64_t count = 0;
    std::int64_t live = 0;
    OpId last_op{};
  };

  sqlite::Connection& db_;
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> numbers_;
  std::unordered_map<std::int64_t, Sum> sums_;
  std::unordered_set<std::int64_t> changed_;  // At most kMaxListedChanges + 1.
};

}  // namespace skerry::storage
