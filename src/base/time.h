// Points in time as the host hands them in. The core never reads a clock.
#pragma once

#include <chrono>

namespace skerry {

// A moment on both of the host's clocks. Timers and budgets use `monotonic`, which never goes back; what is stored or
// shown (last synced, expiry) uses `wall`.
struct TimePoint {
  std::chrono::milliseconds monotonic{0};  // Since an arbitrary start of the host.
  std::chrono::microseconds wall{0};       // Since 1970-01-01T00:00:00Z.
};

}  // namespace skerry
