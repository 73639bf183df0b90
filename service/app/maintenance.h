// When the storage is compacted: a little at a time, between publications, on the writer's thread.
//
// At the start and once a day every bucket that has changed somewhat, once a minute those that grew a lot.
#pragma once

#include <chrono>
#include <optional>

#include "base/log.h"
#include "base/time.h"
#include "storage/storage.h"

namespace skerry::app {

class Maintenance {
 public:
  // Borrows both.
  Maintenance(storage::Writer& writer, LogSink& log) : writer_(writer), log_(log) {}

  // Outside a batch: at most one slice of what is due. True if more is waiting.
  bool Work(TimePoint now);

 private:
  bool IsDue(TimePoint now);
  void Report();

  storage::Writer& writer_;
  LogSink& log_;
  bool is_compacting_ = false;
  storage::CompactionCounters before_;
  std::optional<std::chrono::milliseconds> last_look_;
  std::optional<std::chrono::milliseconds> last_sweep_;
};

}  // namespace skerry::app
