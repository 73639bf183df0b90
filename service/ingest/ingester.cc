#include "ingest/ingester.h"

#include <chrono>
#include <utility>

#include "ingest/row_sink.h"
#include "ingest/table_shape.h"
#include "ingest/value_forms.h"

namespace skerry::ingest {
namespace {

// Client-numbered requests only; a client repeats its newest one on every connection (P-112, P-115).
constexpr std::chrono::minutes kRequestLifetime{60};
constexpr std::chrono::minutes kExpiryInterval{1};

}  // namespace

Ingester::Ingester(std::shared_ptr<const rules::Plan> plan, replication::Source& source, storage::Writer& writer,
                   LogSink& log, bool keeps_deployment)
    : plan_(std::move(plan)),
      source_(source),
      writer_(writer),
      log_(log),
      notes_(writer),
      sink_(std::make_unique<RowSink>(plan_, writer, log, keeps_deployment)) {}
Ingester::~Ingester() = default;

Result<std::unique_ptr<Ingester>> Ingester::Start(std::shared_ptr<const rules::Plan> plan, replication::Source& source,
                                                  storage::Writer& writer, LogSink& log, bool keeps_deployment) {
  std::unique_ptr<Ingester> ingester(new Ingester(std::move(plan), source, writer, log, keeps_deployment));
  SKERRY_TRY(ingester->StartSource());
  return ingester;
}

bool Ingester::CanServe() const {
  return writer_.checkpoint().deployment != 0 && writer_.deployment().plan == plan_->Canonical();
}

Status Ingester::StartSource() {
  replication::Progress progress{.identity = writer_.deployment().source};
  if (CanServe()) {
    progress.position = writer_.checkpoint().position;
    SKERRY_ASSIGN(records, writer_.Tables());
    for (const storage::TableRecord& record : records) {
      SKERRY_ASSIGN(table, FromRecord(record));
      progress.tables.push_back(std::move(table));
    }
  } else if (writer_.checkpoint().deployment != 0) {
    log_.Log(LogLevel::kInfo, "the sync config changed; everything is copied again");
  }
  source_.SetValueForms(ValueFormsOf(*plan_));
  return source_.Start(plan_->Tables(), progress, notes_);
}

Result<Ingester::Step> Ingester::Poll() {
  const std::int64_t copied = sink_->counters().copied_rows;
  Result<replication::Polled> polled = source_.Poll(*sink_);
  if (sink_->counters().copied_rows != copied) ++chunks_;
  Step step{.is_unfinished = polled.ok() && *polled == replication::Polled::kUnfinished,
            .published = sink_->TakePublished()};
  if (step.published) ++publications_;
  if (!step.is_unfinished) sink_->Abandon();  // Of a group that was committed nothing is left.
  // A failure after the group's end comes again; what was published has to be told now.
  if (!polled.ok() && !step.published) return std::move(polled).error();
  return step;
}

bool Ingester::HasUnconfirmed() const {
  return writer_.checkpoint().deployment != 0 && writer_.checkpoint().position != confirmed_;
}

Status Ingester::Confirm() {
  if (!HasUnconfirmed()) return kDone;
  const std::string position = writer_.checkpoint().position;
  SKERRY_TRY(writer_.Flush());
  SKERRY_TRY(source_.Confirm(position));
  confirmed_ = position;
  return kDone;
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

Ingester::Counters Ingester::counters() const {
  const RowSink::Counters& taken = sink_->counters();
  return {.rows = taken.rows,
          .bytes = taken.bytes,
          .transactions = taken.transactions,
          .chunks = chunks_,
          .publications = publications_};
}

}  // namespace skerry::ingest
