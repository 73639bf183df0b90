// `skerryd compact`: everything at once, while no service runs on the storage.
#pragma once

#include <string>

#include "base/log.h"
#include "base/result.h"

namespace skerry::app {

// kStorageBusy while a service has the storage open: it compacts by itself.
Status CompactStorage(const std::string& storage_path, LogSink& log);

}  // namespace skerry::app
