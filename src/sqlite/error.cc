#include "sqlite/error.h"

#include <sqlite3.h>

namespace skerry::sqlite {
namespace {

ErrorCode CodeOf(int code) {
  if (code == SQLITE_IOERR_NOMEM) return ErrorCode::kOutOfMemory;
  switch (code & 0xff) {
    case SQLITE_FULL:
      return ErrorCode::kStorageFull;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kStorageBusy;
    case SQLITE_IOERR:
      return ErrorCode::kStorageIo;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kStorageCorrupt;
    case SQLITE_CANTOPEN:
      return ErrorCode::kStorageUnavailable;
    case SQLITE_NOMEM:
      return ErrorCode::kOutOfMemory;
    case SQLITE_INTERRUPT:
      return ErrorCode::kInterrupted;
    case SQLITE_CONSTRAINT:
      return ErrorCode::kConstraint;
    case SQLITE_AUTH:
      return ErrorCode::kNotAuthorized;
    default:
      return ErrorCode::kSqlite;
  }
}

}  // namespace

Error MakeError(sqlite3* db, int code, std::string_view doing) {
  // The connection's message belongs to its last call; a code from elsewhere gets the general text.
  const bool is_last = db != nullptr && (sqlite3_errcode(db) & 0xff) == (code & 0xff);
  Error error{CodeOf(code), is_last ? sqlite3_errmsg(db) : sqlite3_errstr(code), code};
  if (!doing.empty()) return std::move(error).During(doing);
  return error;
}

}  // namespace skerry::sqlite
