// Downloaded operations that are not yet reduced: the newest in memory, older ones in the table ps_pending.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "bucket/operation.h"
#include "sqlite/connection.h"
#include "sqlite/transaction.h"

namespace skerry::store {

// Operations of one bucket, see operation_block.h.
struct PendingBlock {
  std::int64_t bucket = 0;
  std::string bytes;
};

// What was stored since the last flush. Blocks of one bucket keep the order of arrival.
class PendingBuffer {
 public:
  // Blocks near this size keep the b-tree's overflow chains long and sequential, and a publish batch bounded.
  static constexpr std::size_t kBlockBytes = 256 * 1024;

  void Append(std::int64_t bucket, std::span<const bucket::Operation> operations);
  // Forgets the blocks of the buckets for which `gone` is true.
  void Remove(const std::function<bool(std::int64_t bucket)>& gone);
  void Clear();

  bool empty() const { return blocks_.empty(); }
  std::size_t size_bytes() const { return size_bytes_; }
  const std::vector<PendingBlock>& blocks() const { return blocks_; }

  // Adds every block to ps_pending; the buffer keeps them until Clear(), since the transaction may still fail.
  Status Write(sqlite::WriteTransaction& write) const;

 private:
  std::vector<PendingBlock> blocks_;
  std::unordered_map<std::int64_t, std::size_t> open_;  // Bucket → its block that still grows.
  std::size_t size_bytes_ = 0;
};

// Takes blocks out of ps_pending in order of arrival, within a publish. What is taken is deleted at once, so that the
// transaction's own writes reuse the pages.
class PendingReader {
 public:
  explicit PendingReader(sqlite::WriteTransaction& write) : write_(write) {}

  // The next block of a bucket for which `wanted` is true, or false at the end.
  Result<bool> Take(const std::function<bool(std::int64_t bucket)>& wanted, PendingBlock& block);

 private:
  sqlite::WriteTransaction& write_;
  std::int64_t last_id_ = 0;
};

// Forgets the blocks of a bucket.
Status DeletePending(sqlite::WriteTransaction& write, std::int64_t bucket);

}  // namespace skerry::store
