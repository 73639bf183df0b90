// What replication tells the outside: metrics, and lines of the log that say each thing once.
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "http/event_log.h"
#include "http/metrics.h"
#include "ingest/activity_report.h"
#include "ingest/ingester.h"
#include "storage/storage.h"

namespace skerry::app {

// Of the writer's thread alone. Borrows both.
class ReplicationReport {
 public:
  ReplicationReport(http::Metrics& metrics, http::EventLog& log, TimePoint now)
      : metrics_(metrics), log_(log), activity_(now.monotonic) {}

  // Whether there is, or may be, something in the source that is not published.
  void Behind(bool is_behind, TimePoint now);
  void Counted(const ingest::Ingester::Counters& counters, TimePoint now);
  void Published(const storage::Published& published);
  // The source could not be read. One that stays away is one line, not two per second.
  void Failed(const Error& error);
  void Succeeded();

 private:
  http::Metrics& metrics_;
  http::EventLog& log_;
  ingest::ActivityReport activity_;
  std::string last_failure_;
};

}  // namespace skerry::app
