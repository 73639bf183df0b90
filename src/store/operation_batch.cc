#include "store/operation_batch.h"

#include <algorithm>
#include <map>

#include "store/operation_block.h"
#include "store/oplog.h"

namespace skerry::store {

namespace {

// The first eight bytes, so that comparing numbers is comparing texts as SQLite does.
std::uint64_t PrefixOf(std::string_view text) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    prefix = prefix << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
  }
  return prefix;
}

}  // namespace

std::string_view SubkeyOf(const bucket::Operation& operation) { return operation.subkey.value_or(kNoSubkey); }

void OperationBatch::Reset() {
  blocks_.clear();
  size_bytes_ = 0;
  operations_.clear();
  live_from_.clear();
  cleared_.clear();
  keys_.clear();
  next_ = 0;
}

bool OperationBatch::Add(PendingBlock block) {
  return Index(block.bucket, blocks_.emplace_back(std::move(block.bytes)));
}

bool OperationBatch::Index(std::int64_t bucket, std::string_view bytes) {
  size_bytes_ += bytes.size();
  BlockReader reader(bytes);
  BatchedOperation next{bucket, {}};
  while (reader.Next(next.operation)) {
    switch (next.operation.kind) {
      case bucket::OpKind::kPut:
      case bucket::OpKind::kRemove:
        operations_.push_back(next);
        break;
      case bucket::OpKind::kMove:
        break;  // Only its checksum counts, and that was added when it came.
      case bucket::OpKind::kClear:
        cleared_.insert(bucket);
        live_from_[bucket] = operations_.size();
        break;
    }
  }
  return !reader.is_damaged();
}

void OperationBatch::Sort() {
  // Ranks of the type names, so that keys compare types as numbers.
  std::map<std::string_view, std::uint32_t> ranks;
  for (const BatchedOperation& each : operations_) {
    if (ranks.empty() || ranks.begin()->first != each.operation.object_type)
      ranks.emplace(each.operation.object_type, 0);
  }
  std::uint32_t rank = 0;
  for (auto& [type, number] : ranks) number = rank++;

  keys_.reserve(operations_.size());
  auto type = ranks.end();
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    const BatchedOperation& each = operations_[i];
    const auto live = live_from_.find(each.bucket);
    if (live != live_from_.end() && i < live->second) continue;
    if (type == ranks.end() || type->first != each.operation.object_type) type = ranks.find(each.operation.object_type);
    keys_.push_back({PrefixOf(each.operation.object_id), type->second, static_cast<std::uint32_t>(i)});
  }
  std::sort(keys_.begin(), keys_.end(), [this](const Key& a, const Key& b) { return Less(a, b); });
}

bool OperationBatch::Less(const Key& a, const Key& b) const {
  if (a.type != b.type) return a.type < b.type;
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  if (const int order = At(a).object_id.compare(At(b).object_id); order != 0) return order < 0;
  if (operations_[a.index].bucket != operations_[b.index].bucket) {
    return operations_[a.index].bucket < operations_[b.index].bucket;
  }
  if (const int order = SubkeyOf(At(a)).compare(SubkeyOf(At(b))); order != 0) return order < 0;
  return a.index < b.index;
}

bool OperationBatch::SameRow(const Key& a, const Key& b) const {
  return a.type == b.type && a.prefix == b.prefix && At(a).object_id == At(b).object_id;
}

bool OperationBatch::SameEntry(const Key& a, const Key& b) const {
  return operations_[a.index].bucket == operations_[b.index].bucket && SubkeyOf(At(a)) == SubkeyOf(At(b));
}

std::span<const BatchedOperation* const> OperationBatch::NextRow() {
  row_.clear();
  const std::size_t first = next_;
  for (; next_ < keys_.size() && SameRow(keys_[first], keys_[next_]); ++next_) {
    if (next_ != first && SameEntry(keys_[next_ - 1], keys_[next_])) row_.pop_back();
    row_.push_back(&operations_[keys_[next_].index]);
  }
  return row_;
}

}  // namespace skerry::store
