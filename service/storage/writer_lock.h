// What keeps a second writer from a storage: a transaction on the file "<path>-writer" that stays open. The system ends
// it with the process, however that dies, so nobody ever waits for a lock that nobody holds.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "sqlite/connection.h"

namespace skerry::storage {

// Held as long as what is returned lives. kStorageBusy if somebody else holds it.
Result<std::shared_ptr<sqlite::Connection>> LockStorage(const std::string& path);

}  // namespace skerry::storage
