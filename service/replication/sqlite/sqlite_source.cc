#include "replication/sqlite/sqlite_source.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <thread>
#include <unordered_set>
#include <utility>

#include "replication/sqlite/capture.h"
#include "replication/sqlite/change_reader.h"
#include "replication/sqlite/commit_watch.h"
#include "replication/sqlite/replicated_tables.h"
#include "sqlite/connection.h"
#include "sqlite/transaction.h"

namespace skerry::replication {
namespace {

// Records are removed a batch at a time, so that no writer waits long for us.
constexpr std::int64_t kTrimAfter = 1000;
constexpr std::int64_t kTrimBatch = 10'000;
constexpr int kOpenRetryMs = 10;
constexpr std::chrono::milliseconds kLookEvery{20};
// While somebody writes: what is in the log is committed a moment later, or, with a flush of the disk, some moments.
constexpr std::chrono::milliseconds kLookOften{1};
constexpr int kHastyLooks = 50;
// Keys already delivered in one group: a row that changed again in it is read once. More are delivered again,
// harmlessly.
constexpr std::size_t kMaxSeenKeys = 100'000;

std::string ToPosition(std::int64_t seq) {
  char text[24];
  std::snprintf(text, sizeof text, "%020lld", static_cast<long long>(seq));
  return text;
}

std::int64_t FromPosition(std::string_view position) {
  std::int64_t seq = 0;
  std::from_chars(position.data(), position.data() + position.size(), seq);
  return seq;
}

Status SetBusyTimeout(sqlite::Connection& db, int milliseconds) {
  return db.Execute("PRAGMA busy_timeout = " + std::to_string(milliseconds));
}

// A read transaction as a value.
class ReadTransaction {
 public:
  static Result<ReadTransaction> Begin(sqlite::Connection& db) {
    SKERRY_TRY(db.Execute("BEGIN"));
    return ReadTransaction(db);
  }
  ReadTransaction(ReadTransaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  ReadTransaction& operator=(ReadTransaction&&) = delete;
  ~ReadTransaction() { End(); }
  void End() {
    if (db_ != nullptr && db_->InTransaction()) (void)db_->Execute("COMMIT");  // Nothing was written: it only lets go.
    db_ = nullptr;
  }

 private:
  explicit ReadTransaction(sqlite::Connection& db) : db_(&db) {}
  sqlite::Connection* db_;
};

class SqliteSource final : public Source {
 public:
  SqliteSource(const SqliteSourceOptions& options, std::unique_ptr<sqlite::Connection> db, std::string identity,
               std::int64_t trimmed, Random& random, LogSink& log)
      : db_(std::move(db)),
        watch_(options.path),
        identity_(std::move(identity)),
        log_(log),
        busy_timeout_ms_(options.busy_timeout_ms),
        tables_(*db_, random, log),
        trimmed_(trimmed) {}

  const std::vector<std::string>& problems() const override { return tables_.problems(); }

  Status Start(std::span<const std::string> tables, const Progress& from, Notebook&) override {
    const bool continues = from.identity == identity_ && !from.position.empty();
    std::int64_t position = continues ? FromPosition(from.position) : 0;
    must_begin_ = !continues;
    if (continues) {
      SKERRY_ASSIGN(trimmed, TrimmedUpTo(*db_));
      SKERRY_ASSIGN(newest, NewestRecord(*db_));
      if (position < trimmed || position > newest) {
        log_.Log(LogLevel::kWarn, "the source database no longer has the changes after position " + from.position +
                                      "; everything is copied again");
        must_begin_ = true;
        position = 0;
      }
    } else if (!from.identity.empty() && from.identity != identity_) {
      log_.Log(LogLevel::kInfo, "the source is another one; everything is copied again");
    }
    tables_.Reset(tables, must_begin_ ? std::span<const row::Table>() : from.tables);
    position_ = position;
    confirmed_ = position;
    SKERRY_TRY(tables_.Reconcile(position_));
    must_look_ = true;
    return kDone;
  }

  // In haste not by the watch, which has something to read all the time then.
  Wait NextPoll() const override {
    if (must_look_) return {};
    if (hasty_looks_ > 0) return {.longest = kLookOften};
    return {.readable = watch_.readable(), .longest = kLookEvery};
  }

  Result<Polled> Poll(ChangeSink& sink) override {
    hasty_looks_ = watch_.TakeWrites() ? kHastyLooks : std::max(hasty_looks_ - 1, 0);
    // Changes when another connection commits; our own commits set must_look_.
    SKERRY_ASSIGN(version, db_->QueryInt("PRAGMA data_version"));
    if (version == data_version_ && !must_look_) {
      TrimOneBatch();
      return Polled::kNothing;
    }
    SKERRY_ASSIGN(schema, db_->QueryInt("PRAGMA schema_version"));
    if (schema != tables_.schema_version()) SKERRY_TRY(tables_.Reconcile(position_));

    SKERRY_ASSIGN(reading, ReadTransaction::Begin(*db_));
    SKERRY_ASSIGN(schema_read, db_->QueryInt("PRAGMA schema_version"));
    // Changed again just now: data_version_ stays behind.
    if (schema_read != tables_.schema_version()) return Polled::kNothing;
    SKERRY_ASSIGN(newest, NewestRecord(*db_));
    const bool is_new = newest != position_ || tables_.has_pending() || must_begin_;
    if (is_new) {
      if (must_begin_) SKERRY_TRY(sink.BeginHistory(identity_));
      SKERRY_TRY(tables_.DeliverPending(sink));
      SKERRY_TRY(DeliverRecords(newest, sink));
      if (!must_begin_ && newest != position_) sink.EndTransaction();
      SKERRY_TRY(sink.Commit(ToPosition(newest)));
      tables_.NoteDelivered();
      position_ = newest;
      must_begin_ = false;
    }
    reading.End();
    data_version_ = version;
    must_look_ = false;
    TrimOneBatch();
    return is_new ? Polled::kCommitted : Polled::kNothing;
  }

  Result<std::string> Head() override {
    SKERRY_ASSIGN(newest, NewestRecord(*db_));
    return ToPosition(newest);
  }

  Status EmitMarker() override {
    must_look_ = true;
    return InsertMarker(*db_);
  }

  Status Confirm(std::string_view position) override {
    confirmed_ = FromPosition(position);
    return kDone;
  }

 private:
  Status DeliverRecords(std::int64_t newest, ChangeSink& sink) {
    SKERRY_ASSIGN(select,
                  db_->Cached("SELECT tbl, k1, k2, k3, k4, k5, k6, k7, k8 FROM skerry_changes WHERE seq > ?1 AND "
                              "seq <= ?2 ORDER BY seq"));
    SKERRY_TRY(select->Bind(position_, newest));
    Status done = DeliverEach(*select, sink);
    select->Reset();
    return done;
  }

  Status DeliverEach(sqlite::Statement& records, ChangeSink& sink) {
    std::unordered_set<std::string> seen;
    std::vector<row::Value> key;
    std::string key_text;
    std::string seen_text;
    for (;;) {
      SKERRY_ASSIGN(has_row, records.Step());
      if (!has_row) return kDone;
      if (records.IsNull(0)) continue;  // A marker.
      ChangeReader* reader = tables_.FindCaptured(records.Text(0));
      if (reader == nullptr) continue;  // No longer wanted, or just copied whole.
      key.clear();
      for (std::size_t i = 0; i < reader->table().key.size(); ++i) {
        key.push_back(ValueAt(records, static_cast<int>(i) + 1));
      }
      key_text.clear();
      if (!AppendRowKey(key_text, key)) continue;
      seen_text = reader->table().name;
      seen_text += '\0';
      seen_text += key_text;
      if (seen.size() < kMaxSeenKeys ? !seen.insert(seen_text).second : seen.count(seen_text) > 0) continue;
      SKERRY_TRY(reader->Deliver(key, key_text, sink));
    }
  }

  // Best effort: while somebody writes, the records wait, not we.
  void TrimOneBatch() {
    if (confirmed_ - trimmed_ < kTrimAfter) return;
    const std::int64_t upto = std::min(confirmed_, trimmed_ + kTrimBatch);
    Status done = SetBusyTimeout(*db_, 0);
    if (done.ok()) done = Trim(*db_, upto);
    if (Status reset = SetBusyTimeout(*db_, busy_timeout_ms_); done.ok()) done = std::move(reset);
    if (done.ok()) {
      trimmed_ = upto;
    } else if (done.error().code != ErrorCode::kStorageBusy) {
      log_.Log(LogLevel::kWarn, "removing captured changes: " + done.error().message);
    }
  }

  std::unique_ptr<sqlite::Connection> db_;
  CommitWatch watch_;
  int hasty_looks_ = 0;  // Left to take at short distance.
  std::string identity_;
  LogSink& log_;
  int busy_timeout_ms_;

  ReplicatedTables tables_;
  std::optional<std::int64_t> data_version_;
  bool must_look_ = true;
  bool must_begin_ = true;
  std::int64_t position_ = 0;
  std::int64_t confirmed_ = 0;
  std::int64_t trimmed_;
};

}  // namespace

Result<std::unique_ptr<Source>> OpenSqliteSource(const SqliteSourceOptions& options, Random& random, LogSink& log) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(options.path, ignored)) {
    return Error{.code = ErrorCode::kSource, .message = "the source database " + options.path + " does not exist"};
  }
  const auto doing = [&](Error error) {
    if (error.code == ErrorCode::kStorageBusy)
      error.message = "another program holds a lock on it (" + error.message + ")";
    return std::move(error).During("the source database " + options.path);
  };
  // A file is locked for a moment when another program opens it, too, after a crash; until it is open there is no busy
  // handler that would wait.
  const auto open = [&] { return sqlite::Connection::Open({.path = options.path, .page_size = 4096}); };
  Result<std::unique_ptr<sqlite::Connection>> db = open();
  for (int waited_ms = 0; waited_ms < options.busy_timeout_ms; waited_ms += kOpenRetryMs) {
    if (db.ok() || db.error().code != ErrorCode::kStorageBusy) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(kOpenRetryMs));
    db = open();
  }
  if (!db.ok()) return doing(std::move(db).error());
  if (Status set = SetBusyTimeout(**db, options.busy_timeout_ms); !set.ok()) return doing(std::move(set).error());
  Result<std::string> identity = PrepareCapture(**db, random);
  if (!identity.ok()) return doing(std::move(identity).error());
  Result<std::int64_t> trimmed = TrimmedUpTo(**db);
  if (!trimmed.ok()) return doing(std::move(trimmed).error());
  return std::unique_ptr<Source>(
      std::make_unique<SqliteSource>(options, *std::move(db), *std::move(identity), *trimmed, random, log));
}

}  // namespace skerry::replication
