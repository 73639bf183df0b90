// What replication did, once a minute in one line, if it did anything: a busy source publishes hundreds of checkpoints
// a minute.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "ingest/ingester.h"

namespace skerry::ingest {

struct Activity {
  Ingester::Counters since_last;
  std::chrono::milliseconds during{0};

  std::string InWords() const;
};

class ActivityReport {
 public:
  // `now` is the monotonic clock.
  explicit ActivityReport(std::chrono::milliseconds now) : told_at_(now) {}

  // When there is something to tell.
  std::optional<Activity> Take(const Ingester::Counters& counters, std::chrono::milliseconds now);

 private:
  Ingester::Counters told_;
  std::chrono::milliseconds told_at_;
};

}  // namespace skerry::ingest
