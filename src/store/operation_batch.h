// A bounded part of the pending operations, sorted by row: what one pass of a publish reduces.
//
// Random row ids in order of arrival touch nearly every page of the oplog; sorted, each page is touched once per batch.
// Of each operation only a key of 24 bytes is kept beside its block; it is read again when its turn comes.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bucket/operation.h"
#include "store/pending_operations.h"

namespace skerry::store {

struct BatchedOperation {
  std::int64_t bucket = 0;
  bucket::Operation operation;  // Borrows from the batch until its Reset().
};

class OperationBatch {
 public:
  // Forgets everything; keeps memory for the next batch.
  void Reset();
  // Blocks of one bucket come in order of arrival. False if the block is damaged.
  bool Add(PendingBlock block);
  // The same; `block` must outlive the batch's use.
  bool Borrow(const PendingBlock& block) { return Index(block.bucket, block.bytes); }
  std::size_t size_bytes() const { return size_bytes_; }
  std::size_t count() const { return keys_.size(); }

  // Buckets with a CLEAR in the batch: what their oplog held before is void. What stood before the CLEAR in the batch
  // itself does not come out any more.
  std::vector<std::int64_t> Cleared() const;

  // Sorts; after it come rows.
  void Sort();
  // The next row's operations, the last one of each bucket and subkey; empty at the end. Only PUT and REMOVE. Valid
  // until the next call.
  std::span<const BatchedOperation> NextRow();

 private:
  struct Block {
    std::int64_t bucket = 0;
    std::string_view bytes;
  };
  struct Key {
    std::uint64_t prefix;  // Of the row id, so that most comparisons need no look at the text.
    std::uint32_t type;    // Into types_, later the rank of its name.
    std::uint32_t block;   // With `offset` the order of arrival.
    std::uint32_t offset;
  };

  bool Index(std::int64_t bucket, std::string_view bytes);
  std::uint32_t TypeOf(std::string_view name);
  BatchedOperation Read(const Key& key) const;
  bool Less(const Key& a, const Key& b) const;
  static bool Arrived(const Key& a, const Key& b);

  std::deque<std::string> owned_;  // A deque, since blocks point into texts that must not move.
  std::vector<Block> blocks_;
  std::size_t size_bytes_ = 0;
  std::map<std::string_view, std::uint32_t> types_;
  std::string_view last_type_;
  std::uint32_t last_type_index_ = 0;
  std::unordered_map<std::int64_t, Key> cleared_;  // Bucket → its last CLEAR.
  std::vector<Key> keys_;
  std::size_t next_ = 0;
  std::vector<BatchedOperation> row_;
};

// The subkey as it is stored.
std::string_view SubkeyOf(const bucket::Operation& operation);

}  // namespace skerry::store
