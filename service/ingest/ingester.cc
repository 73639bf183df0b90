#include "ingest/ingester.h"

#include <chrono>
#include <utility>

#include "ingest/row_sink.h"
#include "ingest/table_shape.h"

namespace skerry::ingest {
namespace {

// Client-numbered requests only; a client repeats its newest one on every connection (P-112, P-115).
constexpr std::chrono::minutes kRequestLifetime{60};
constexpr std::chrono::minutes kExpiryInterval{1};

}  // namespace

Ingester::Ingester(std::shared_ptr<const rules::Plan> plan, replication::Source& source, storage::Writer& writer,
                   LogSink& log)
    : plan_(plan), source_(source), writer_(writer), log_(log), sink_(std::make_unique<RowSink>(plan, writer, log)) {}
Ingester::~Ingester() = default;

Result<std::unique_ptr<Ingester>> Ingester::Start(std::shared_ptr<const rules::Plan> plan, replication::Source& source,
                                                  storage::Writer& writer, LogSink& log) {
  std::unique_ptr<Ingester> ingester(new Ingester(std::move(plan), source, writer, log));
  SKERRY_TRY(ingester->StartSource());
  // A source that changes its tables at this very moment delivers at the next try.
  for (int tries = 0; tries < 10; ++tries) {
    SKERRY_TRY(ingester->Poll());
    if (!ingester->needs_deployment_) return ingester;
  }
  return Error{.code = ErrorCode::kStorageBusy, .message = "the tables of the source keep changing; try again"};
}

Status Ingester::StartSource() {
  const std::vector<std::string> tables = plan_->Tables();
  const storage::Deployment& stored = writer_.deployment();
  const bool is_first = writer_.checkpoint().deployment == 0;
  if (!is_first && stored.plan == plan_->Canonical() && stored.source == source_.identity()) {
    replication::Progress progress{.position = writer_.checkpoint().position};
    SKERRY_ASSIGN(records, writer_.Tables());
    for (const storage::TableRecord& record : records) {
      SKERRY_ASSIGN(table, FromRecord(record));
      progress.tables.push_back(std::move(table));
    }
    Status started = source_.Start(tables, progress);
    if (started.ok() || started.error().code != ErrorCode::kSource) return started;
    log_.Log(LogLevel::kWarn, started.error().message + "; everything is copied again");
  } else if (!is_first) {
    log_.Log(LogLevel::kInfo, stored.source == source_.identity()
                                  ? "the sync config changed; everything is copied again"
                                  : "the source is another one; everything is copied again");
  }
  needs_deployment_ = true;
  return source_.Start(tables, {});
}

Result<std::optional<storage::Published>> Ingester::Poll() {
  const auto take = [&]() -> Result<bool> {
    if (needs_deployment_) SKERRY_TRY(sink_->StartDeployment(plan_->Canonical(), source_.identity()));
    return source_.Poll(*sink_);
  };
  Result<bool> taken = take();
  std::optional<storage::Published> published = sink_->TakePublished();
  if (published) {
    needs_deployment_ = false;
    ++publications_;
    SKERRY_TRY(source_.Confirm(published->checkpoint.position));
  } else {
    sink_->Abandon();
  }
  if (!taken.ok()) return std::move(taken).error();
  return published;
}

Result<std::vector<WriteCheckpoint>> Ingester::RequestWriteCheckpoints(
    std::span<const storage::WriteCheckpointRequest> requests, TimePoint now) {
  // The order matters: were the marker first, an idle source might never move past the position again
  // (service.md, 7.1).
  SKERRY_ASSIGN(head, source_.Head());
  SKERRY_ASSIGN(ids, writer_.StoreWriteCheckpoints(requests, head, now));
  SKERRY_TRY(source_.EmitMarker());
  if (now.wall - last_expiry_ >= kExpiryInterval) {
    SKERRY_TRY(writer_.ExpireWriteCheckpoints(now.wall - kRequestLifetime));
    last_expiry_ = now.wall;
  }
  return ids;
}

Ingester::Counters Ingester::counters() const { return {.rows = sink_->rows(), .publications = publications_}; }

}  // namespace skerry::ingest
