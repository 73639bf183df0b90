// Row changes through the rules into storage: the one writer of the service.
//
// Single-threaded; the host calls it from one thread and tells readers when a checkpoint was published.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "replication/source.h"
#include "rules/plan.h"
#include "storage/storage.h"

namespace skerry::ingest {

class RowSink;

// Borrows source, writer and log, which must outlive it.
class Ingester {
 public:
  // Continues where storage stands, or, if the plan or the source is another one or the source's history is lost,
  // starts a new deployment and copies everything. On return a checkpoint is published.
  static Result<std::unique_ptr<Ingester>> Start(std::shared_ptr<const rules::Plan> plan, replication::Source& source,
                                                 storage::Writer& writer, LogSink& log);
  ~Ingester();

  // Takes what the source has: the new checkpoint, or nullopt if nothing happened. After an error nothing was kept and
  // the same changes come again, so the host calls later.
  Result<std::optional<storage::Published>> Poll();

  // Stores the requests at the source's present position, then makes the source move past it. Gives the ids to return,
  // in order. After an error the requests may be stored; asking again is right.
  Result<std::vector<WriteCheckpoint>> RequestWriteCheckpoints(
      std::span<const storage::WriteCheckpointRequest> requests, TimePoint now);

  const storage::Checkpoint& checkpoint() const { return writer_.checkpoint(); }

  struct Counters {
    std::int64_t rows = 0;  // Row changes taken from the source.
    std::int64_t publications = 0;
  };
  Counters counters() const;

 private:
  Ingester(std::shared_ptr<const rules::Plan> plan, replication::Source& source, storage::Writer& writer, LogSink& log);
  Status StartSource();

  std::shared_ptr<const rules::Plan> plan_;
  replication::Source& source_;
  storage::Writer& writer_;
  LogSink& log_;
  std::unique_ptr<RowSink> sink_;
  bool needs_deployment_ = false;
  std::chrono::microseconds last_expiry_{0};
  std::int64_t publications_ = 0;
};

}  // namespace skerry::ingest
