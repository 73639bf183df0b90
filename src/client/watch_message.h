// What a run of a live query tells the host (docs/module-abi.md, "Watch message").
#pragma once

#include <string>
#include <string_view>

#include "client/result_buffer.h"
#include "watch/result_diff.h"
#include "watch/schedule.h"

namespace skerry::client {

// `encoder` holds the rows that are new. A result that reuses no row of the one before is told whole, except an equal
// one (both may be empty).
Result<std::string> WatchResult(watch::WatchId id, const watch::ResultDiff& diff, bool equal,
                                const ResultEncoder& encoder);
std::string WatchError(watch::WatchId id, std::string_view error_json);

}  // namespace skerry::client
