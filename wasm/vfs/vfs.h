// A SQLite VFS over FileBackends, for one module that has its database files to itself.
//
// Connections of the module share one WAL through memory (WalIndex), so a reader keeps its snapshot while a write
// transaction is open in the same thread. Databases are mounted by name before SQLite opens them; a main file or WAL
// that is not mounted cannot be opened, so a wrong name never makes a second, volatile database. Journals and temporary
// files live in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "sqlite3.h"
#include "vfs/file_backend.h"
#include "vfs/file_table.h"

namespace skerry::vfs {

// What the VFS needs from the platform.
class VfsHost {
 public:
  virtual ~VfsHost() = default;
  virtual void Randomness(std::span<std::uint8_t> into) = 0;
  // Milliseconds since 1970-01-01T00:00:00Z.
  virtual std::int64_t WallMs() = 0;
};

// Registered with SQLite from Register to destruction; connections must be closed before. Borrows the host. SQLite
// keeps its address.
class Vfs {
 public:
  // Null if the name is taken or SQLite refuses. With `as_default` it serves connections that name no VFS.
  static std::unique_ptr<Vfs> Register(std::string name, VfsHost& host, bool as_default);
  Vfs(const Vfs&) = delete;
  Vfs& operator=(const Vfs&) = delete;
  ~Vfs();

  // The database `name` lies in `main`, its WAL in `wal`. False if the name is taken.
  bool Mount(std::string_view name, std::unique_ptr<FileBackend> main, std::unique_ptr<FileBackend> wal,
             Durability durability = Durability::kNormal) {
    return files_.Mount(name, std::move(main), std::move(wal), durability);
  }
  // Gives up the files. False if a connection is still open.
  bool Unmount(std::string_view name) { return files_.Unmount(name); }

  FileTable& files() { return files_; }
  VfsHost& host() { return host_; }
  const char* name() const { return name_.c_str(); }

 private:
  Vfs(std::string name, VfsHost& host);

  const std::string name_;
  VfsHost& host_;
  FileTable files_;
  sqlite3_vfs vfs_;
};

}  // namespace skerry::vfs
