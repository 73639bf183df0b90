// The local write gate (client-core 13): server data may replace local rows only when every local write was uploaded
// and the service has said so.
#pragma once

#include <optional>

#include "base/ids.h"
#include "sqlite/connection.h"
#include "sqlite/transaction.h"

namespace skerry::store {

// A local write whose write checkpoint is not yet known (C-066).
inline constexpr WriteCheckpoint kUnknownWriteCheckpoint{9223372036854775807};

// True if a checkpoint may be published: the queue is empty and what the service has acknowledged reaches the target.
Result<bool> IsGateOpen(sqlite::Connection& db);

// What the local writes wait for; nullopt if there were none.
Result<std::optional<WriteCheckpoint>> ReadTarget(sqlite::Connection& db);
// Stores the target; 0 removes it, a negative value is kInvalidArgument (C-141).
Status WriteTarget(sqlite::WriteTransaction& write, WriteCheckpoint target);
// The newest one published since the last local write, for diagnostics and status.
Result<std::optional<WriteCheckpoint>> ReadLastApplied(sqlite::Connection& db);

// True if a checkpoint with `write_checkpoint` reaches the target, so that a kept one is worth another try (12.4).
Result<bool> ReachesTarget(sqlite::Connection& db, std::optional<WriteCheckpoint> write_checkpoint);

}  // namespace skerry::store
