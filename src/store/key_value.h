// The table ps_kv: a few values about this database, by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.h"
#include "sqlite/transaction.h"

namespace skerry::store {

namespace keys {
inline constexpr char kClientId[] = "client_id";  // Survives every clear.
inline constexpr char kTarget[] = "target_checkpoint_request_id";
inline constexpr char kLastSeen[] = "last_seen_checkpoint_request_id";
inline constexpr char kLastApplied[] = "last_applied_checkpoint_request_id";
inline constexpr char kLastRequested[] = "last_requested_checkpoint_request_id";
}  // namespace keys

// "There are local writes whose write checkpoint is not known yet": keeps the gate closed (C-066).
inline constexpr WriteCheckpoint kTargetUnknown{INT64_MAX};

Result<std::optional<std::int64_t>> GetInt(sqlite::Connection& db, std::string_view key);
Result<std::optional<std::string>> GetText(sqlite::Connection& db, std::string_view key);
Status SetInt(sqlite::WriteTransaction& write, std::string_view key, std::int64_t value);
Status SetText(sqlite::WriteTransaction& write, std::string_view key, std::string_view value);
Status RemoveKey(sqlite::WriteTransaction& write, std::string_view key);

// The id of this database (a UUID). kStorageCorrupt if it is missing.
Result<std::string> ClientId(sqlite::Connection& db);

// The write checkpoint that a download must reach before it may be published; nullopt: none is waited for.
Result<std::optional<WriteCheckpoint>> Target(sqlite::Connection& db);
// 0 removes the target; a negative one is refused (C-141).
Status SetTarget(sqlite::WriteTransaction& write, WriteCheckpoint target);

}  // namespace skerry::store
