// The local write gate (client-core 13): server data may replace local rows only when every local write was uploaded
// and the service has said so. The target itself is kept by store/key_value.h.
#pragma once

#include <optional>

#include "base/ids.h"
#include "base/result.h"
#include "sqlite/connection.h"

namespace skerry::store {

// True if a checkpoint may be published: the upload queue is empty, insert-only entries included (C-142), and what the
// service acknowledged reaches the target.
Result<bool> IsGateOpen(sqlite::Connection& db);

// True if a checkpoint with `write_checkpoint` reaches the target, so that a kept one is worth another try (12.4).
Result<bool> ReachesTarget(sqlite::Connection& db, std::optional<WriteCheckpoint> write_checkpoint);

}  // namespace skerry::store
