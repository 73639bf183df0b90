// When a stream says how long its token lives (docs/protocol.md, section 11): about every 20 s, once 20 s before
// expiry, and 0 at expiry, after which the stream ends.
#pragma once

#include <chrono>
#include <optional>

#include "base/random.h"
#include "base/time.h"

namespace skerry::stream {

// Borrows the random source, which must outlive it.
class Keepalive {
 public:
  Keepalive(std::chrono::microseconds expires_at, TimePoint now, Random& random);

  // What to say now, if it is time to: the seconds left, rounded up, 0 once the token has expired. Each call that
  // returns a value starts the next interval.
  std::optional<std::chrono::seconds> Due(TimePoint now);

  // On the monotonic clock: when Due() will have something to say.
  std::chrono::milliseconds Deadline(TimePoint now) const;

 private:
  void Schedule(TimePoint now);

  std::chrono::microseconds expires_at_;
  Random& random_;
  bool warned_;  // The line 20 s before expiry was sent, or the token was too short for one.
  std::chrono::milliseconds next_{0};
};

}  // namespace skerry::stream
