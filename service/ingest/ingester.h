// Row changes through the rules into storage: the one writer of the service.
//
// Single-threaded; the host calls it from one thread and tells readers when a checkpoint was published.
#pragma once

#include <chrono>
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

class RowSink;

// Borrows source, writer and log, which must outlive it.
class Ingester {
 public:
  // Continues where storage stands. If the plan or the source is another one, or the source's history is lost, the
  // first group copies everything into a new deployment; until that is published the old one can be read.
  // With `keeps_deployment` it never begins another one: it is an error that lasts, and what is stored can be read.
  static Result<std::unique_ptr<Ingester>> Start(std::shared_ptr<const rules::Plan> plan, replication::Source& source,
                                                 storage::Writer& writer, LogSink& log, bool keeps_deployment = false);
  ~Ingester();

  // Whether what is published was made by this very plan, so that requests may be answered from it.
  bool CanServe() const;

  struct Step {
    bool is_unfinished = false;  // A group is open: only Poll() may be called, when the source's NextPoll() says.
    std::optional<storage::Published> published;
  };
  // Takes what the source has. After an error nothing of the group was kept and the same changes come again, so the
  // host calls later.
  Result<Step> Poll();

  // Lets the source forget what is published. Costs a flush of the disk, so a few times per second is too often; costs
  // nothing when there is nothing new.
  Status Confirm();
  bool HasUnconfirmed() const;

  // Stores the requests at the source's present position, then makes the source move past it. Gives the ids to return,
  // in order. After an error the requests may be stored; asking again is right. Not while a group is open.
  Result<std::vector<WriteCheckpoint>> RequestWriteCheckpoints(
      std::span<const storage::WriteCheckpointRequest> requests, TimePoint now);

  const storage::Checkpoint& checkpoint() const { return writer_.checkpoint(); }

  // Of what was taken from the source, since the start.
  struct Counters {
    std::int64_t rows = 0;   // Changes and copied ones.
    std::int64_t bytes = 0;  // Of their values.
    std::int64_t transactions = 0;
    std::int64_t chunks = 0;  // Portions of copied tables.
    std::int64_t publications = 0;
  };
  Counters counters() const;

 private:
  // The writer's place for the source's note.
  class Notes final : public replication::Notebook {
   public:
    explicit Notes(storage::Writer& writer) : writer_(writer) {}
    Result<std::string> Read() override { return writer_.SourceNote(); }
    Status Write(std::string_view text) override { return writer_.SetSourceNote(text); }

   private:
    storage::Writer& writer_;
  };

  Ingester(std::shared_ptr<const rules::Plan> plan, replication::Source& source, storage::Writer& writer, LogSink& log,
           bool keeps_deployment);
  Status StartSource();

  std::shared_ptr<const rules::Plan> plan_;
  replication::Source& source_;
  storage::Writer& writer_;
  LogSink& log_;
  Notes notes_;
  std::unique_ptr<RowSink> sink_;
  std::string confirmed_;
  std::chrono::microseconds last_expiry_{0};
  std::int64_t chunks_ = 0;
  std::int64_t publications_ = 0;
};

}  // namespace skerry::ingest
