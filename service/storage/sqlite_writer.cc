// The embedded engine's writer. One batch is one SQLite transaction, so readers and a restart see whole checkpoints
// only.
#include <optional>
#include <set>
#include <utility>

#include "sqlite/connection.h"
#include "sqlite/transaction.h"
#include "storage/bucket_totals.h"
#include "storage/compactor.h"
#include "storage/config_texts.h"
#include "storage/custom_write_checkpoints.h"
#include "storage/defragmenter.h"
#include "storage/estate.h"
#include "storage/index_changes.h"
#include "storage/row_log.h"
#include "storage/schema.h"
#include "storage/source_notes.h"
#include "storage/source_tables.h"
#include "storage/storage.h"
#include "storage/succession.h"
#include "storage/write_checkpoints.h"
#include "storage/writer_lock.h"

namespace skerry::storage {
namespace {

class SqliteWriter final : public Writer {
 public:
  SqliteWriter(std::shared_ptr<sqlite::Connection> lock, std::unique_ptr<sqlite::Connection> db, std::string path)
      : lock_(std::move(lock)),
        db_(std::move(db)),
        path_(std::move(path)),
        totals_(*db_),
        log_(*db_, totals_),
        compactor_(*db_) {}

  // Of the file at `path`, made if it is new.
  static Result<std::unique_ptr<SqliteWriter>> Open(std::shared_ptr<sqlite::Connection> lock, const std::string& path) {
    SKERRY_ASSIGN(db, sqlite::Connection::Open({.path = path, .page_size = 8192, .cache_kib = 65536}));
    // Publications are not flushed to the disk: a killed process loses none, a power cut may lose the last ones, which
    // then come again from the source, and a client that saw them finds its sums wrong and downloads those buckets
    // again.
    SKERRY_TRY(db->Execute("PRAGMA journal_size_limit = 67108864; PRAGMA busy_timeout = 5000"));
    SKERRY_TRY(PrepareSchema(*db));
    SKERRY_TRY(PrepareSourceNotes(*db));
    SKERRY_TRY(PrepareConfigTexts(*db));
    SKERRY_TRY(PrepareCustomWriteCheckpoints(*db));
    auto writer = std::make_unique<SqliteWriter>(std::move(lock), std::move(db), path);
    SKERRY_TRY(writer->Load());
    return writer;
  }

  Status Load() {
    SKERRY_ASSIGN(state, ReadState(*db_));
    state_ = std::move(state);
    return kDone;
  }

  const Deployment& deployment() const override { return state_.deployment; }
  const Checkpoint& checkpoint() const override { return state_.checkpoint; }

  Status Begin() override {
    SKERRY_CHECK(!transaction_, "one batch at a time");
    SKERRY_ASSIGN(transaction, sqlite::WriteTransaction::Begin(*db_));
    transaction_.emplace(std::move(transaction));
    next_deployment_ = state_.deployment;
    is_new_deployment_ = false;
    totals_.Clear();
    log_.Begin(state_.last_op);
    tables_.Forget();
    acknowledged_.clear();
    return kDone;
  }

  Status StartDeployment(std::string_view plan, std::string_view source, WriteCheckpointMode mode) override {
    CheckInBatch();
    // Without WHERE, SQLite drops whole trees instead of deleting rows.
    for (const char* table :
         {"ops", "buckets", "records", "copied", "index_entries", "index_changes", "tables", "row_copies"}) {
      SKERRY_TRY(db_->Execute("DELETE FROM " + std::string(table)));
    }
    // Positions of another source mean nothing here. Their ids stay, because a client's never go back.
    if (source != next_deployment_.source) SKERRY_TRY(db_->Execute("UPDATE write_checkpoints SET position = ''"));
    SKERRY_TRY(ChangeWriteCheckpointMode(*db_, mode));
    totals_.Forget();
    tables_.Forget();
    next_deployment_ = {
        .number = state_.deployment.number + 1, .plan = std::string(plan), .source = std::string(source)};
    is_new_deployment_ = true;
    return kDone;
  }

  Result<std::vector<TableRecord>> Tables() override { return tables_.List(); }
  Status PutTable(const TableRecord& table) override {
    CheckInBatch();
    return tables_.Put(table);
  }
  Status SetRow(std::string_view table, std::string_view key, const RowState& state) override {
    CheckInBatch();
    return tables_.SetRow(table, key, state);
  }
  Result<bool> ReadCopy(std::string_view table, std::string_view key, std::string& copy) override {
    CheckInBatch();
    return tables_.ReadCopy(table, key, copy);
  }
  Status BeginCopy(std::string_view table) override {
    CheckInBatch();
    return tables_.BeginCopy(table);
  }
  Status EndCopy(std::string_view table) override {
    CheckInBatch();
    return tables_.EndCopy(table);
  }
  Status DropTable(std::string_view table) override {
    CheckInBatch();
    return tables_.Drop(table);
  }
  Status RaiseWriteCheckpoint(std::string_view user_key, WriteCheckpoint id) override {
    CheckInBatch();
    SKERRY_ASSIGN(is_new, RaiseCustomWriteCheckpoint(*db_, user_key, id));
    if (is_new && acknowledged_.size() <= kMaxListedChanges) acknowledged_.emplace(user_key);
    return kDone;
  }

  Result<Published> Publish(std::string_view position) override {
    CheckInBatch();
    SKERRY_CHECK(is_new_deployment_ || position >= state_.checkpoint.position, "positions never go back");
    StoredState next = state_;
    next.deployment = next_deployment_;
    next.last_op = log_.last_op();
    next.checkpoint = {.deployment = next.deployment.number,
                       .serial = state_.checkpoint.serial + 1,
                       .op = OpId{next.last_op},
                       .position = std::string(position)};
    Published published{.checkpoint = next.checkpoint};
    SKERRY_TRY(totals_.Flush());
    SKERRY_TRY(totals_.AppendChanges(published.changes));
    SKERRY_TRY(WriteIndexChanges(*db_, next.checkpoint.serial, log_.changed_keys(), published.changes));
    SKERRY_TRY(WritePublishedState(*db_, next));
    SKERRY_TRY(transaction_->Commit());
    transaction_.reset();
    if (is_new_deployment_) {
      published.changes.everything = true;
      compactor_.Forget();
    }
    if (acknowledged_.size() > kMaxListedChanges) published.changes.everything = true;
    if (published.changes.everything) {
      published.changes = {.everything = true};
    } else {
      published.acknowledged.assign(acknowledged_.begin(), acknowledged_.end());
    }
    state_ = std::move(next);
    return published;
  }

  void Rollback() override {
    if (!transaction_) return;
    transaction_->Rollback();
    transaction_.reset();
    totals_.Forget();
    tables_.Forget();
  }

  Result<std::vector<WriteCheckpoint>> StoreWriteCheckpoints(std::span<const WriteCheckpointRequest> requests,
                                                             std::string_view head, TimePoint now) override {
    SKERRY_CHECK(!transaction_, "write checkpoints are stored between batches");
    // Nothing brings these back after a power cut, and a client that was given an id waits for it: flush.
    return Flushed([&]() -> Result<std::vector<WriteCheckpoint>> {
      SKERRY_ASSIGN(transaction, sqlite::WriteTransaction::Begin(*db_));
      SKERRY_ASSIGN(ids, StoreWriteCheckpointRows(*db_, requests, head, now.wall));
      SKERRY_TRY(transaction.Commit());
      return ids;
    });
  }

  Status ExpireWriteCheckpoints(std::chrono::microseconds before) override {
    SKERRY_CHECK(!transaction_, "write checkpoints expire between batches");
    return ExpireWriteCheckpointRows(*db_, before);
  }

  Status Flush() override {
    SKERRY_CHECK(!transaction_, "what is published is flushed between batches");
    // A commit that is flushed takes everything before it along.
    return Flushed([&] { return db_->Execute("UPDATE state SET serial = serial"); });
  }

  Result<std::string> SourceNote() override { return ReadSourceNote(*db_); }

  Status SetSourceNote(std::string_view note) override {
    SKERRY_CHECK(!transaction_, "the source's note is written between batches");
    return Flushed([&] { return WriteSourceNote(*db_, note); });
  }

  Status KeepConfig(std::string_view plan, std::string_view text) override {
    SKERRY_CHECK(!transaction_, "configs are kept between batches");
    return KeepConfigText(*db_, plan, text, state_.deployment.plan);
  }
  Result<std::string> ConfigOf(std::string_view plan) override { return ReadConfigText(*db_, plan); }

  Result<std::unique_ptr<Writer>> OpenSuccessor() override {
    SKERRY_ASSIGN(successor, Open(lock_, SuccessorPath(path_)));
    SKERRY_TRY(NumberAfter(*successor->db_, state_));
    SKERRY_TRY(successor->Load());
    return std::unique_ptr<Writer>(std::move(successor));
  }
  Status DiscardSuccessor() override {
    SKERRY_CHECK(!transaction_, "a successor is discarded between batches");
    SKERRY_ASSIGN(note, TakeSuccessorsNote(path_));
    if (!note.empty()) {
      SKERRY_ASSIGN(own, SourceNote());
      SKERRY_TRY(SetSourceNote(own.empty() ? note : own + " " + note));
    }
    RemoveStorage(SuccessorPath(path_));
    return kDone;
  }
  Result<Estate> Bequeath() override { return ReadEstate(*db_); }
  Status TakeOver(const Estate& estate, WriteCheckpointMode mode) override {
    SKERRY_CHECK(!transaction_, "a successor takes over between batches");
    return Flushed([&]() -> Status {
      SKERRY_ASSIGN(transaction, sqlite::WriteTransaction::Begin(*db_));
      SKERRY_TRY(WriteEstate(*db_, estate, mode));
      return transaction.Commit();
    });
  }

  Status StartCompaction(CompactionScope scope) override {
    SKERRY_CHECK(!transaction_, "compaction happens between batches");
    return compactor_.Start(scope);
  }
  Result<bool> CompactSlice() override {
    SKERRY_CHECK(!transaction_, "compaction happens between batches");
    return compactor_.Step(state_.checkpoint.op);
  }
  // A batch per bucket, which bounds what SQLite has to keep in its log.
  Result<std::int64_t> Defragment() override {
    SKERRY_CHECK(!transaction_, "rows are repeated between batches");
    Defragmenter defragmenter(*db_, log_);
    SKERRY_ASSIGN(buckets, defragmenter.Candidates());
    std::int64_t repeated = 0;
    for (const std::int64_t bucket : buckets) {
      SKERRY_TRY(Begin());
      Result<std::int64_t> rows = defragmenter.Repeat(bucket);
      if (!rows.ok() || *rows == 0) {
        Rollback();
        if (!rows.ok()) return rows;
        continue;
      }
      const std::string position = state_.checkpoint.position;
      SKERRY_ASSIGN(published, Publish(position));
      (void)published;  // Nobody is there to be told.
      repeated += *rows;
    }
    return repeated;
  }
  const CompactionCounters& compaction() const override { return compactor_.counters(); }

 private:
  // What `write` commits reaches the disk before it returns.
  template <typename Write>
  auto Flushed(Write write) -> decltype(write()) {
    SKERRY_TRY(db_->Execute("PRAGMA synchronous = FULL"));
    auto done = write();
    SKERRY_TRY(db_->Execute("PRAGMA synchronous = NORMAL"));
    return done;
  }

  void CheckInBatch() const { SKERRY_CHECK(transaction_.has_value(), "changes are written inside a batch"); }

  std::shared_ptr<sqlite::Connection> lock_;  // Holds a write transaction on the lock file as long as this lives.
  std::unique_ptr<sqlite::Connection> db_;
  std::string path_;
  StoredState state_;
  BucketTotals totals_;
  RowLog log_;
  SourceTables tables_{*db_, log_};
  Compactor compactor_;
  std::optional<sqlite::WriteTransaction> transaction_;
  Deployment next_deployment_;
  bool is_new_deployment_ = false;
  std::set<std::string> acknowledged_;  // User keys of this batch; at most kMaxListedChanges + 1.
};

}  // namespace

Result<std::unique_ptr<Writer>> OpenSqliteWriter(const std::string& path) {
  SKERRY_ASSIGN(lock, LockStorage(path));
  SKERRY_TRY(SettleSuccession(path));
  SKERRY_ASSIGN(writer, SqliteWriter::Open(std::move(lock), path));
  return std::unique_ptr<Writer>(std::move(writer));
}

}  // namespace skerry::storage
