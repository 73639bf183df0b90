// The index of one WAL (SQLite's "shared memory") in the module's own memory: regions and the eight lock slots, shared
// by all connections of the module. It lives from the first connection that maps it to the last that unmaps it; SQLite
// rebuilds a missing one from the WAL.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace skerry::vfs {

inline constexpr int kWalLockSlots = 8;

// What one connection holds: one bit per slot.
struct WalLocksHeld {
  bool attached = false;
  std::uint8_t shared = 0;
  std::uint8_t exclusive = 0;
};

class WalIndex {
 public:
  // Counts the connection as a user, once.
  void Attach(WalLocksHeld& held);
  // Releases what it holds; the last one out frees the regions.
  void Detach(WalLocksHeld& held);

  // The region, zeroed when new, at an address that stays. `*region` is null if it does not exist and `extend` is
  // false. False when there is no memory.
  bool Map(int index, int size, bool extend, void** region);

  // False means busy. A shared lock never turns into an exclusive one, nor back: SQLite unlocks in between.
  bool LockShared(WalLocksHeld& held, int slot);
  bool LockExclusive(WalLocksHeld& held, int first, int count);
  void UnlockShared(WalLocksHeld& held, int slot);
  void UnlockExclusive(WalLocksHeld& held, int first, int count);

 private:
  struct Freed {
    void operator()(void* region) const;
  };
  std::vector<std::unique_ptr<void, Freed>> regions_;
  int users_ = 0;
  std::array<int, kWalLockSlots> shared_{};  // Holders per slot; -1: exclusive.
};

}  // namespace skerry::vfs
