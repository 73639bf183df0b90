// The index keys that each of the last publications changed: what a session that has slept may have to look up again.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "base/result.h"
#include "sqlite/connection.h"
#include "storage/storage.h"

namespace skerry::storage {

// In the batch of the publication `serial`: writes `keys` down, or that they are too many, and forgets those of old
// publications. The same goes to `changes`.
Status WriteIndexChanges(sqlite::Connection& db, std::int64_t serial,
                         const std::set<std::pair<std::uint32_t, std::string>>& keys, Changes& changes);

}  // namespace skerry::storage
