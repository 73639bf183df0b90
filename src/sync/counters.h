// What the sync client has done since it was opened, for diagnostics.
#pragma once

#include <cstdint>

namespace skerry::sync {

struct Counters {
  std::int64_t lines = 0;
  std::int64_t operations = 0;
  std::int64_t bytes = 0;
  std::int64_t publishes = 0;
  std::int64_t checksum_failures = 0;
};

}  // namespace skerry::sync
