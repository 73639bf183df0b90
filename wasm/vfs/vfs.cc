#include "vfs/vfs.h"

#include <cstring>

#include "vfs/open_file.h"

namespace skerry::vfs {
namespace {

constexpr int kMaxPath = 512;
constexpr std::int64_t kUnixEpochInJulianMs = 210866760000000;

Vfs& Self(sqlite3_vfs* vfs) { return *static_cast<Vfs*>(vfs->pAppData); }

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  Vfs& self = Self(vfs);
  StoredFile* stored = name == nullptr ? nullptr : self.files().Find(name);
  if (stored == nullptr) {
    if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0) return SQLITE_CANTOPEN;
    if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    stored = &self.files().CreateTemporary(name == nullptr ? "" : name);
  }
  OpenFileAt(file, self, *stored, (flags & SQLITE_OPEN_DELETEONCLOSE) != 0);
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs* vfs, const char* name, int) {
  StoredFile* stored = Self(vfs).files().Find(name);
  if (stored == nullptr) return SQLITE_IOERR_DELETE_NOENT;
  return Self(vfs).files().Delete(*stored) == IoStatus::kOk ? SQLITE_OK : SQLITE_IOERR_DELETE;
}

// The files of a database are always there; for SQLite they exist when somebody wrote to them.
int Access(sqlite3_vfs* vfs, const char* name, int, int* answer) {
  StoredFile* stored = Self(vfs).files().Find(name);
  *answer = stored != nullptr && (stored->open_handles > 0 || stored->Size().value_or(0) > 0) ? 1 : 0;
  return SQLITE_OK;
}

int FullPathname(sqlite3_vfs*, const char* name, int size, char* out) {
  if (static_cast<int>(std::strlen(name)) >= size) return SQLITE_CANTOPEN;
  std::strcpy(out, name);
  return SQLITE_OK;
}

int Randomness(sqlite3_vfs* vfs, int size, char* out) {
  Self(vfs).host().Randomness({reinterpret_cast<std::uint8_t*>(out), static_cast<std::size_t>(size)});
  return size;
}

// Whoever could make the wait worth while runs in this same thread, so waiting is pointless and takes no time.
int Sleep(sqlite3_vfs*, int microseconds) { return microseconds; }

int CurrentTimeInt64(sqlite3_vfs* vfs, sqlite3_int64* now) {
  *now = Self(vfs).host().WallMs() + kUnixEpochInJulianMs;
  return SQLITE_OK;
}

int CurrentTime(sqlite3_vfs* vfs, double* now) {
  sqlite3_int64 ms = 0;
  CurrentTimeInt64(vfs, &ms);
  *now = static_cast<double>(ms) / 86400000.0;
  return SQLITE_OK;
}

int GetLastError(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

Vfs::Vfs(std::string name, VfsHost& host)
    : name_(std::move(name)),
      host_(host),
      vfs_{.iVersion = 2,
           .szOsFile = sizeof(OpenFile),
           .mxPathname = kMaxPath,
           .pNext = nullptr,
           .zName = name_.c_str(),
           .pAppData = this,
           .xOpen = Open,
           .xDelete = Delete,
           .xAccess = Access,
           .xFullPathname = FullPathname,
           .xDlOpen = nullptr,
           .xDlError = nullptr,
           .xDlSym = nullptr,
           .xDlClose = nullptr,
           .xRandomness = Randomness,
           .xSleep = Sleep,
           .xCurrentTime = CurrentTime,
           .xGetLastError = GetLastError,
           .xCurrentTimeInt64 = CurrentTimeInt64} {}

std::unique_ptr<Vfs> Vfs::Register(std::string name, VfsHost& host, bool as_default) {
  if (sqlite3_vfs_find(name.c_str()) != nullptr) return nullptr;
  std::unique_ptr<Vfs> vfs(new Vfs(std::move(name), host));
  if (sqlite3_vfs_register(&vfs->vfs_, as_default ? 1 : 0) != SQLITE_OK) return nullptr;
  return vfs;
}

Vfs::~Vfs() { sqlite3_vfs_unregister(&vfs_); }

}  // namespace skerry::vfs
