// `skerryd compact`: everything at once, while no service runs on the storage.
#pragma once

#include <string>

#include "base/log.h"
#include "base/result.h"

namespace skerry::app {

// `defragments`: also what only goes if clients are sent some rows again. kStorageBusy while a service has the storage
// open: it compacts by itself.
Status CompactStorage(const std::string& storage_path, bool defragments, LogSink& log);

}  // namespace skerry::app
