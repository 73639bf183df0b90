#include "replication/postgres/copy_run.h"

#include <algorithm>

namespace skerry::replication::pg {
namespace {

constexpr std::chrono::seconds kPatience{5};

}  // namespace

Result<std::unique_ptr<CopyRun>> CopyRun::Begin(const ConnectionKeywords& keywords, const std::string& slot,
                                                SnapshotCopy::SlotLife life, ReplicatedTables& tables, LogSink& log) {
  SKERRY_ASSIGN(copy, SnapshotCopy::Begin(keywords, slot, life));
  return std::unique_ptr<CopyRun>(new CopyRun(std::move(copy), tables, log));
}

Result<bool> CopyRun::IsReady() {
  if (place_ != Lsn{0}) return true;
  SKERRY_ASSIGN(place, copy_->TakePlace());
  if (place) {
    place_ = *place;
    return true;
  }
  if (!has_complained_ && std::chrono::steady_clock::now() - began_at_ > kPatience) {
    has_complained_ = true;
    log_.Log(LogLevel::kWarn,
             "the copy of tables waits until the transactions that are open in the source have ended; to see them: "
             "SELECT pid, xact_start, query FROM pg_stat_activity WHERE backend_xid IS NOT NULL");
  }
  return false;
}

Status CopyRun::ChooseTables(Connection& sql, bool only_pending, ChangeSink& sink) {
  SKERRY_ASSIGN(catalog, ReadCatalog(copy_->connection(), tables_.wanted()));
  SKERRY_TRY(tables_.EnsureTypes(sql, catalog));
  std::set<std::string> missing = only_pending ? tables_.pending() : std::set<std::string>();
  for (TableInfo& info : catalog.tables) {
    const std::string name = info.table.QualifiedName();
    if (only_pending && tables_.pending().count(name) == 0) continue;
    missing.erase(name);
    waiting_.push_back(std::move(info));
  }
  for (const std::string& name : missing) SKERRY_TRY(tables_.DropPending(name, sink));
  tables_.Report(std::move(catalog.problems));
  return kDone;
}

Result<CopyRun::Step> CopyRun::Continue(RowApplier& applier, ChangeSink& sink) {
  if (current_ == nullptr) {
    if (waiting_.empty()) return Step::kDone;
    current_ = &tables_.BeginCopy(std::move(waiting_.front()), place_);
    waiting_.pop_front();
    SKERRY_TRY(copy_->StartTable(*current_, sink));
  }
  SKERRY_ASSIGN(step, copy_->Continue(applier, sink));
  if (step == SnapshotCopy::Step::kWait) return Step::kWait;
  if (step == SnapshotCopy::Step::kTableDone) {
    log_.Log(LogLevel::kInfo,
             "copied table '" + current_->table().QualifiedName() + "', " + std::to_string(copy_->rows()) + " rows");
    is_ahead_ = is_ahead_ || copy_->was_replaced();
    current_ = nullptr;
  }
  return Step::kMore;
}

}  // namespace skerry::replication::pg
