#include "vfs/wal_index.h"

#include <cstdlib>

namespace skerry::vfs {
namespace {

constexpr int kExclusiveMark = -1;

std::uint8_t BitsOf(int first, int count) { return static_cast<std::uint8_t>(((1U << count) - 1U) << first); }

}  // namespace

void WalIndex::Freed::operator()(void* region) const { std::free(region); }

void WalIndex::Attach(WalLocksHeld& held) {
  if (held.attached) return;
  held.attached = true;
  ++users_;
}

void WalIndex::Detach(WalLocksHeld& held) {
  if (!held.attached) return;
  for (int slot = 0; slot < kWalLockSlots; ++slot) {
    UnlockShared(held, slot);
    UnlockExclusive(held, slot, 1);
  }
  held.attached = false;
  if (--users_ == 0) regions_.clear();
}

bool WalIndex::Map(int index, int size, bool extend, void** region) {
  *region = nullptr;
  const auto wanted = static_cast<std::size_t>(index) + 1;
  if (regions_.size() < wanted && !extend) return true;
  while (regions_.size() < wanted) {
    void* fresh = std::calloc(1, static_cast<std::size_t>(size));
    if (fresh == nullptr) return false;
    regions_.emplace_back(fresh);
  }
  *region = regions_[wanted - 1].get();
  return true;
}

bool WalIndex::LockShared(WalLocksHeld& held, int slot) {
  const std::uint8_t bit = BitsOf(slot, 1);
  if ((held.shared & bit) != 0) return true;
  if (shared_[slot] == kExclusiveMark) return false;
  ++shared_[slot];
  held.shared |= bit;
  return true;
}

bool WalIndex::LockExclusive(WalLocksHeld& held, int first, int count) {
  for (int slot = first; slot < first + count; ++slot) {
    if (shared_[slot] != 0 && (held.exclusive & BitsOf(slot, 1)) == 0) return false;
  }
  for (int slot = first; slot < first + count; ++slot) shared_[slot] = kExclusiveMark;
  held.exclusive |= BitsOf(first, count);
  return true;
}

void WalIndex::UnlockShared(WalLocksHeld& held, int slot) {
  const std::uint8_t bit = BitsOf(slot, 1);
  if ((held.shared & bit) == 0) return;
  --shared_[slot];
  held.shared = static_cast<std::uint8_t>(held.shared & ~bit);
}

void WalIndex::UnlockExclusive(WalLocksHeld& held, int first, int count) {
  for (int slot = first; slot < first + count; ++slot) {
    const std::uint8_t bit = BitsOf(slot, 1);
    if ((held.exclusive & bit) == 0) continue;
    shared_[slot] = 0;
    held.exclusive = static_cast<std::uint8_t>(held.exclusive & ~bit);
  }
}

}  // namespace skerry::vfs
