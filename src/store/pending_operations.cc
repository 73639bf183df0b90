#include "store/pending_operations.h"

#include <algorithm>
#include <string_view>

#include "store/operation_block.h"

namespace skerry::store {

namespace {

// The others only add to the bucket's sum: a MOVE, and what has no key, which no row could show (C-104).
bool ChangesRows(const bucket::Operation& operation) {
  switch (operation.kind) {
    case bucket::OpKind::kPut:
    case bucket::OpKind::kRemove:
      return bucket::HasKey(operation);
    case bucket::OpKind::kMove:
      return false;
    case bucket::OpKind::kClear:
      return true;
  }
  return false;
}

}  // namespace

void PendingBuffer::Append(std::int64_t bucket, std::span<const bucket::Operation> operations) {
  if (std::none_of(operations.begin(), operations.end(), ChangesRows)) return;
  const auto [open, is_new] = open_.try_emplace(bucket, blocks_.size());
  if (!is_new && blocks_[open->second].bytes.size() >= kBlockBytes) open->second = blocks_.size();
  if (open->second == blocks_.size()) blocks_.push_back({bucket, {}});
  std::string& bytes = blocks_[open->second].bytes;
  const std::size_t before = bytes.size();
  for (const bucket::Operation& operation : operations) {
    if (ChangesRows(operation)) AppendOperation(bytes, operation);
  }
  size_bytes_ += bytes.size() - before;
}

void PendingBuffer::Remove(const std::function<bool(std::int64_t)>& gone) {
  std::erase_if(blocks_, [&](const PendingBlock& block) { return gone(block.bucket); });
  open_.clear();
  size_bytes_ = 0;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    open_[blocks_[i].bucket] = i;
    size_bytes_ += blocks_[i].bytes.size();
  }
}

void PendingBuffer::Clear() {
  blocks_.clear();
  open_.clear();
  size_bytes_ = 0;
}

Status PendingBuffer::Write(sqlite::WriteTransaction& write) const {
  SKERRY_ASSIGN(insert, write.db().Cached("INSERT INTO ps_pending(bucket, block) VALUES(?1, ?2)"));
  for (const PendingBlock& block : blocks_) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(block.bytes.data());
    SKERRY_TRY(insert->Run(block.bucket, sqlite::Blob{{bytes, block.bytes.size()}}));
  }
  return kDone;
}

Result<bool> PendingReader::Take(const std::function<bool(std::int64_t)>& wanted, PendingBlock& block) {
  SKERRY_ASSIGN(next, write_.db().Cached("SELECT id, bucket, block FROM ps_pending WHERE id > ?1 ORDER BY id"));
  SKERRY_TRY(next->Bind(last_id_));
  for (;;) {
    SKERRY_ASSIGN(row, next->Step());
    if (!row) {
      next->Reset();
      return false;
    }
    last_id_ = next->Int64(0);
    if (!wanted(next->Int64(1))) continue;
    block.bucket = next->Int64(1);
    const auto bytes = next->Bytes(2);
    block.bytes.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    break;
  }
  next->Reset();
  SKERRY_ASSIGN(remove, write_.db().Cached("DELETE FROM ps_pending WHERE id = ?1"));
  SKERRY_TRY(remove->Run(last_id_));
  return true;
}

Status DeletePending(sqlite::WriteTransaction& write, std::int64_t bucket) {
  SKERRY_ASSIGN(remove, write.db().Cached("DELETE FROM ps_pending WHERE bucket = ?1"));
  return remove->Run(bucket);
}

}  // namespace skerry::store
