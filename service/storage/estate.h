// What a deployment leaves to its successor, in tables: the write checkpoints, whose ids must not begin anew, and the
// source's note. A successor's numbers are above those of the one before.
#pragma once

#include <string>

#include "base/result.h"
#include "sqlite/connection.h"
#include "storage/schema.h"
#include "storage/storage.h"

namespace skerry::storage {

// A successor that has published nothing yet counts its deployments and operations on from `present`, with room for
// what is still to be appended there.
Status NumberAfter(sqlite::Connection& successor, const StoredState& present);

Result<Estate> ReadEstate(sqlite::Connection& db);
// In the transaction by which a successor takes over.
Status WriteEstate(sqlite::Connection& db, const Estate& estate, WriteCheckpointMode mode);

// The source's note in the file of a successor of `path`; empty if there is none.
Result<std::string> TakeSuccessorsNote(const std::string& path);

}  // namespace skerry::storage
