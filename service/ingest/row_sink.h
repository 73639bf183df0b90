// What a source delivers → one storage batch: opened by the first change, published by Commit.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "replication/source.h"
#include "rules/plan.h"
#include "rules/row_evaluator.h"
#include "storage/storage.h"

namespace skerry::ingest {

// Rows above this are left out of their buckets, with a message (PSYNC_S1002).
inline constexpr std::size_t kMaxRowBytes = 15u << 20;

class RowSink final : public replication::ChangeSink {
 public:
  // With `keeps_deployment` another history is refused.
  RowSink(std::shared_ptr<const rules::Plan> plan, storage::Writer& writer, LogSink& log, bool keeps_deployment)
      : plan_(std::move(plan)), writer_(writer), log_(log), keeps_deployment_(keeps_deployment) {}

  // Drops an unpublished batch.
  void Abandon();
  // What the last Commit published, once.
  std::optional<storage::Published> TakePublished() { return std::exchange(published_, std::nullopt); }

  struct Counters {
    std::int64_t rows = 0;
    std::int64_t bytes = 0;  // Of their values.
    std::int64_t transactions = 0;
    std::int64_t copied_rows = 0;  // Of `rows`, those that were no changes.
  };
  const Counters& counters() const { return counters_; }

  Status BeginHistory(std::string_view identity) override;
  Status BeginTable(const row::Table& table) override;
  Status EndTable(const row::Table& table) override;
  Status DropTable(std::string_view table) override;
  Status Upsert(const row::Table& table, std::string_view key, std::span<const row::Value> values,
                std::span<const int> keep) override;
  Status Delete(const row::Table& table, std::string_view key) override;
  Result<bool> Restore(const row::Table& table, std::string_view key, std::span<const int> missing,
                       std::span<row::Value> values) override;
  void EndTransaction() override { ++counters_.transactions; }
  Status Commit(std::string_view position) override;

 private:
  void LogFailures(const row::Table& table);
  void LogFailure(const std::string& message);
  Status Fire(const row::Table& table);
  // A table as this batch and the ones before it use it.
  struct OpenTable {
    std::string name;
    rules::RowEvaluator evaluator;
  };

  Status EnsureBatch();
  const OpenTable& Open(const row::Table& table);

  std::shared_ptr<const rules::Plan> plan_;
  storage::Writer& writer_;
  LogSink& log_;
  bool keeps_deployment_;
  bool is_in_batch_ = false;
  std::optional<std::int64_t> next_deployment_;
  std::map<std::string, OpenTable, std::less<>> tables_;  // By row::Table::id.
  std::optional<storage::Published> published_;
  Counters counters_;
  bool is_copying_ = false;
  std::int64_t failures_ = 0;  // Of evaluations and events.
  // Reused from row to row.
  rules::RowResult result_;
  storage::RowState state_;
  std::string copy_;
  std::string restored_;
};

}  // namespace skerry::ingest
