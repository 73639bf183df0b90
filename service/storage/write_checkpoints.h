// Which of a user's uploads the source has seen (service.md, section 7): one row per user key with the id to
// acknowledge and the position to wait for.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sqlite/connection.h"
#include "storage/storage.h"

namespace skerry::storage {

// In the caller's transaction.
Result<std::vector<WriteCheckpoint>> StoreWriteCheckpointRows(sqlite::Connection& db,
                                                              std::span<const WriteCheckpointRequest> requests,
                                                              std::string_view head, std::chrono::microseconds wall);
Status ExpireWriteCheckpointRows(sqlite::Connection& db, std::chrono::microseconds before);
Result<std::optional<WriteCheckpoint>> ReachedWriteCheckpoint(sqlite::Connection& db, std::string_view user_key,
                                                              std::string_view position);

}  // namespace skerry::storage
