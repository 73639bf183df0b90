// One run of bytes on its way to a file, so that neighbouring writes leave as one.
//
// A write to OPFS costs by the call far more than by the byte, and SQLite writes a WAL frame as 24 bytes and a page, a
// checkpoint as single pages. Readers see the held bytes as if they were written. Whoever promises durability calls
// Push.
#pragma once

#include <memory>

#include "vfs/file_backend.h"

namespace skerry::vfs {

// Borrows the backend, which must outlive it. Nobody else may write to the backend meanwhile.
class WriteBuffer {
 public:
  explicit WriteBuffer(FileBackend& backend) : backend_(backend) {}

  // As FileBackend::Read, held bytes included.
  std::optional<std::size_t> Read(std::int64_t offset, std::span<std::uint8_t> into);
  // Holds `bytes` back. Pushes the held run first if they do not touch it or would make it too long; when that fails
  // `bytes` are not taken.
  IoStatus Write(std::int64_t offset, std::span<const std::uint8_t> bytes);
  // Writes at once, after the held run.
  IoStatus WriteThrough(std::int64_t offset, std::span<const std::uint8_t> bytes);
  // Writes the held run to the file. On failure it stays held, so that readers still see it and Push can be tried
  // again.
  IoStatus Push();
  // Forgets the held run: for bytes that belong to a transaction which has failed.
  void Discard() { size_ = 0; }
  // The new size, with everything before it pushed.
  IoStatus Truncate(std::int64_t size);
  std::optional<std::int64_t> Size();

  bool empty() const { return size_ == 0; }

 private:
  IoStatus WriteToFile(std::int64_t offset, std::span<const std::uint8_t> bytes);
  std::int64_t End() const { return start_ + static_cast<std::int64_t>(size_); }
  void Reserve(std::size_t bytes);

  FileBackend& backend_;
  std::int64_t start_ = 0;
  // Not a vector: with Emscripten's library its clear() and resize() walk over every byte.
  std::unique_ptr<std::uint8_t[]> held_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::int64_t file_size_ = -1;  // Of the backend; -1: ask it.
};

}  // namespace skerry::vfs
