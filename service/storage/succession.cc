#include "storage/succession.h"

#include <filesystem>
#include <system_error>

#include "sqlite/connection.h"

namespace skerry::storage {
namespace {

bool Exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

Error Failed(const std::string& what, const std::error_code& failure) {
  return {.code = ErrorCode::kStorageUnavailable, .message = what + ": " + failure.message()};
}

}  // namespace

std::string SuccessorPath(const std::string& path) { return path + "-next"; }

std::string PresentPath(const std::string& path) { return Exists(path) ? path : SuccessorPath(path); }

void RemoveStorage(const std::string& path) {
  std::error_code ignored;
  for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(path + part, ignored);
}

Status SettleSuccession(const std::string& path) {
  const std::string next = SuccessorPath(path);
  if (!Exists(next)) return kDone;
  {
    // Closing the only connection brings the log into the file, which may then be renamed alone.
    SKERRY_ASSIGN(db, sqlite::Connection::Open({.path = next, .page_size = 8192, .cache_kib = 256}));
    SKERRY_ASSIGN(has_taken_over, db->QueryInt("SELECT 1 FROM sqlite_schema WHERE name = 'took_over'"));
    if (!has_taken_over) return kDone;
  }
  if (Exists(next + "-wal")) {
    return Error{.code = ErrorCode::kStorageBusy, .message = next + " is open in another program"};
  }
  // The log of the old file would be taken for one of the new.
  RemoveStorage(path);
  std::error_code failure;
  if (Exists(path) || Exists(path + "-wal"))
    return Failed("removing " + path, std::make_error_code(std::errc::io_error));
  std::filesystem::rename(next, path, failure);
  if (failure) return Failed("renaming " + next, failure);
  return kDone;
}

}  // namespace skerry::storage
