#include "app/maintenance.h"

#include <string>

namespace skerry::app {
namespace {

constexpr std::chrono::minutes kLookEvery{1};
constexpr std::chrono::hours kSweepEvery{24};

}  // namespace

bool Maintenance::IsDue(TimePoint now) {
  if (last_look_ && now.monotonic - *last_look_ < kLookEvery) return false;
  last_look_ = now.monotonic;
  const bool is_sweep = !last_sweep_ || now.monotonic - *last_sweep_ >= kSweepEvery;
  if (is_sweep) last_sweep_ = now.monotonic;
  before_ = writer_.compaction();
  const auto scope = is_sweep ? storage::CompactionScope::kChanged : storage::CompactionScope::kCrowded;
  const Status started = writer_.StartCompaction(scope);
  if (!started.ok()) log_.Log(LogLevel::kWarn, "compaction could not start: " + started.error().message);
  return started.ok();
}

bool Maintenance::Work(TimePoint now) {
  if (!is_compacting_ && !IsDue(now)) return false;
  auto more = writer_.CompactSlice();
  // Nothing is lost by leaving it: the next look chooses the same buckets again.
  if (!more.ok()) log_.Log(LogLevel::kWarn, "compaction stopped: " + more.error().message);
  is_compacting_ = more.ok() && *more;
  if (!is_compacting_) Report();
  return is_compacting_;
}

void Maintenance::Report() {
  const storage::CompactionCounters& now = writer_.compaction();
  if (now.buckets == before_.buckets && now.pages_freed == before_.pages_freed) return;
  log_.Log(LogLevel::kInfo, "compacted " + std::to_string(now.buckets - before_.buckets) +
                                " buckets: " + std::to_string(now.moved - before_.moved) + " operations moved, " +
                                std::to_string(now.cleared - before_.cleared) + " cleared, " +
                                std::to_string(now.pages_freed - before_.pages_freed) + " pages given back");
}

}  // namespace skerry::app
