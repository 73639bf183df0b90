#include "ingest/row_sink.h"

#include <utility>

#include "ingest/row_copy.h"
#include "ingest/table_shape.h"
#include "ingest/write_event.h"

namespace skerry::ingest {
namespace {

// One bad column of a large table must not fill the disk with messages.
constexpr std::int64_t kMaxLoggedFailures = 100;

std::int64_t SizeOf(const row::Value& value) {
  switch (value.type) {
    case row::Type::kNull:
      return 0;
    case row::Type::kInteger:
    case row::Type::kReal:
      return 8;
    case row::Type::kText:
    case row::Type::kBlob:
      break;
  }
  return static_cast<std::int64_t>(value.bytes.size());
}

}  // namespace

Status RowSink::BeginHistory(std::string_view identity) {
  if (keeps_deployment_) {
    return Error{.code = ErrorCode::kSource,
                 .message = "the source's history after what is stored is lost; the old deployment stays as it is"};
  }
  SKERRY_TRY(EnsureBatch());
  const auto mode = plan_->HasCustomWriteCheckpoints() ? storage::WriteCheckpointMode::kCustom
                                                       : storage::WriteCheckpointMode::kManaged;
  SKERRY_TRY(writer_.StartDeployment(plan_->Canonical(), identity, mode));
  next_deployment_ = writer_.deployment().number + 1;
  tables_.clear();
  return kDone;
}

void RowSink::Abandon() {
  is_copying_ = false;
  if (!std::exchange(is_in_batch_, false)) return;
  writer_.Rollback();
  next_deployment_.reset();
  tables_.clear();
  published_.reset();
}

Status RowSink::EnsureBatch() {
  if (is_in_batch_) return kDone;
  SKERRY_TRY(writer_.Begin());
  is_in_batch_ = true;
  return kDone;
}

const RowSink::OpenTable& RowSink::Open(const row::Table& table) {
  const auto known = tables_.find(table.id);
  if (known != tables_.end()) return known->second;
  const std::int64_t deployment = next_deployment_.value_or(writer_.deployment().number);
  rules::RowEvaluator evaluator(plan_, deployment, table);
  for (const std::string& column : evaluator.missing_columns()) {
    log_.Log(LogLevel::kWarn, "table '" + table.name + "' has no column '" + column +
                                  "', which the sync config names; it reads as NULL");
  }
  return tables_.emplace(table.id, OpenTable{table.QualifiedName(), std::move(evaluator)}).first->second;
}

Status RowSink::BeginTable(const row::Table& table) {
  SKERRY_TRY(EnsureBatch());
  tables_.erase(table.id);  // Its columns may be others now.
  SKERRY_TRY(writer_.PutTable(ToRecord(table)));
  is_copying_ = true;
  return writer_.BeginCopy(table.QualifiedName());
}

Status RowSink::EndTable(const row::Table& table) {
  is_copying_ = false;
  return writer_.EndCopy(table.QualifiedName());
}

Status RowSink::DropTable(std::string_view table) {
  SKERRY_TRY(EnsureBatch());
  return writer_.DropTable(table);
}

void RowSink::LogFailures(const row::Table& table) {
  for (const std::string& failure : result_.failures) {
    LogFailure("a row of table '" + table.name + "' cannot be evaluated and is left out: " + failure);
  }
}

void RowSink::LogFailure(const std::string& message) {
  if (++failures_ > kMaxLoggedFailures) return;
  log_.Log(LogLevel::kError, message);
  if (failures_ == kMaxLoggedFailures)
    log_.Log(LogLevel::kError, "further rows that cannot be evaluated are not named");
}

// Also for the rows of a copy: a new deployment learns the present ids from them.
Status RowSink::Fire(const row::Table& table) {
  for (const rules::FiredEvent& event : result_.Events()) {
    if (!rules::NumbersWrites(event.event)) continue;
    auto write = ReadWriteEvent(event.data);
    if (!write.ok()) {
      LogFailure("a row of table '" + table.name + "' acknowledges nothing: " + write.error().message);
      continue;
    }
    SKERRY_TRY(writer_.RaiseWriteCheckpoint(write->user_key, write->id));
  }
  return kDone;
}

Status RowSink::Upsert(const row::Table& table, std::string_view key, std::span<const row::Value> values,
                       std::span<const int> keep) {
  SKERRY_TRY(EnsureBatch());
  const OpenTable& open = Open(table);
  open.evaluator.Evaluate(values, result_);
  if (!result_.failures.empty()) LogFailures(table);
  SKERRY_TRY(Fire(table));
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
  state_.copy.reset();
  if (!keep.empty()) {
    copy_.clear();
    AppendRowCopy(copy_, values, keep);
    state_.copy = copy_;
  }
  ++counters_.rows;
  if (is_copying_) ++counters_.copied_rows;
  for (const row::Value& value : values) counters_.bytes += SizeOf(value);
  return writer_.SetRow(open.name, key, state_);
}

Status RowSink::Delete(const row::Table& table, std::string_view key) {
  SKERRY_TRY(EnsureBatch());
  ++counters_.rows;
  counters_.bytes += static_cast<std::int64_t>(key.size());
  return writer_.SetRow(Open(table).name, key, {});
}

Result<bool> RowSink::Restore(const row::Table& table, std::string_view key, std::span<const int> missing,
                              std::span<row::Value> values) {
  SKERRY_TRY(EnsureBatch());
  SKERRY_ASSIGN(is_kept, writer_.ReadCopy(Open(table).name, key, restored_));
  return is_kept && RestoreFromCopy(restored_, missing, values);
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
