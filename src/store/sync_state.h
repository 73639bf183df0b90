// When which priorities were last complete: the table ps_sync_state (C-127, C-181, C-182).
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "bucket/checkpoint.h"
#include "sqlite/connection.h"
#include "sqlite/transaction.h"

namespace skerry::store {

struct PrioritySynced {
  bucket::Priority priority = bucket::kFullSyncPriority;  // kFullSyncPriority: a complete checkpoint.
  std::chrono::microseconds last_synced_at{0};            // Wall clock.
  friend bool operator==(const PrioritySynced&, const PrioritySynced&) = default;
};

// Sorted by number. Usable on any connection, also while a publish is open on another (it then sees the state before).
Result<std::vector<PrioritySynced>> ReadSyncState(sqlite::Connection& db);

// The entry that answers "is `priority` synced": the first with a number at least as great; nullopt = not synced.
std::optional<PrioritySynced> LookUp(std::span<const PrioritySynced> state, bucket::Priority priority);

// A publish of `priority` replaces every entry that it covers; larger numbers stay.
Status RecordSynced(sqlite::WriteTransaction& write, bucket::Priority priority, std::chrono::microseconds now);

}  // namespace skerry::store
