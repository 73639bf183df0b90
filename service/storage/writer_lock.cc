#include "storage/writer_lock.h"

#include <utility>

namespace skerry::storage {

Result<std::shared_ptr<sqlite::Connection>> LockStorage(const std::string& path) {
  SKERRY_ASSIGN(lock, sqlite::Connection::Open({.path = path + "-writer", .page_size = 4096, .cache_kib = 64}));
  if (Status locked = lock->Execute("BEGIN IMMEDIATE"); !locked.ok()) {
    Error error = std::move(locked).error();
    if (error.code == ErrorCode::kStorageBusy)
      error.message = "the bucket storage " + path + " is in use by another skerryd";
    return error;
  }
  return std::shared_ptr<sqlite::Connection>(std::move(lock));
}

}  // namespace skerry::storage
