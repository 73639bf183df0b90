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
  RowSink(std::shared_ptr<const rules::Plan> plan, storage::Writer& writer, LogSink& log)
      : plan_(std::move(plan)), writer_(writer), log_(log) {}

  // The batch that follows replaces all that is stored.
  Status StartDeployment(std::string_view plan, std::string_view source);
  // Drops an unpublished batch.
  void Abandon();
  // What the last Commit published, once.
  std::optional<storage::Published> TakePublished() { return std::exchange(published_, std::nullopt); }
  std::int64_t rows() const { return rows_; }

  Status BeginTable(const row::Table& table) override;
  Status EndTable(const row::Table& table) override;
  Status DropTable(std::string_view table) override;
  Status Upsert(const row::Table& table, std::string_view key, std::span<const row::Value> values) override;
  Status Delete(const row::Table& table, std::string_view key) override;
  Status Commit(std::string_view position) override;

 private:
  Status EnsureBatch();
  const rules::RowEvaluator& EvaluatorFor(const row::Table& table);

  std::shared_ptr<const rules::Plan> plan_;
  storage::Writer& writer_;
  LogSink& log_;
  bool is_in_batch_ = false;
  std::optional<std::int64_t> next_deployment_;
  std::map<std::string, rules::RowEvaluator, std::less<>> evaluators_;
  std::optional<storage::Published> published_;
  std::int64_t rows_ = 0;
  // Reused from row to row.
  rules::RowResult result_;
  storage::RowState state_;
};

}  // namespace skerry::ingest
