#include "sync/backoff.h"

#include <algorithm>

namespace skerry::sync {

void Backoff::Configure(const ConnectOptions& options) {
  fixed_ = options.profile == Profile::kPowerSync;
  first_ = options.retry_delay.value_or(fixed_ ? kFixed : kNativeFirst);
  failures_ = 0;
}

std::chrono::milliseconds Backoff::Next() {
  double delay = static_cast<double>(first_.count());
  double spread = 0.1;
  if (!fixed_) {
    spread = 0.2;
    const auto longest = static_cast<double>(std::max(kNativeLongest, first_).count());
    for (int i = 0; i < failures_ && delay < longest; ++i) delay *= 2;
    delay = std::min(delay, longest);
    ++failures_;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(delay * random_.Between(1 - spread, 1 + spread)));
}

}  // namespace skerry::sync
