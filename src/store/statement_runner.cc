#include "store/statement_runner.h"

#include <optional>

#include "schema/ddl.h"
#include "sqlite/transaction.h"

namespace skerry::store {
namespace {

// Longer texts are rarely sent twice and would make 64 of them heavy.
constexpr std::size_t kLongestCached = 16 * 1024;

// Ends a statement however it is left: no open cursor, no pointer to the caller's parameters.
class ResetOnExit {
 public:
  explicit ResetOnExit(sqlite::Statement& statement) : statement_(statement) {}
  ResetOnExit(const ResetOnExit&) = delete;
  ResetOnExit& operator=(const ResetOnExit&) = delete;
  ~ResetOnExit() {
    statement_.Reset();
    statement_.ClearBindings();
  }

 private:
  sqlite::Statement& statement_;
};

}  // namespace

void StatementRunner::ForgetStatements() {
  by_sql_.clear();
  cache_.clear();
  uncached_ = {};
}

Result<Guard::Prepared*> StatementRunner::Take(std::string_view sql) {
  const auto found = by_sql_.find(sql);
  if (found != by_sql_.end()) {
    cache_.splice(cache_.begin(), cache_, found->second);
    return &cache_.front().prepared;
  }
  SKERRY_ASSIGN(prepared, guard_.Prepare(sql));
  if (sql.size() > kLongestCached || !prepared.statement.has_value()) {
    uncached_ = std::move(prepared);
    return &uncached_;
  }
  cache_.push_front({std::string(sql), std::move(prepared)});
  by_sql_.emplace(cache_.front().sql, cache_.begin());
  if (cache_.size() > kCacheSize) {
    by_sql_.erase(cache_.back().sql);
    cache_.pop_back();
  }
  return &cache_.front().prepared;
}

Result<Outcome> StatementRunner::Run(const Call& call) {
  // SQLite may prepare a statement again while it runs; it is judged again then.
  const Guard::Application application(guard_);
  Outcome outcome;
  Status done;
  switch (call.shape) {
    case Call::Shape::kSingle:
      done = RunSingle(call, outcome);
      break;
    case Call::Shape::kBatch:
      done = RunBatch(call, outcome);
      break;
    case Call::Shape::kScript:
      done = RunScript(call, outcome);
      break;
  }
  uncached_ = {};
  if (!done.ok()) return Explain(std::move(done).error());
  return outcome;
}

Status StatementRunner::RunSingle(const Call& call, Outcome& outcome) {
  SKERRY_ASSIGN(prepared, Take(call.sql));
  if (!prepared->statement.has_value()) return kDone;
  const ResetOnExit reset(prepared->statement);
  if (call.bind) SKERRY_TRY(call.bind(0, prepared->statement));
  return Execute(*prepared, call.rows, outcome);
}

Status StatementRunner::RunBatch(const Call& call, Outcome& outcome) {
  if (call.set_count == 0) return kDone;
  SKERRY_ASSIGN(prepared, Take(call.sql));
  if (!prepared->statement.has_value()) return kDone;
  std::optional<sqlite::WriteTransaction> own;
  if (!db_.InTransaction() && capture_ != nullptr && prepared->nature == StatementNature::kPlain &&
      !prepared->statement.IsReadOnly()) {
    SKERRY_ASSIGN(begun, sqlite::WriteTransaction::Begin(db_));
    own.emplace(std::move(begun));
  }
  for (std::size_t set = 0; set < call.set_count; ++set) {
    const ResetOnExit reset(prepared->statement);
    if (call.bind) SKERRY_TRY(call.bind(set, prepared->statement));
    SKERRY_TRY(Execute(*prepared, nullptr, outcome));
  }
  if (own) SKERRY_TRY(own->Commit());
  return kDone;
}

Status StatementRunner::RunScript(const Call& call, Outcome& outcome) {
  std::string_view rest = call.sql;
  RowSink* rows = call.rows;
  while (!rest.empty()) {
    SKERRY_ASSIGN(prepared, guard_.Prepare(rest, &rest));
    if (!prepared.statement.has_value()) continue;
    const bool has_columns = prepared.statement.ColumnCount() > 0;
    SKERRY_TRY(Execute(prepared, has_columns ? rows : nullptr, outcome));
    if (has_columns) rows = nullptr;
  }
  return kDone;
}

Status StatementRunner::Execute(Guard::Prepared& prepared, RowSink* rows, Outcome& outcome) {
  sqlite::Statement& statement = prepared.statement;
  if (statement.IsReadOnly() || prepared.nature != StatementNature::kPlain || capture_ == nullptr) {
    outcome.last_insert_rowid = db_.LastInsertRowId();
    outcome.wrote |= !statement.IsReadOnly();
    if (capture_ != nullptr && prepared.nature != StatementNature::kPlain) capture_->ForgetStamps();
    if (prepared.nature != StatementNature::kVacuum) return StepRows(statement, rows);
    const Guard::Own own(guard_);
    return StepRows(statement, rows);
  }
  outcome.wrote = true;
  if (db_.InTransaction()) {
    bool kept = false;
    Status executed = ExecuteAndQueue(statement, rows, outcome, kept);
    if (executed.ok() || db_.InTransaction()) return executed;
    Error error = std::move(executed).error();
    error.message += " (the whole transaction was rolled back)";
    return error;
  }

  SKERRY_ASSIGN(transaction, sqlite::WriteTransaction::Begin(db_));
  bool kept = false;
  Status executed = ExecuteAndQueue(statement, rows, outcome, kept);
  if (kept) SKERRY_TRY(transaction.Commit());
  return executed;
}

Status StatementRunner::ExecuteAndQueue(sqlite::Statement& statement, RowSink* rows, Outcome& outcome, bool& kept) {
  capture_->Discard();
  const std::int64_t total_before = db_.TotalChanges();
  Status stepped = StepRows(statement, rows);
  bool failed_by_sqlite = !stepped.ok() && stepped.error().sqlite_code != 0;
  if (!stepped.ok() && !failed_by_sqlite) {
    // The sink gave up. All changes of a statement are made before its first row, so they are there and must be queued.
    if (Status drained = StepRows(statement, nullptr); !drained.ok()) {
      stepped = std::move(drained);
      failed_by_sqlite = true;
    }
  }
  statement.Reset();
  const std::int64_t changes = db_.TotalChanges() == total_before ? 0 : db_.Changes();
  const std::int64_t rowid = db_.LastInsertRowId();

  if (!db_.InTransaction()) {  // SQLite rolled everything back: OR ROLLBACK, a full disk, an interrupt.
    capture_->Discard();
    return stepped;
  }
  const bool failed_and_kept = failed_by_sqlite && stepped.error().code == ErrorCode::kConstraint && db_.Changes() > 0;
  const Guard::Own own(guard_);
  const bool seems_undone = failed_by_sqlite && db_.Changes() == 0;
  if (Status flushed = seems_undone ? capture_->FillAndList() : capture_->Flush(); !flushed.ok()) {
    if (db_.InTransaction()) (void)db_.Execute("ROLLBACK");  // Fails only if there is no transaction any more.
    return flushed;
  }
  // A failed statement that counts changes has kept them (OR FAIL): they stay, as they would without us.
  kept = stepped.ok() || failed_and_kept;
  db_.RestoreCounters(changes, rowid);
  if (!failed_by_sqlite) {
    outcome.changes += changes;
    outcome.last_insert_rowid = rowid;
  }
  return stepped;
}

Status StatementRunner::StepRows(sqlite::Statement& statement, RowSink* rows) {
  if (rows != nullptr && statement.ColumnCount() == 0) rows = nullptr;
  bool announced = false;
  while (true) {
    SKERRY_ASSIGN(row, statement.Step());
    if (rows != nullptr && !announced) SKERRY_TRY(rows->OnColumns(statement));
    announced = true;
    if (!row) return kDone;
    if (rows != nullptr) SKERRY_TRY(rows->OnRow(statement));
  }
}

// The words of the specification instead of SQLite's for what a managed table's constraints refuse (C-050).
Error StatementRunner::Explain(Error error) const {
  if (error.code != ErrorCode::kConstraint) return error;
  constexpr std::string_view kNotNull = "NOT NULL constraint failed: ";
  constexpr std::string_view kId = ".id";
  std::string_view message = error.message;
  if (const std::string_view own = schema::OwnConstraintText(message); !own.empty()) {
    error.message = std::string(own);
  } else if (message.substr(0, kNotNull.size()) == kNotNull) {
    message.remove_prefix(kNotNull.size());
    const bool is_id = message.size() > kId.size() && message.substr(message.size() - kId.size()) == kId;
    if (is_id && guard_.IsManaged(message.substr(0, message.size() - kId.size()))) error.message = "id is required";
  }
  return error;
}

}  // namespace skerry::store
