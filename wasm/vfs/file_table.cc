#include "vfs/file_table.h"

#include "vfs/memory_backend.h"

namespace skerry::vfs {
namespace {

std::string WalNameOf(std::string_view name) { return std::string(name) + "-wal"; }

}  // namespace

bool FileTable::Mount(std::string_view name, std::unique_ptr<FileBackend> main, std::unique_ptr<FileBackend> wal,
                      Durability durability) {
  const std::string main_name(name);
  const std::string wal_name = WalNameOf(name);
  if (files_.count(main_name) != 0 || files_.count(wal_name) != 0) return false;
  files_[main_name] = std::make_unique<StoredFile>(main_name, FileRole::kMain, std::move(main), durability);
  files_[wal_name] = std::make_unique<StoredFile>(wal_name, FileRole::kWal, std::move(wal), durability);
  return true;
}

bool FileTable::Unmount(std::string_view name) {
  const StoredFile* main = Find(name);
  const StoredFile* wal = Find(WalNameOf(name));
  if (main == nullptr || wal == nullptr || main->open_handles > 0 || wal->open_handles > 0) return false;
  files_.erase(wal->name());
  files_.erase(main->name());
  return true;
}

StoredFile* FileTable::Find(std::string_view name) {
  const auto found = files_.find(name);
  return found == files_.end() ? nullptr : found->second.get();
}

StoredFile& FileTable::WalOf(const StoredFile& main) { return *files_.find(WalNameOf(main.name()))->second; }

StoredFile& FileTable::CreateTemporary(std::string_view name) {
  const std::string key = name.empty() ? "\ntemporary-" + std::to_string(++unnamed_) : std::string(name);
  auto& file = files_[key];
  file = std::make_unique<StoredFile>(key, FileRole::kTemporary, std::make_unique<MemoryBackend>(), Durability::kOff);
  return *file;
}

IoStatus FileTable::Delete(StoredFile& file) {
  if (file.role() != FileRole::kTemporary || file.open_handles > 0) return file.Truncate(0);
  files_.erase(files_.find(file.name()));
  return IoStatus::kOk;
}

}  // namespace skerry::vfs
