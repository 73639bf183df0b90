// Row changes through the rules into storage: the one writer of the service.
//
// Single-threaded; the host calls it from one thread and tells readers when a checkpoint was published.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "replication/source.h"
#include "rules/plan.h"
#include "storage/storage.h"

namespace skerry::ingest {

// Borrows source, writer and log, which must outlive it.
class Ingester {
 public:
  // Continues where storage stands, or, if the plan or the source changed or its history is lost, starts a new
  // deployment and copies everything. On return a checkpoint is published.
  static Result<std::unique_ptr<Ingester>> Start(std::shared_ptr<const rules::Plan> plan, replication::Source& source,
                                                 storage::Writer& writer, LogSink& log);
  ~Ingester();

  // Takes what the source has. The new checkpoint, or nullopt if nothing happened. After an error the same changes come
  // again: call later. kSource and kStorageBusy pass by themselves; if the source's history is lost, the Ingester
  // starts a new deployment by itself, and checkpoint().deployment changes.
  Result<std::optional<storage::Published>> Poll();

  // Stores the requests at the source's present position, then makes the source move past it. Gives the ids to return.
  Result<std::vector<WriteCheckpoint>> RequestWriteCheckpoints(
      std::span<const storage::WriteCheckpointRequest> requests, TimePoint now);

  const storage::Checkpoint& checkpoint() const;
  // Counters for the log and the metrics.
  struct Counters {
    std::int64_t rows = 0;
    std::int64_t transactions = 0;
  };
  const Counters& counters() const;

 private:
  class Sink;
  Ingester(std::shared_ptr<const rules::Plan> plan, replication::Source& source, storage::Writer& writer, LogSink& log);

  std::shared_ptr<const rules::Plan> plan_;
  replication::Source& source_;
  storage::Writer& writer_;
  LogSink& log_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace skerry::ingest
