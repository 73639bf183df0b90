// SQLite's handle of an open file: the C functions that SQLite calls, on top of StoredFile.
#pragma once

#include "sqlite3.h"
#include "vfs/vfs.h"

namespace skerry::vfs {

struct OpenFile {
  sqlite3_file base;  // First, since SQLite holds a pointer to it.
  Vfs* vfs;
  StoredFile* stored;
  LockLevel lock;
  WalLocksHeld wal_locks;
  bool delete_on_close;
};

// Makes the handle of `stored` in the memory that SQLite set aside at `file`.
void OpenFileAt(sqlite3_file* file, Vfs& vfs, StoredFile& stored, bool delete_on_close);

}  // namespace skerry::vfs
