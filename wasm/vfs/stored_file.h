// One file that SQLite knows by name, with everything its open handles share: the bytes, the held-back writes, the
// locks and the WAL index.
//
// What a crash leaves behind. Main file: pages are held back only during a checkpoint, when the WAL still has all of
// them; they leave at the latest before SQLite records the checkpoint as done or syncs. WAL: frames are held back only
// until the transaction completes; a commit that SQLite reports is in the file, and one that failed is not believed by
// a reader of it.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "vfs/commit_watch.h"
#include "vfs/file_backend.h"
#include "vfs/file_locks.h"
#include "vfs/wal_index.h"
#include "vfs/write_buffer.h"

namespace skerry::vfs {

enum class FileRole : std::uint8_t { kMain, kWal, kTemporary };

// What survives a power cut (a killed worker loses nothing that was committed at any of them).
enum class Durability : std::uint8_t {
  kOff,     // Perhaps not even a sound file.
  kNormal,  // A sound file, perhaps without the last commits.
  kFull,    // Every commit.
};

class StoredFile {
 public:
  StoredFile(std::string name, FileRole role, std::unique_ptr<FileBackend> backend, Durability durability)
      : name_(std::move(name)),
        role_(role),
        durability_(durability),
        backend_(std::move(backend)),
        buffer_(*backend_) {}
  StoredFile(const StoredFile&) = delete;
  StoredFile& operator=(const StoredFile&) = delete;

  const std::string& name() const { return name_; }
  FileRole role() const { return role_; }

  std::optional<std::size_t> Read(std::int64_t offset, std::span<std::uint8_t> into) {
    return buffer_.Read(offset, into);
  }
  IoStatus Write(std::int64_t offset, std::span<const std::uint8_t> bytes);
  IoStatus Truncate(std::int64_t size) { return buffer_.Truncate(size); }
  IoStatus Sync();
  IoStatus Push() { return buffer_.Push(); }
  std::optional<std::int64_t> Size() { return buffer_.Size(); }

  // Between the two, SQLite copies pages from the WAL into this file, which must be the main file.
  void CheckpointStarted() { checkpointing_ = true; }
  void CheckpointDone();
  // The WAL's write lock was released.
  void TransactionEnded() { commits_.TransactionEnded(); }

  FileLocks locks;
  WalIndex wal_index;
  int open_handles = 0;

 private:
  IoStatus WriteFrames(std::int64_t offset, std::span<const std::uint8_t> bytes);

  const std::string name_;
  const FileRole role_;
  const Durability durability_;
  const std::unique_ptr<FileBackend> backend_;
  WriteBuffer buffer_;
  CommitWatch commits_;
  bool checkpointing_ = false;
};

}  // namespace skerry::vfs
