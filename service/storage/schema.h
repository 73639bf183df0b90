// The tables of the embedded engine's file.
#pragma once

#include "base/result.h"
#include "sqlite/connection.h"
#include "storage/storage.h"

namespace skerry::storage {

inline constexpr std::int64_t kSchemaVersion = 2;

// Creates the tables if the file is new. A file of an older version is emptied, so that the next deployment fills it;
// op ids go on. kStorageUnavailable if it is something else, or newer.
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
// In the batch that it makes visible.
Status WritePublishedState(sqlite::Connection& db, const StoredState& state);

}  // namespace skerry::storage
