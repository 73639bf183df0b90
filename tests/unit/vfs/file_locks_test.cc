#include "vfs/file_locks.h"

#include "unit/vfs/support.h"

namespace skerry::vfs::test {

TEST_CASE("many may read while one prepares to write", "[vfs]") {
  FileLocks locks;
  LockLevel reader = LockLevel::kNone;
  LockLevel writer = LockLevel::kNone;
  LockLevel other = LockLevel::kNone;
  CHECK(locks.Raise(reader, LockLevel::kShared));
  CHECK(locks.Raise(writer, LockLevel::kShared));
  CHECK(locks.Raise(writer, LockLevel::kReserved));
  CHECK(locks.reserved());
  CHECK(locks.Raise(other, LockLevel::kShared));
  CHECK_FALSE(locks.Raise(other, LockLevel::kReserved));
  CHECK(other == LockLevel::kShared);
}

TEST_CASE("a writer that waits for readers keeps new ones out and gets the file when they are gone", "[vfs]") {
  FileLocks locks;
  LockLevel reader = LockLevel::kNone;
  LockLevel writer = LockLevel::kNone;
  LockLevel late = LockLevel::kNone;
  REQUIRE(locks.Raise(reader, LockLevel::kShared));
  REQUIRE(locks.Raise(writer, LockLevel::kShared));
  CHECK_FALSE(locks.Raise(writer, LockLevel::kExclusive));
  CHECK(writer == LockLevel::kPending);
  CHECK_FALSE(locks.Raise(late, LockLevel::kShared));
  locks.Lower(reader, LockLevel::kNone);
  CHECK(locks.Raise(writer, LockLevel::kExclusive));
  CHECK_FALSE(locks.Raise(reader, LockLevel::kShared));

  locks.Lower(writer, LockLevel::kShared);
  CHECK_FALSE(locks.reserved());
  CHECK(locks.Raise(reader, LockLevel::kShared));
}

TEST_CASE("two that want to write: the second is busy until the first gives up", "[vfs]") {
  FileLocks locks;
  LockLevel first = LockLevel::kNone;
  LockLevel second = LockLevel::kNone;
  REQUIRE(locks.Raise(first, LockLevel::kShared));
  REQUIRE(locks.Raise(second, LockLevel::kShared));
  CHECK_FALSE(locks.Raise(first, LockLevel::kExclusive));
  CHECK_FALSE(locks.Raise(second, LockLevel::kExclusive));
  CHECK(second == LockLevel::kShared);
  locks.Lower(first, LockLevel::kNone);
  CHECK(locks.Raise(second, LockLevel::kExclusive));
}

}  // namespace skerry::vfs::test
