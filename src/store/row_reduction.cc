#include "store/row_reduction.h"

#include <algorithm>

namespace skerry::store {

void RowReduction::Reduce(std::span<const OplogEntry> before, std::span<const BatchedOperation> operations) {
  entries_.clear();
  winner_before_.reset();
  has_new_ = has_removed_ = false;
  for (const OplogEntry& entry : before) {
    RowEntry& row = entries_.emplace_back();
    row.bucket = entry.bucket;
    row.subkey = entry.subkey;
    row.op_id = entry.op_id;
    row.checksum = entry.checksum;
    if (entry.has_data) row.data = entry.data;
    row.is_bare = entry.is_bare;
    if (!winner_before_ || Raw(entry.op_id) > Raw(*winner_before_)) winner_before_ = entry.op_id;
  }
  for (const BatchedOperation& each : operations) {
    const bucket::Operation& operation = each.operation;
    RowEntry* stands = nullptr;
    for (std::size_t i = 0; i < before.size() && stands == nullptr; ++i) {
      if (entries_[i].bucket == each.bucket && entries_[i].subkey == SubkeyOf(operation)) stands = &entries_[i];
    }
    if (stands != nullptr) stands->replaced_checksum = stands->checksum;
    if (operation.kind == bucket::OpKind::kRemove) {
      if (stands == nullptr) continue;
      stands->change = RowEntry::Change::kRemoved;
      stands->is_bare = false;
      has_removed_ = true;
      continue;
    }
    const auto change = stands == nullptr ? RowEntry::Change::kAdded : RowEntry::Change::kReplaced;
    RowEntry& entry = stands == nullptr ? entries_.emplace_back() : *stands;
    entry.bucket = each.bucket;
    entry.subkey = SubkeyOf(operation);
    entry.op_id = operation.id;
    entry.checksum = operation.checksum;
    entry.data = operation.data;
    entry.is_bare = false;
    entry.change = change;
    has_new_ = true;
  }
}

RowEntry* RowReduction::ToFill() {
  if (entries_.size() < 2) return nullptr;
  const auto bare = std::find_if(entries_.begin(), entries_.end(), [](const RowEntry& each) { return each.is_bare; });
  return bare == entries_.end() ? nullptr : &*bare;
}

std::size_t RowReduction::CountInForce() const {
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), [](const RowEntry& each) {
    return each.change != RowEntry::Change::kRemoved;
  }));
}

const RowEntry* RowReduction::Winner(const BucketScope& scope) const {
  const RowEntry* winner = nullptr;
  for (const RowEntry& entry : entries_) {
    if (entry.change == RowEntry::Change::kRemoved || (scope && !scope(entry.bucket))) continue;
    if (winner == nullptr || Raw(entry.op_id) > Raw(winner->op_id)) winner = &entry;
  }
  return winner;
}

}  // namespace skerry::store
