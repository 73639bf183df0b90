// The files that exist for one VFS: the mounted databases, and temporary files in memory.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "vfs/stored_file.h"

namespace skerry::vfs {

class FileTable {
 public:
  // Makes `name` and `name`-wal known. False if a database of that name is mounted.
  bool Mount(std::string_view name, std::unique_ptr<FileBackend> main, std::unique_ptr<FileBackend> wal,
             Durability durability);
  // Forgets both; the backends are destroyed. False if a connection has one of them open.
  bool Unmount(std::string_view name);

  StoredFile* Find(std::string_view name);
  // The WAL of a mounted main file.
  StoredFile& WalOf(const StoredFile& main);
  // A new temporary file in memory; an empty name gives it one that nobody asks for.
  StoredFile& CreateTemporary(std::string_view name);
  // Temporary files vanish. A file of a database stays, since its access handle stays, and so does an open one: they
  // become empty.
  IoStatus Delete(StoredFile& file);

 private:
  std::map<std::string, std::unique_ptr<StoredFile>, std::less<>> files_;
  int unnamed_ = 0;
};

}  // namespace skerry::vfs
