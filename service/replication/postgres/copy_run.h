// One run of copying: some tables, or all of them, out of one snapshot, a little with every call.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "replication/postgres/replicated_tables.h"
#include "replication/postgres/snapshot_copy.h"

namespace skerry::replication::pg {

// Borrows tables and log.
class CopyRun {
 public:
  static Result<std::unique_ptr<CopyRun>> Begin(const ConnectionKeywords& keywords, const std::string& slot,
                                                SnapshotCopy::SlotLife life, ReplicatedTables& tables, LogSink& log);

  // Whether the snapshot is there; until then nothing was given to any sink.
  Result<bool> IsReady();
  // Where it was taken, once ready.
  Lsn place() const { return place_; }
  int socket() { return copy_->connection().socket(); }

  // What to copy, as the snapshot sees it. `only_pending`: the rest is live and stays so.
  Status ChooseTables(Connection& sql, bool only_pending, ChangeSink& sink);
  // Whether a table had been truncated or rewritten before it could be copied: only at a later place, which the stream
  // reaches, the tables are as the source had them.
  bool is_ahead() const { return is_ahead_; }
  enum class Step { kMore, kWait, kDone };
  Result<Step> Continue(RowApplier& applier, ChangeSink& sink);

 private:
  CopyRun(std::unique_ptr<SnapshotCopy> copy, ReplicatedTables& tables, LogSink& log)
      : copy_(std::move(copy)), tables_(tables), log_(log), began_at_(std::chrono::steady_clock::now()) {}

  std::unique_ptr<SnapshotCopy> copy_;
  ReplicatedTables& tables_;
  LogSink& log_;
  std::chrono::steady_clock::time_point began_at_;
  bool has_complained_ = false;
  Lsn place_{};
  bool is_ahead_ = false;
  std::deque<TableInfo> waiting_;
  LiveTable* current_ = nullptr;
};

}  // namespace skerry::replication::pg
