#include "vfs/open_file.h"

#include <cstring>
#include <new>

namespace skerry::vfs {
namespace {

// A page is written to a file system that keeps its neighbours intact. Not SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN, although
// an access handle keeps other pages from deleting the file: "Clear site data" does it all the same.
constexpr int kDeviceCharacteristics = SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_SUBPAGE_READ;
constexpr int kSectorSize = 4096;

OpenFile& Self(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
StoredFile& Stored(sqlite3_file* file) { return *Self(file).stored; }

int CodeOf(IoStatus status, int failed) {
  switch (status) {
    case IoStatus::kOk:
      return SQLITE_OK;
    case IoStatus::kFull:
      return SQLITE_FULL;
    case IoStatus::kFailed:
      break;
  }
  return failed;
}

int Read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  const std::span bytes(static_cast<std::uint8_t*>(into), static_cast<std::size_t>(size));
  const auto got = Stored(file).Read(offset, bytes);
  if (!got) return SQLITE_IOERR_READ;
  if (*got == bytes.size()) return SQLITE_OK;
  std::memset(bytes.data() + *got, 0, bytes.size() - *got);
  return SQLITE_IOERR_SHORT_READ;
}

int Write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  const std::span bytes(static_cast<const std::uint8_t*>(from), static_cast<std::size_t>(size));
  return CodeOf(Stored(file).Write(offset, bytes), SQLITE_IOERR_WRITE);
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  return CodeOf(Stored(file).Truncate(size), SQLITE_IOERR_TRUNCATE);
}

int Sync(sqlite3_file* file, int) { return CodeOf(Stored(file).Sync(), SQLITE_IOERR_FSYNC); }

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  const auto known = Stored(file).Size();
  if (!known) return SQLITE_IOERR_FSTAT;
  *size = *known;
  return SQLITE_OK;
}

int Lock(sqlite3_file* file, int level) {
  OpenFile& self = Self(file);
  return self.stored->locks.Raise(self.lock, static_cast<LockLevel>(level)) ? SQLITE_OK : SQLITE_BUSY;
}

int Unlock(sqlite3_file* file, int level) {
  OpenFile& self = Self(file);
  self.stored->locks.Lower(self.lock, static_cast<LockLevel>(level));
  return SQLITE_OK;
}

int CheckReservedLock(sqlite3_file* file, int* reserved) {
  *reserved = Stored(file).locks.reserved() ? 1 : 0;
  return SQLITE_OK;
}

int FileControl(sqlite3_file* file, int op, void* argument) {
  OpenFile& self = Self(file);
  switch (op) {
    case SQLITE_FCNTL_LOCKSTATE:
      *static_cast<int*>(argument) = static_cast<int>(self.lock);
      return SQLITE_OK;
    case SQLITE_FCNTL_VFSNAME:
      *static_cast<char**>(argument) = sqlite3_mprintf("%s", self.vfs->name());
      return SQLITE_OK;
    case SQLITE_FCNTL_HAS_MOVED:
      *static_cast<int*>(argument) = 0;
      return SQLITE_OK;
    case SQLITE_FCNTL_CKPT_START:
      self.stored->CheckpointStarted();
      return SQLITE_OK;
    case SQLITE_FCNTL_CKPT_DONE:
      self.stored->CheckpointDone();
      return SQLITE_OK;
    default:
      return SQLITE_NOTFOUND;
  }
}

int SectorSize(sqlite3_file*) { return kSectorSize; }
int DeviceCharacteristics(sqlite3_file*) { return kDeviceCharacteristics; }

int ShmMap(sqlite3_file* file, int region, int size, int extend, void volatile** address) {
  OpenFile& self = Self(file);
  self.stored->wal_index.Attach(self.wal_locks);
  void* found = nullptr;
  const bool mapped = self.stored->wal_index.Map(region, size, extend != 0, &found);
  *address = found;
  return mapped ? SQLITE_OK : SQLITE_NOMEM;
}

int ShmLock(sqlite3_file* file, int first, int count, int flags) {
  constexpr int kWriteLockSlot = 0;
  OpenFile& self = Self(file);
  WalIndex& index = self.stored->wal_index;
  switch (flags) {
    case SQLITE_SHM_LOCK | SQLITE_SHM_SHARED:
      return index.LockShared(self.wal_locks, first) ? SQLITE_OK : SQLITE_BUSY;
    case SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE:
      return index.LockExclusive(self.wal_locks, first, count) ? SQLITE_OK : SQLITE_BUSY;
    case SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED:
      index.UnlockShared(self.wal_locks, first);
      return SQLITE_OK;
    case SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE:
      index.UnlockExclusive(self.wal_locks, first, count);
      if (first == kWriteLockSlot) self.vfs->files().WalOf(*self.stored).TransactionEnded();
      return SQLITE_OK;
    default:
      return SQLITE_IOERR_SHMLOCK;
  }
}

// One thread: every access is ordered already.
void ShmBarrier(sqlite3_file*) {}

int ShmUnmap(sqlite3_file* file, int) {
  OpenFile& self = Self(file);
  self.stored->wal_index.Detach(self.wal_locks);
  return SQLITE_OK;
}

int Close(sqlite3_file* file) {
  OpenFile& self = Self(file);
  self.stored->wal_index.Detach(self.wal_locks);
  self.stored->locks.Lower(self.lock, LockLevel::kNone);
  --self.stored->open_handles;
  if (self.delete_on_close) return CodeOf(self.vfs->files().Delete(*self.stored), SQLITE_IOERR_CLOSE);
  return CodeOf(self.stored->Push(), SQLITE_IOERR_CLOSE);
}

constexpr sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = Close,
    .xRead = Read,
    .xWrite = Write,
    .xTruncate = Truncate,
    .xSync = Sync,
    .xFileSize = FileSize,
    .xLock = Lock,
    .xUnlock = Unlock,
    .xCheckReservedLock = CheckReservedLock,
    .xFileControl = FileControl,
    .xSectorSize = SectorSize,
    .xDeviceCharacteristics = DeviceCharacteristics,
    .xShmMap = ShmMap,
    .xShmLock = ShmLock,
    .xShmBarrier = ShmBarrier,
    .xShmUnmap = ShmUnmap,
};

}  // namespace

void OpenFileAt(sqlite3_file* file, Vfs& vfs, StoredFile& stored, bool delete_on_close) {
  ++stored.open_handles;
  new (file) OpenFile{.base = {.pMethods = &kMethods},
                      .vfs = &vfs,
                      .stored = &stored,
                      .lock = LockLevel::kNone,
                      .wal_locks = {},
                      .delete_on_close = delete_on_close};
}

}  // namespace skerry::vfs
