// What new operations make of one row: its entries before and after, over all buckets and subkeys.
//
// The value of a row is the PUT with the greatest op id (P-061); no PUT, or one without data, means no row (P-060).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "store/operation_batch.h"
#include "store/oplog.h"

namespace skerry::store {

// Whether a bucket takes part in a publish.
using BucketScope = std::function<bool(std::int64_t bucket)>;

// One entry of the row. Borrows from the oplog's answer and from the batch.
struct RowEntry {
  enum class Change : std::uint8_t { kNone, kAdded, kReplaced, kRemoved };
  std::int64_t bucket = 0;
  std::string_view subkey;
  OpId op_id{};
  bucket::Checksum checksum;
  std::optional<std::string_view> data;
  bucket::Checksum replaced_checksum;  // kReplaced and kRemoved: what stood in the oplog.
  Change change = Change::kNone;
  bool is_bare = false;  // `data` is in the table; only where it stays as it is, being the only entry before.
};

class RowReduction {
 public:
  // `before`: the row's entries in the oplog. `operations`: the last one of each bucket and subkey.
  void Reduce(std::span<const OplogEntry> before, std::span<const BatchedOperation> operations);

  const std::vector<RowEntry>& entries() const { return entries_; }
  // The entry that was bare and is no longer alone, or nullptr: it has to be filled before the row changes.
  RowEntry* ToFill();
  // How many entries there are now.
  std::size_t CountInForce() const;
  bool has_new() const { return has_new_; }          // A PUT of the operations is in force.
  bool has_removed() const { return has_removed_; }  // An entry went away without another in its place.
  // The entry whose value the row had before; nullptr: none.
  std::optional<OpId> winner_before() const { return winner_before_; }
  // The entry whose value the row has now, among the buckets in scope; nullptr: none. An empty scope takes all.
  const RowEntry* Winner(const BucketScope& scope = nullptr) const;

 private:
  std::vector<RowEntry> entries_;
  std::optional<OpId> winner_before_;
  bool has_new_ = false;
  bool has_removed_ = false;
};

}  // namespace skerry::store
