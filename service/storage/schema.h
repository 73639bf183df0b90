// The tables of the embedded engine's file.
#pragma once

#include "base/result.h"
#include "sqlite/connection.h"
#include "storage/storage.h"

namespace skerry::storage {

// Creates the tables if the file is new; kStorageUnavailable if another version made it.
Status PrepareSchema(sqlite::Connection& db);

// For how many publications index changes are remembered: a session that is further behind evaluates again.
inline constexpr std::int64_t kRememberedPublications = 1000;

// The single row of `state`.
struct StoredState {
  Deployment deployment;
  Checkpoint checkpoint;
  std::int64_t last_op = 0;  // Over all deployments.
};
Result<StoredState> ReadState(sqlite::Connection& db);

}  // namespace skerry::storage
