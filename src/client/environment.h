// What the host hands in and what it may choose when it opens a database.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/random.h"
#include "base/result.h"

namespace skerry::client {

// `random` must outlive the database. `monotonic_now` (milliseconds, same clock as the calls' time) is asked only while
// something long runs: to stop a statement at its deadline and to end a slice of work. Without it there are no
// deadlines.
struct Environment {
  Random& random;
  std::function<double()> monotonic_now;
};

struct Config {
  std::string path;  // ":memory:": one connection, so reads wait for writers.
  std::string vfs;
  std::string user_agent = "skerry";
  int page_size = 16384;
  int cache_kib = 16384;
  int reader_cache_kib = 4096;
  std::size_t max_readers = 4;  // For leases; one more serves reads while main is busy. 0: main serves all.
  std::size_t max_result_bytes = std::size_t{512} << 20;
  LogLevel log_level = LogLevel::kInfo;
};

// {"path":…, and optionally "vfs", "userAgent", "pageSize", "cacheKib", "readerCacheKib", "maxReaders",
// "maxResultBytes", "logLevel"}. kInvalidArgument names the member at fault.
Result<Config> ParseConfig(std::string_view json);

}  // namespace skerry::client
