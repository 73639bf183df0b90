// SQLite's five lock levels on one database file, between the connections of this module. Nobody else can have the file
// open, so counters in memory are the whole truth.
#pragma once

#include <cstdint>

namespace skerry::vfs {

// SQLite's numbers (SQLITE_LOCK_*).
enum class LockLevel : std::uint8_t { kNone = 0, kShared = 1, kReserved = 2, kPending = 3, kExclusive = 4 };

class FileLocks {
 public:
  // Raises what one connection holds. False means busy; on the way to kExclusive the connection may then hold kPending,
  // which keeps new readers out until the present ones are done.
  bool Raise(LockLevel& held, LockLevel wanted);
  // To kShared or kNone.
  void Lower(LockLevel& held, LockLevel wanted);
  // Whether any connection holds kReserved or more.
  bool reserved() const { return reserved_; }

 private:
  int holders_ = 0;        // Connections with kShared or more.
  bool reserved_ = false;  // At most one of them has kReserved or more ...
  bool pending_ = false;   // ... and it wants kExclusive or has it.
};

}  // namespace skerry::vfs
