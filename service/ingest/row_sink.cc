#include "ingest/row_sink.h"

#include <utility>

#include "ingest/table_shape.h"

namespace skerry::ingest {

Status RowSink::StartDeployment(std::string_view plan, std::string_view source) {
  SKERRY_TRY(EnsureBatch());
  SKERRY_TRY(writer_.StartDeployment(plan, source));
  next_deployment_ = writer_.deployment().number + 1;
  evaluators_.clear();
  return kDone;
}

void RowSink::Abandon() {
  if (!std::exchange(is_in_batch_, false)) return;
  writer_.Rollback();
  next_deployment_.reset();
  evaluators_.clear();
  published_.reset();
}

Status RowSink::EnsureBatch() {
  if (is_in_batch_) return kDone;
  SKERRY_TRY(writer_.Begin());
  is_in_batch_ = true;
  return kDone;
}

const rules::RowEvaluator& RowSink::EvaluatorFor(const row::Table& table) {
  const auto known = evaluators_.find(table.name);
  if (known != evaluators_.end()) return known->second;
  const std::int64_t deployment = next_deployment_.value_or(writer_.deployment().number);
  rules::RowEvaluator evaluator(plan_, deployment, table);
  for (const std::string& column : evaluator.missing_columns()) {
    log_.Log(LogLevel::kWarn, "table '" + table.name + "' has no column '" + column +
                                  "', which the sync config names; it reads as NULL");
  }
  return evaluators_.emplace(table.name, std::move(evaluator)).first->second;
}

Status RowSink::BeginTable(const row::Table& table) {
  SKERRY_TRY(EnsureBatch());
  evaluators_.erase(table.name);  // Its columns may be others now.
  SKERRY_TRY(writer_.PutTable(ToRecord(table)));
  return writer_.BeginCopy(table.name);
}

Status RowSink::EndTable(const row::Table& table) { return writer_.EndCopy(table.name); }

Status RowSink::DropTable(std::string_view table) {
  SKERRY_TRY(EnsureBatch());
  if (const auto known = evaluators_.find(table); known != evaluators_.end()) evaluators_.erase(known);
  return writer_.DropTable(table);
}

Status RowSink::Upsert(const row::Table& table, std::string_view key, std::span<const row::Value> values) {
  SKERRY_TRY(EnsureBatch());
  EvaluatorFor(table).Evaluate(values, result_);
  state_.memberships.clear();
  for (const rules::Membership& made : result_.Memberships()) {
    if (made.data.size() > kMaxRowBytes) {
      log_.Log(LogLevel::kError, "PSYNC_S1002: a row of table '" + table.name + "' has " +
                                     std::to_string(made.data.size()) + " bytes, more than the limit of " +
                                     std::to_string(kMaxRowBytes) + "; it is not synced");
      continue;
    }
    state_.memberships.push_back({.bucket = made.bucket, .table = made.table, .id = made.id, .data = made.data});
  }
  state_.entries.clear();
  for (const rules::IndexEntry& made : result_.Entries()) {
    state_.entries.push_back({.index = made.index, .key = made.key, .outputs = made.outputs});
  }
  ++rows_;
  return writer_.SetRow(table.name, key, state_);
}

Status RowSink::Delete(const row::Table& table, std::string_view key) {
  SKERRY_TRY(EnsureBatch());
  ++rows_;
  return writer_.SetRow(table.name, key, {});
}

Status RowSink::Commit(std::string_view position) {
  SKERRY_TRY(EnsureBatch());
  SKERRY_ASSIGN(published, writer_.Publish(position));
  is_in_batch_ = false;
  next_deployment_.reset();
  published_ = std::move(published);
  return kDone;
}

}  // namespace skerry::ingest
