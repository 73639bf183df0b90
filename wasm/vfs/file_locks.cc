#include "vfs/file_locks.h"

namespace skerry::vfs {

bool FileLocks::Raise(LockLevel& held, LockLevel wanted) {
  if (held >= wanted) return true;
  if (held == LockLevel::kNone) {
    if (pending_) return false;
    ++holders_;
    held = LockLevel::kShared;
    if (wanted == LockLevel::kShared) return true;
  }
  // From kShared straight to kExclusive is how SQLite rolls a hot journal back.
  if (held == LockLevel::kShared) {
    if (reserved_) return false;
    reserved_ = true;
    held = LockLevel::kReserved;
    if (wanted == LockLevel::kReserved) return true;
  }
  pending_ = true;
  held = LockLevel::kPending;
  if (wanted == LockLevel::kPending) return true;
  if (holders_ > 1) return false;
  held = LockLevel::kExclusive;
  return true;
}

void FileLocks::Lower(LockLevel& held, LockLevel wanted) {
  if (held >= LockLevel::kReserved && wanted < LockLevel::kReserved) {
    reserved_ = false;
    pending_ = false;
    held = LockLevel::kShared;
  }
  if (held == LockLevel::kShared && wanted == LockLevel::kNone) {
    --holders_;
    held = LockLevel::kNone;
  }
}

}  // namespace skerry::vfs
