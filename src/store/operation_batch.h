// A bounded part of the pending operations, sorted by row: what one pass of a publish reduces.
//
// Random row ids in order of arrival touch nearly every page of the oplog; sorted, each page is touched once per batch.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bucket/operation.h"
#include "store/pending_operations.h"

namespace skerry::store {

struct BatchedOperation {
  std::int64_t bucket = 0;
  bucket::Operation operation;
};

// Borrows the blocks' bytes, or owns them where it was given them.
class OperationBatch {
 public:
  // Forgets everything; keeps memory for the next batch.
  void Reset();
  // Blocks of one bucket come in order of arrival. False if the block is damaged.
  bool Add(PendingBlock block);
  bool Borrow(const PendingBlock& block) { return Index(block.bucket, block.bytes); }
  std::size_t size_bytes() const { return size_bytes_; }
  bool empty() const { return operations_.empty() && cleared_.empty(); }

  // Buckets with a CLEAR in the batch: what their oplog held before is void, and so is everything that stood before the
  // CLEAR in the batch, which is already left out.
  const std::unordered_set<std::int64_t>& cleared() const { return cleared_; }

  // Sorts; after it come groups.
  void Sort();
  // The next row's operations, the last one of each bucket and subkey; empty at the end. Only PUT and REMOVE. Valid
  // until the next call.
  std::span<const BatchedOperation* const> NextRow();
  // Operations in the batch.
  std::size_t count() const { return operations_.size(); }

 private:
  struct Key {
    std::uint64_t prefix;  // Of the row id, so that most comparisons need no look at the text.
    std::uint32_t type;    // Rank of the type's name.
    std::uint32_t index;   // Into operations_; the order of arrival.
  };

  bool Index(std::int64_t bucket, std::string_view bytes);
  const bucket::Operation& At(const Key& key) const { return operations_[key.index].operation; }
  bool Less(const Key& a, const Key& b) const;
  bool SameRow(const Key& a, const Key& b) const;
  bool SameEntry(const Key& a, const Key& b) const;

  std::deque<std::string> blocks_;  // A deque, since operations point into texts that must not move.
  std::size_t size_bytes_ = 0;
  std::vector<BatchedOperation> operations_;
  std::unordered_map<std::int64_t, std::size_t> live_from_;  // Bucket → its first operation after the last CLEAR.
  std::unordered_set<std::int64_t> cleared_;
  std::vector<Key> keys_;
  std::size_t next_ = 0;
  std::vector<const BatchedOperation*> row_;
};

// The subkey as it is stored.
std::string_view SubkeyOf(const bucket::Operation& operation);

}  // namespace skerry::store
