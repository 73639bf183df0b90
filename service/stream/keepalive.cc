#include "stream/keepalive.h"

#include <algorithm>

namespace skerry::stream {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kWarning{20};
constexpr double kIntervalMs = 20'000;
constexpr double kJitter = 0.1;  // So that the streams of a restarted service do not stay in step.

}  // namespace

Keepalive::Keepalive(microseconds expires_at, TimePoint now, Random& random)
    : expires_at_(expires_at), random_(random), warned_(expires_at - now.wall <= kWarning) {
  Schedule(now);
}

void Keepalive::Schedule(TimePoint now) {
  const double interval = random_.Between(kIntervalMs * (1 - kJitter), kIntervalMs * (1 + kJitter));
  next_ = now.monotonic + milliseconds(static_cast<std::int64_t>(interval));
}

std::optional<seconds> Keepalive::Due(TimePoint now) {
  const microseconds left = expires_at_ - now.wall;
  if (left <= microseconds(0)) return seconds(0);
  const bool is_warning = !warned_ && left <= kWarning;
  if (!is_warning && now.monotonic < next_) return std::nullopt;
  if (is_warning) warned_ = true;
  Schedule(now);
  return std::chrono::ceil<seconds>(left);
}

milliseconds Keepalive::Deadline(TimePoint now) const {
  microseconds left = expires_at_ - now.wall;
  if (!warned_) left -= kWarning;
  // A far expiry must not overflow the sum.
  left = std::clamp(left, microseconds(0), microseconds(std::chrono::hours(24)));
  return std::min(next_, now.monotonic + std::chrono::ceil<milliseconds>(left));
}

}  // namespace skerry::stream
