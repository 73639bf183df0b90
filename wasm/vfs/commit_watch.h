// Tells from the writes that SQLite makes to a WAL file which of them completes a transaction.
//
// SQLite has no call to a VFS for "committed" when it does not sync, yet a commit that was reported must be in the
// file. The format says enough (sqlite.org/walformat.html): a frame is a header of 24 bytes and a page, and the header
// of the last frame of a transaction holds the database's size, every other one 0. If the transaction wrote pages over
// its own earlier frames, SQLite then rewrites the headers from there on, the commit frame's last and without its page.
#pragma once

#include <cstdint>
#include <span>

namespace skerry::vfs {

class CommitWatch {
 public:
  // Whether `bytes`, about to be written at `offset`, and everything before them must be in the file when the write
  // returns.
  bool Completes(std::int64_t offset, std::span<const std::uint8_t> bytes);

  // The write lock was released: what follows belongs to another transaction and may start anywhere.
  void TransactionEnded() { *this = CommitWatch(); }

 private:
  std::int64_t append_end_ = -1;   // End of the frames that this transaction appended; -1: none yet.
  std::int64_t commit_page_ = -1;  // Where the page of a commit frame is expected; -1: nowhere.
};

}  // namespace skerry::vfs
