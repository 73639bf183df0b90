// How long to wait before the next try.
//
// Native: 1 s doubled with each failure, up to 60 s, ±20 %, so that a service that comes back is not met by all its
// clients at once. PowerSync profile: always the same delay, ±10 %.
#pragma once

#include <chrono>

#include "base/random.h"
#include "sync/event.h"

namespace skerry::sync {

class Backoff {
 public:
  static constexpr std::chrono::milliseconds kNativeFirst{1000};
  static constexpr std::chrono::milliseconds kNativeLongest{60000};
  static constexpr std::chrono::milliseconds kFixed{5000};

  explicit Backoff(Random& random) : random_(random) {}

  void Configure(const ConnectOptions& options);
  // The delay before the next try; each call counts as a failure.
  std::chrono::milliseconds Next();
  // Things work again.
  void Reset() { failures_ = 0; }

 private:
  Random& random_;
  std::chrono::milliseconds first_ = kNativeFirst;
  bool fixed_ = false;
  int failures_ = 0;
};

}  // namespace skerry::sync
