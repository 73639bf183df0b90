#include "vfs/wal_index.h"

#include <cstring>

#include "unit/vfs/support.h"

namespace skerry::vfs::test {

TEST_CASE("readers share a WAL lock slot and keep a writer out of it", "[vfs]") {
  WalIndex index;
  WalLocksHeld a;
  WalLocksHeld b;
  index.Attach(a);
  index.Attach(b);
  CHECK(index.LockShared(a, 3));
  CHECK(index.LockShared(b, 3));
  CHECK_FALSE(index.LockExclusive(a, 3, 1));
  index.UnlockShared(b, 3);
  CHECK_FALSE(index.LockExclusive(b, 3, 1));
  index.UnlockShared(a, 3);
  CHECK(index.LockExclusive(b, 3, 1));
  CHECK_FALSE(index.LockShared(a, 3));
  CHECK_FALSE(index.LockExclusive(a, 3, 1));
}

TEST_CASE("an exclusive lock on several slots is taken whole or not at all", "[vfs]") {
  WalIndex index;
  WalLocksHeld a;
  WalLocksHeld b;
  index.Attach(a);
  index.Attach(b);
  REQUIRE(index.LockShared(a, 5));
  CHECK_FALSE(index.LockExclusive(b, 3, 5));
  CHECK(index.LockShared(a, 4));
  index.UnlockShared(a, 4);
  index.UnlockShared(a, 5);
  CHECK(index.LockExclusive(b, 3, 5));
}

TEST_CASE("a connection that leaves releases only its own locks", "[vfs]") {
  WalIndex index;
  WalLocksHeld a;
  WalLocksHeld b;
  WalLocksHeld c;
  index.Attach(a);
  index.Attach(b);
  index.Attach(c);
  REQUIRE(index.LockShared(a, 1));
  REQUIRE(index.LockShared(b, 1));
  REQUIRE(index.LockExclusive(a, 0, 1));
  index.Detach(a);
  CHECK(index.LockExclusive(c, 0, 1));
  CHECK_FALSE(index.LockExclusive(c, 1, 1));
}

TEST_CASE("regions are shared, start as zeros, keep their address and end with the last user", "[vfs]") {
  WalIndex index;
  WalLocksHeld a;
  WalLocksHeld b;
  index.Attach(a);
  index.Attach(b);
  void* region = nullptr;
  REQUIRE(index.Map(0, 32768, false, &region));
  CHECK(region == nullptr);
  REQUIRE(index.Map(0, 32768, true, &region));
  REQUIRE(region != nullptr);
  CHECK(static_cast<char*>(region)[32767] == 0);
  std::memset(region, 1, 32768);
  void* later = nullptr;
  REQUIRE(index.Map(7, 32768, true, &later));
  void* again = nullptr;
  REQUIRE(index.Map(0, 32768, false, &again));
  CHECK(again == region);

  index.Detach(a);
  REQUIRE(index.Map(0, 32768, false, &again));
  CHECK(again == region);
  index.Detach(b);
  REQUIRE(index.Map(0, 32768, false, &again));
  CHECK(again == nullptr);
}

}  // namespace skerry::vfs::test
