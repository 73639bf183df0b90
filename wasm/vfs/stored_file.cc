#include "vfs/stored_file.h"

namespace skerry::vfs {

IoStatus StoredFile::Write(std::int64_t offset, std::span<const std::uint8_t> bytes) {
  if (role_ == FileRole::kWal) return WriteFrames(offset, bytes);
  return checkpointing_ ? buffer_.Write(offset, bytes) : buffer_.WriteThrough(offset, bytes);
}

IoStatus StoredFile::WriteFrames(std::int64_t offset, std::span<const std::uint8_t> bytes) {
  const bool completes = commits_.Completes(offset, bytes);
  IoStatus written = buffer_.Write(offset, bytes);
  if (written == IoStatus::kOk && completes) written = durability_ == Durability::kFull ? Sync() : buffer_.Push();
  // The failure ends the whole transaction, and the next one writes over these frames.
  if (written != IoStatus::kOk) buffer_.Discard();
  return written;
}

IoStatus StoredFile::Sync() {
  if (IoStatus pushed = buffer_.Push(); pushed != IoStatus::kOk) return pushed;
  return durability_ == Durability::kOff ? IoStatus::kOk : backend_->Flush();
}

void StoredFile::CheckpointDone() {
  checkpointing_ = false;
  // SQLite does not look at the outcome of this moment. Pages that cannot leave stay readable here, and the sync before
  // the WAL is reused meets the same failure, so that the WAL keeps them.
  (void)buffer_.Push();
}

}  // namespace skerry::vfs
