#include "replication/sqlite/sqlite_source.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>

#include "replication/sqlite/capture.h"
#include "replication/sqlite/change_reader.h"
#include "sqlite/connection.h"
#include "sqlite/transaction.h"

namespace skerry::replication {
namespace {

// Records are removed a batch at a time, so that no writer waits long for us.
constexpr std::int64_t kTrimAfter = 1000;
constexpr std::int64_t kTrimBatch = 10'000;
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
  SqliteSource(std::unique_ptr<sqlite::Connection> db, std::string identity, std::int64_t trimmed, Random& random,
               LogSink& log)
      : db_(std::move(db)), identity_(std::move(identity)), random_(random), log_(log), trimmed_(trimmed) {}

  const std::string& identity() const override { return identity_; }
  const std::vector<std::string>& problems() const override { return problems_; }

  Status Start(std::span<const std::string> tables, const Progress& from) override {
    const std::int64_t position = FromPosition(from.position);
    if (!from.position.empty()) {
      SKERRY_ASSIGN(trimmed, TrimmedUpTo(*db_));
      SKERRY_ASSIGN(newest, NewestRecord(*db_));
      if (position < trimmed || position > newest) {
        return Error{.code = ErrorCode::kSource,
                     .message = "the source database no longer has the changes after position " + from.position};
      }
    }
    wanted_.assign(tables.begin(), tables.end());
    delivered_.clear();
    for (const row::Table& table : from.tables) delivered_.emplace(table.name, table);
    pending_copies_.clear();
    position_ = position;
    confirmed_ = position;
    has_started_ = !from.position.empty();
    SKERRY_TRY(Reconcile());
    must_look_ = true;
    return kDone;
  }

  Result<bool> Poll(ChangeSink& sink) override {
    // Changes when another connection commits; our own commits set must_look_.
    SKERRY_ASSIGN(version, db_->QueryInt("PRAGMA data_version"));
    if (version == data_version_ && !must_look_) {
      TrimOneBatch();
      return false;
    }
    SKERRY_ASSIGN(schema, db_->QueryInt("PRAGMA schema_version"));
    if (schema != schema_version_) SKERRY_TRY(Reconcile());

    SKERRY_ASSIGN(reading, ReadTransaction::Begin(*db_));
    SKERRY_ASSIGN(schema_read, db_->QueryInt("PRAGMA schema_version"));
    if (schema_read != schema_version_) return false;  // Changed again just now: must_look_ or data_version tell again.
    SKERRY_ASSIGN(newest, NewestRecord(*db_));
    const bool is_new = newest != position_ || !pending_copies_.empty() || !pending_drops_.empty() || !has_started_;
    if (is_new) {
      SKERRY_TRY(DeliverTables(sink));
      SKERRY_TRY(DeliverRecords(newest, sink));
      SKERRY_TRY(sink.Commit(ToPosition(newest)));
      NoteDelivered();
      position_ = newest;
      has_started_ = true;
    }
    reading.End();
    data_version_ = version;
    must_look_ = false;
    TrimOneBatch();
    return is_new;
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
  // Makes the triggers fit the tables as they are, and finds out which tables have to be copied again.
  Status Reconcile() {
    readers_.clear();  // Their statements belong to the old schema.
    SKERRY_ASSIGN(transaction, sqlite::WriteTransaction::Begin(*db_));
    std::vector<std::string> problems;
    std::map<std::string, std::string> triggers;
    std::map<std::string, row::Table> tables;
    std::map<std::string, std::string> table_of_trigger;
    for (const std::string& name : wanted_) {
      SKERRY_ASSIGN(inspection, InspectTable(*db_, name));
      if (!inspection.found) {
        problems.push_back(std::move(inspection.problem));
        continue;
      }
      for (auto& [trigger, sql] : TriggersFor(*inspection.found)) {
        table_of_trigger[trigger] = name;
        triggers.emplace(trigger, sql);
      }
      tables.emplace(name, std::move(inspection.found->table));
    }
    SKERRY_ASSIGN(installed, InstallTriggers(*db_, triggers));
    SKERRY_ASSIGN(schema, db_->QueryInt("PRAGMA schema_version"));

    std::map<std::string, ChangeReader, std::less<>> readers;
    std::set<std::string> copies;
    // While a trigger was missing, changes went by unseen.
    for (const std::string& trigger : installed.created) copies.insert(table_of_trigger[trigger]);
    for (auto& [name, table] : tables) {
      const auto known = delivered_.find(name);
      table.id = IdFor(known == delivered_.end() ? nullptr : &known->second, table);
      if (known == delivered_.end() || known->second != table) copies.insert(name);
      SKERRY_ASSIGN(reader, ChangeReader::Create(*db_, table));
      readers.emplace(name, std::move(reader));
    }
    SKERRY_TRY(transaction.Commit());

    schema_version_ = schema;
    must_look_ = true;
    readers_ = std::move(readers);
    pending_copies_.merge(copies);
    pending_drops_.clear();
    for (const auto& [name, table] : delivered_) {
      if (readers_.find(name) == readers_.end()) pending_drops_.insert(name);
    }
    for (auto at = pending_copies_.begin(); at != pending_copies_.end();) {
      at = readers_.find(*at) == readers_.end() ? pending_copies_.erase(at) : std::next(at);
    }
    Report(std::move(problems));
    return kDone;
  }

  // A table keeps its id, and so its subkeys, as long as its rows are told apart by the same columns.
  std::string IdFor(const row::Table* known, const row::Table& now) {
    if (known == nullptr || known->key.size() != now.key.size()) return NewUuid(random_);
    for (std::size_t i = 0; i < now.key.size(); ++i) {
      if (known->columns[static_cast<std::size_t>(known->key[i])] !=
          now.columns[static_cast<std::size_t>(now.key[i])]) {
        return NewUuid(random_);
      }
    }
    return known->id;
  }

  void Report(std::vector<std::string> problems) {
    for (const std::string& problem : problems) {
      if (std::find(problems_.begin(), problems_.end(), problem) == problems_.end())
        log_.Log(LogLevel::kError, problem);
    }
    problems_ = std::move(problems);
  }

  Status DeliverTables(ChangeSink& sink) {
    for (const std::string& name : pending_drops_) SKERRY_TRY(sink.DropTable(name));
    for (const std::string& name : pending_copies_) {
      SKERRY_ASSIGN(left_out, readers_.find(name)->second.Copy(sink));
      if (left_out > 0) {
        log_.Log(LogLevel::kWarn, "table '" + name + "': " + std::to_string(left_out) +
                                      " rows have NULL in their primary key and are not replicated");
      }
    }
    return kDone;
  }

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
      const auto reader = readers_.find(records.Text(0));
      if (reader == readers_.end()) continue;                                      // Of a table no longer wanted.
      if (pending_copies_.find(reader->first) != pending_copies_.end()) continue;  // It was just copied whole.
      key.clear();
      for (std::size_t i = 0; i < reader->second.table().key.size(); ++i) {
        key.push_back(ValueAt(records, static_cast<int>(i) + 1));
      }
      key_text.clear();
      if (!AppendRowKey(key_text, key)) continue;
      seen_text = reader->first;
      seen_text += '\0';
      seen_text += key_text;
      if (seen.size() < kMaxSeenKeys ? !seen.insert(seen_text).second : seen.count(seen_text) > 0) continue;
      SKERRY_TRY(reader->second.Deliver(key, key_text, sink));
    }
  }

  void NoteDelivered() {
    for (const std::string& name : pending_drops_) delivered_.erase(name);
    for (const std::string& name : pending_copies_) {
      delivered_.insert_or_assign(name, readers_.find(name)->second.table());
    }
    pending_drops_.clear();
    pending_copies_.clear();
  }

  // Best effort: a busy file is trimmed later.
  void TrimOneBatch() {
    if (confirmed_ - trimmed_ < kTrimAfter) return;
    const std::int64_t upto = std::min(confirmed_, trimmed_ + kTrimBatch);
    Status done = Trim(*db_, upto);
    if (done.ok()) {
      trimmed_ = upto;
    } else if (done.error().code != ErrorCode::kStorageBusy) {
      log_.Log(LogLevel::kWarn, "removing captured changes: " + done.error().message);
    }
  }

  std::unique_ptr<sqlite::Connection> db_;
  std::string identity_;
  Random& random_;
  LogSink& log_;

  std::vector<std::string> wanted_;
  std::vector<std::string> problems_;
  std::map<std::string, row::Table> delivered_;  // As the sink knows them.
  std::map<std::string, ChangeReader, std::less<>> readers_;
  std::set<std::string> pending_copies_;
  std::set<std::string> pending_drops_;
  std::optional<std::int64_t> data_version_;
  std::optional<std::int64_t> schema_version_;
  bool must_look_ = true;
  bool has_started_ = false;
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
  Result<std::unique_ptr<sqlite::Connection>> db = sqlite::Connection::Open({.path = options.path, .page_size = 4096});
  if (!db.ok()) return doing(std::move(db).error());
  const std::string timeout = "PRAGMA busy_timeout = " + std::to_string(options.busy_timeout_ms);
  if (Status set = (*db)->Execute(timeout); !set.ok()) return doing(std::move(set).error());
  Result<std::string> identity = PrepareCapture(**db, random);
  if (!identity.ok()) return doing(std::move(identity).error());
  Result<std::int64_t> trimmed = TrimmedUpTo(**db);
  if (!trimmed.ok()) return doing(std::move(trimmed).error());
  return std::unique_ptr<Source>(
      std::make_unique<SqliteSource>(*std::move(db), *std::move(identity), *trimmed, random, log));
}

}  // namespace skerry::replication
