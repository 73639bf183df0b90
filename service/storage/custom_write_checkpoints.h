// Write checkpoints that the application numbers itself, in rows of a table of its own (service.md, section 7.2).
//
// Where a deployment has them, those that the service counted are never reached: the two are never mixed. An id is
// written in the batch of the row that names it, so it is visible with that row, and it never goes back.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "sqlite/connection.h"
#include "storage/storage.h"

namespace skerry::storage {

// Creates the table if it is missing.
Status PrepareCustomWriteCheckpoints(sqlite::Connection& db);

// In the batch of a new deployment, which counts by `mode` and learns the application's ids again with its rows.
Status ChangeWriteCheckpointMode(sqlite::Connection& db, WriteCheckpointMode mode);

// The same for what was counted elsewhere and is stored here now.
Status ApplyWriteCheckpointMode(sqlite::Connection& db, WriteCheckpointMode mode);

// In a batch. False if that id, or a greater one, is known already.
Result<bool> RaiseCustomWriteCheckpoint(sqlite::Connection& db, std::string_view user_key, WriteCheckpoint id);

}  // namespace skerry::storage
