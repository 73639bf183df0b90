#include "store/operation_batch.h"

#include <algorithm>

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
  owned_.clear();
  size_bytes_ = 0;
  types_.clear();
  last_type_ = {};
  cleared_.clear();
  keys_.clear();
  next_ = 0;
}

bool OperationBatch::Add(PendingBlock block) {
  return Index(block.bucket, owned_.emplace_back(std::move(block.bytes)));
}

bool OperationBatch::Index(std::int64_t bucket, std::string_view bytes) {
  const auto block = static_cast<std::uint32_t>(blocks_.size());
  blocks_.push_back({bucket, bytes});
  size_bytes_ += bytes.size();
  BlockReader reader(bytes);
  bucket::Operation operation;
  for (std::size_t at = 0; reader.Next(operation); at = reader.Offset(bytes.size())) {
    Key key{0, 0, block, static_cast<std::uint32_t>(at)};
    switch (operation.kind) {
      case bucket::OpKind::kPut:
      case bucket::OpKind::kRemove:
        key.prefix = PrefixOf(operation.object_id);
        key.type = TypeOf(operation.object_type);
        keys_.push_back(key);
        break;
      case bucket::OpKind::kMove:
        break;  // Only its checksum counts, and that was added when it came.
      case bucket::OpKind::kClear:
        cleared_[bucket] = key;
        break;
    }
  }
  return !reader.is_damaged();
}

std::uint32_t OperationBatch::TypeOf(std::string_view name) {
  if (last_type_.data() == nullptr || last_type_ != name) {
    last_type_ = name;
    last_type_index_ = types_.emplace(name, static_cast<std::uint32_t>(types_.size())).first->second;
  }
  return last_type_index_;
}

std::vector<std::int64_t> OperationBatch::Cleared() const {
  std::vector<std::int64_t> buckets;
  for (const auto& [bucket, key] : cleared_) buckets.push_back(bucket);
  return buckets;
}

bool OperationBatch::Arrived(const Key& a, const Key& b) {
  return a.block != b.block ? a.block < b.block : a.offset < b.offset;
}

void OperationBatch::Sort() {
  std::vector<std::uint32_t> ranks(types_.size());
  std::uint32_t rank = 0;
  for (const auto& [name, index] : types_) ranks[index] = rank++;
  for (Key& key : keys_) key.type = ranks[key.type];
  if (!cleared_.empty()) {
    std::erase_if(keys_, [this](const Key& key) {
      const auto clear = cleared_.find(blocks_[key.block].bucket);
      return clear != cleared_.end() && Arrived(key, clear->second);
    });
  }
  std::sort(keys_.begin(), keys_.end(), [this](const Key& a, const Key& b) { return Less(a, b); });
}

BatchedOperation OperationBatch::Read(const Key& key) const {
  const Block& block = blocks_[key.block];
  BatchedOperation read{block.bucket, {}};
  BlockReader(block.bytes.substr(key.offset)).Next(read.operation);
  return read;
}

bool OperationBatch::Less(const Key& a, const Key& b) const {
  if (a.type != b.type) return a.type < b.type;
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  const BatchedOperation x = Read(a);
  const BatchedOperation y = Read(b);
  if (const int order = x.operation.object_id.compare(y.operation.object_id); order != 0) return order < 0;
  if (x.bucket != y.bucket) return x.bucket < y.bucket;
  if (const int order = SubkeyOf(x.operation).compare(SubkeyOf(y.operation)); order != 0) return order < 0;
  return Arrived(a, b);
}

std::span<const BatchedOperation> OperationBatch::NextRow() {
  row_.clear();
  const std::size_t first = next_;
  for (; next_ < keys_.size(); ++next_) {
    if (keys_[next_].type != keys_[first].type || keys_[next_].prefix != keys_[first].prefix) break;
    const BatchedOperation read = Read(keys_[next_]);
    if (!row_.empty()) {
      const BatchedOperation& last = row_.back();
      if (read.operation.object_id != last.operation.object_id) break;
      // The later operation of the same bucket and subkey takes the earlier one's place.
      if (read.bucket == last.bucket && SubkeyOf(read.operation) == SubkeyOf(last.operation)) row_.pop_back();
    }
    row_.push_back(read);
  }
  return row_;
}

}  // namespace skerry::store
