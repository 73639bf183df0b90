#include "support/fault_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>

#include "base/random.h"

namespace skerry::test {
namespace {

using File = FaultVfs::File;

// What SQLite holds for one open file.
struct Handle {
  sqlite3_file base;  // First, as SQLite wants it.
  FaultVfs* vfs;
  std::shared_ptr<File> file;
  int lock;
  bool shm_is_shared[8];
};

Handle& Of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
FaultVfs& Of(sqlite3_vfs* vfs) { return *static_cast<FaultVfs*>(vfs->pAppData); }

void Apply(std::vector<std::uint8_t>& content, const FaultVfs::Change& change) {
  if (change.truncates) {
    content.resize(change.offset);
    return;
  }
  content.resize(std::max<std::size_t>(content.size(), change.offset + change.bytes.size()));
  std::copy(change.bytes.begin(), change.bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

int Change(Handle& handle, FaultVfs::Change change) {
  if (const int code = handle.vfs->Count(); code != SQLITE_OK) return code;
  Apply(handle.file->written, change);
  handle.file->unsafe.push_back(std::move(change));
  return SQLITE_OK;
}

void Unlock(Handle& handle, int level) {
  File& file = *handle.file;
  if (handle.lock >= SQLITE_LOCK_RESERVED && level < SQLITE_LOCK_RESERVED) file.exclusive = nullptr;
  if (handle.lock >= SQLITE_LOCK_SHARED && level < SQLITE_LOCK_SHARED) --file.shared_locks;
  handle.lock = std::min(handle.lock, level);
}

int Close(sqlite3_file* base) {
  Handle& handle = Of(base);
  Unlock(handle, SQLITE_LOCK_NONE);
  for (int slot = 0; slot < 8; ++slot) {
    if (handle.shm_is_shared[slot]) --handle.file->shm_shared[slot];
    if (handle.file->shm_exclusive[slot] == &handle) handle.file->shm_exclusive[slot] = nullptr;
  }
  handle.~Handle();
  return SQLITE_OK;
}

int Read(sqlite3_file* base, void* out, int size, sqlite3_int64 offset) {
  Handle& handle = Of(base);
  if (handle.vfs->dead()) return SQLITE_IOERR_READ;
  const auto& content = handle.file->written;
  const auto start = std::min<std::size_t>(static_cast<std::size_t>(offset), content.size());
  const auto there = std::min<std::size_t>(static_cast<std::size_t>(size), content.size() - start);
  if (there > 0) std::memcpy(out, content.data() + start, there);
  std::memset(static_cast<char*>(out) + there, 0, static_cast<std::size_t>(size) - there);
  return there == static_cast<std::size_t>(size) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int Write(sqlite3_file* base, const void* data, int size, sqlite3_int64 offset) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  return Change(Of(base), {static_cast<std::uint64_t>(offset), {bytes, bytes + size}, false});
}

int Truncate(sqlite3_file* base, sqlite3_int64 size) {
  return Change(Of(base), {static_cast<std::uint64_t>(size), {}, true});
}

int Sync(sqlite3_file* base, int) {
  Handle& handle = Of(base);
  if (const int code = handle.vfs->Count(); code != SQLITE_OK) return code;
  handle.file->safe = handle.file->written;
  handle.file->unsafe.clear();
  return SQLITE_OK;
}

int FileSize(sqlite3_file* base, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(Of(base).file->written.size());
  return Of(base).vfs->dead() ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

int Lock(sqlite3_file* base, int level) {
  Handle& handle = Of(base);
  File& file = *handle.file;
  if (handle.lock >= level) return SQLITE_OK;
  if (file.exclusive != nullptr && file.exclusive != &handle) return SQLITE_BUSY;
  const int others = file.shared_locks - (handle.lock >= SQLITE_LOCK_SHARED ? 1 : 0);
  if (level == SQLITE_LOCK_EXCLUSIVE && others > 0) return SQLITE_BUSY;
  if (handle.lock < SQLITE_LOCK_SHARED) ++file.shared_locks;
  if (level >= SQLITE_LOCK_RESERVED) file.exclusive = &handle;
  handle.lock = level;
  return SQLITE_OK;
}

int UnlockTo(sqlite3_file* base, int level) {
  Unlock(Of(base), level);
  return SQLITE_OK;
}

int CheckReserved(sqlite3_file* base, int* is_reserved) {
  *is_reserved = Of(base).file->exclusive != nullptr ? 1 : 0;
  return SQLITE_OK;
}

int Control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int SectorSize(sqlite3_file*) { return 4096; }
int Characteristics(sqlite3_file*) { return 0; }

int ShmMap(sqlite3_file* base, int region, int size, int extend, void volatile** memory) {
  auto& shm = Of(base).file->shm;
  while (extend != 0 && shm.size() <= static_cast<std::size_t>(region)) {
    shm.push_back(std::make_unique<std::uint8_t[]>(static_cast<std::size_t>(size)));
  }
  *memory = shm.size() > static_cast<std::size_t>(region) ? shm[static_cast<std::size_t>(region)].get() : nullptr;
  return SQLITE_OK;
}

int ShmLock(sqlite3_file* base, int first, int count, int flags) {
  Handle& handle = Of(base);
  File& file = *handle.file;
  for (int slot = first; slot < first + count && (flags & SQLITE_SHM_LOCK) != 0; ++slot) {
    const int other_readers = file.shm_shared[slot] - (handle.shm_is_shared[slot] ? 1 : 0);
    if (file.shm_exclusive[slot] != nullptr && file.shm_exclusive[slot] != &handle) return SQLITE_BUSY;
    if ((flags & SQLITE_SHM_EXCLUSIVE) != 0 && other_readers > 0) return SQLITE_BUSY;
  }
  for (int slot = first; slot < first + count; ++slot) {
    const bool locks = (flags & SQLITE_SHM_LOCK) != 0;
    if ((flags & SQLITE_SHM_EXCLUSIVE) != 0) {
      file.shm_exclusive[slot] = locks ? &handle : nullptr;
    } else if (handle.shm_is_shared[slot] != locks) {
      handle.shm_is_shared[slot] = locks;
      file.shm_shared[slot] += locks ? 1 : -1;
    }
  }
  return SQLITE_OK;
}

void ShmBarrier(sqlite3_file*) {}
int ShmUnmap(sqlite3_file* base, int remove) {
  if (remove != 0) Of(base).file->shm.clear();
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {
    2,        Close,         Read,    Write,      Truncate,        Sync,   FileSize, Lock,
    UnlockTo, CheckReserved, Control, SectorSize, Characteristics, ShmMap, ShmLock,  ShmBarrier,
    ShmUnmap, nullptr,       nullptr};

int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* base, int flags, int* out_flags) {
  FaultVfs& fault = Of(vfs);
  base->pMethods = nullptr;
  if (fault.dead()) return SQLITE_CANTOPEN;
  std::shared_ptr<File> file;
  if (path == nullptr) {
    file = std::make_shared<File>();
  } else {
    auto& slot = fault.files()[path];
    if (slot == nullptr && (flags & SQLITE_OPEN_CREATE) == 0) {
      fault.files().erase(path);
      return SQLITE_CANTOPEN;
    }
    if (slot == nullptr) slot = std::make_shared<File>();
    file = slot;
  }
  new (base) Handle{{&kMethods}, &fault, std::move(file), SQLITE_LOCK_NONE, {}};
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs* vfs, const char* path, int) {
  if (const int code = Of(vfs).Count(); code != SQLITE_OK) return code;
  return Of(vfs).files().erase(path) == 0 ? SQLITE_IOERR_DELETE_NOENT : SQLITE_OK;
}

int Access(sqlite3_vfs* vfs, const char* path, int, int* exists) {
  *exists = Of(vfs).files().count(path) != 0 ? 1 : 0;
  return SQLITE_OK;
}

int FullPathname(sqlite3_vfs*, const char* path, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", path);
  return SQLITE_OK;
}

// Salts of the WAL must differ from run to run of one database, not from test to test.
int Randomness(sqlite3_vfs*, int size, char* out) {
  static SeededRandom random{7};
  for (int i = 0; i < size; ++i) out[i] = static_cast<char>(random.Next());
  return size;
}
int Sleep(sqlite3_vfs*, int) { return 0; }
int CurrentTime(sqlite3_vfs*, double* days) {
  *days = 2460000.0;
  return SQLITE_OK;
}
int LastSystemError(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

FaultVfs::FaultVfs() : vfs_(std::make_unique<sqlite3_vfs>()) {
  name_ = "fault-" + std::to_string(reinterpret_cast<std::uintptr_t>(this));
  vfs_->iVersion = 1;
  vfs_->szOsFile = sizeof(Handle);
  vfs_->mxPathname = 512;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = Open;
  vfs_->xDelete = Delete;
  vfs_->xAccess = Access;
  vfs_->xFullPathname = FullPathname;
  vfs_->xRandomness = Randomness;
  vfs_->xSleep = Sleep;
  vfs_->xCurrentTime = CurrentTime;
  vfs_->xGetLastError = LastSystemError;
  sqlite3_vfs_register(vfs_.get(), 0);
}

FaultVfs::~FaultVfs() { sqlite3_vfs_unregister(vfs_.get()); }

void FaultVfs::FailAt(int call, Fault fault, bool for_good) {
  NeverFail();
  fail_at_ = call;
  fault_ = fault;
  for_good_ = for_good;
}

void FaultVfs::PullPlugAt(int call) {
  NeverFail();
  plug_at_ = call;
}

void FaultVfs::NeverFail() {
  calls_ = 0;
  fail_at_ = 0;
  plug_at_ = 0;
  for_good_ = false;
  has_failed_ = false;
}

int FaultVfs::Count() {
  ++calls_;
  if (plug_at_ != 0 && calls_ >= plug_at_) dead_ = true;
  const bool fails = fail_at_ != 0 && (calls_ == fail_at_ || (for_good_ && calls_ > fail_at_));
  if (!dead_ && !fails) return SQLITE_OK;
  has_failed_ = true;
  return fails && fault_ == Fault::kFull ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

void FaultVfs::Restart() {
  NeverFail();
  dead_ = false;
  for (auto& [path, file] : files_) {
    auto fresh = std::make_shared<File>();
    fresh->written = fresh->safe = file->written;
    file = std::move(fresh);
  }
}

void FaultVfs::RestartAfterPowerLoss(std::uint64_t seed) {
  SeededRandom random{seed};
  for (auto& [path, file] : files_) {
    file->written = file->safe;
    for (const Change& change : file->unsafe) {
      if (random.Next() % 2 == 0) Apply(file->written, change);
    }
  }
  Restart();
}

}  // namespace skerry::test
