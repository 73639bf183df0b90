#include "replication/postgres/postgres_source.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "replication/postgres/change_stream.h"
#include "replication/postgres/copy_run.h"
#include "replication/postgres/replicated_tables.h"
#include "replication/postgres/server_check.h"
#include "replication/postgres/slots.h"
#include "replication/postgres/transaction_feed.h"

namespace skerry::replication {
namespace {

using pg::Lsn;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// How much a Poll() takes before it lets the thread look up, and a group before it is committed though more is there.
constexpr milliseconds kTurn{50};
constexpr milliseconds kLongestGroup{100};
constexpr std::int64_t kLargestGroup = 10'000;
constexpr int kMessagesBetweenLooks = 64;
// Whoever asks whether the service is alive wants to hear of it every few seconds, also when nothing happens.
constexpr milliseconds kLongestSleep{4000};
// How often to see whether a snapshot is ready while the stream is read.
constexpr milliseconds kLookForSnapshot{20};
constexpr std::chrono::seconds kCopyRetry{10};

class PostgresSource final : public Source, private pg::MissingValues {
 public:
  PostgresSource(PostgresSourceOptions options, Random& random, LogSink& log)
      : options_(std::move(options)),
        random_(random),
        log_(log),
        retry_(options_.first_retry),
        tables_(random, log),
        applier_(*this),
        feed_(tables_, applier_) {}

  void SetValueForms(const ValueForms& forms) override { tables_.SetValueForms(forms); }

  Status Start(std::span<const std::string> tables, const Progress& from, Notebook& notes) override {
    Disconnect();
    notes_ = &notes;
    tables_.SetWanted(tables);
    identity_ = from.identity;
    stored_position_ = pg::FromPosition(from.position);
    stored_tables_ = from.tables;
    must_begin_ = from.position.empty();
    confirmed_ = Lsn{0};
    failure_.reset();
    return kDone;
  }

  Result<Polled> Poll(ChangeSink& sink) override {
    if (failure_ && Clock::now() < retry_at_) return *failure_;
    Result<Polled> polled = Step(sink);
    if (polled.ok()) {
      retry_ = options_.first_retry;
      failure_.reset();
    } else {
      failure_ = polled.error();
      lacks_publication_ = lacks_publication_ || pg::IsOfMissingPublication(*failure_);
      Disconnect();
      retry_at_ = Clock::now() + retry_;
      retry_ = std::min(2 * retry_, options_.last_retry);
    }
    return polled;
  }

  Wait NextPoll() const override {
    if (has_more_) return {};
    if (failure_) return {.longest = Until(retry_at_)};
    if (sql_ == nullptr) return {};
    if (stream_ == nullptr) return {.readable = copy_ == nullptr ? -1 : copy_->socket(), .longest = milliseconds(1000)};
    milliseconds longest = std::min({stream_->UntilNextTend(), Until(look_at_tables_at_), kLongestSleep});
    if (copy_ != nullptr) longest = std::min(longest, kLookForSnapshot);
    const bool waits_for_copy = copy_ != nullptr && (held_ || is_copy_begun_);
    return {.readable = waits_for_copy ? copy_->socket() : stream_->socket(), .longest = longest};
  }

  // The insert position: a commit that somebody was told of is before it, also with synchronous_commit = off.
  Result<std::string> Head() override {
    SKERRY_ASSIGN(head, CurrentEnd());
    return ToPosition(head);
  }

  // A transaction without rows: as a message it costs the source nothing, and it comes back by the stream.
  Status EmitMarker() override {
    SKERRY_TRY(EnsureQueries());
    return sql_->Execute("SELECT pg_catalog.pg_logical_emit_message(true, 'powersync', 'skerryd')");
  }

  Status Confirm(std::string_view position) override {
    // Of the history before: a new one's slot has to keep everything, and no stored identity names it yet.
    if (must_begin_) return kDone;
    confirmed_ = pg::FromPosition(position);
    if (stream_ != nullptr) stream_->Acknowledge(confirmed_);
    if (!must_drop_slots_ || sql_ == nullptr) return kDone;
    SKERRY_ASSIGN(are_gone, pg::DropOtherSlots(*sql_, *notes_, {Slot()}, log_));
    must_drop_slots_ = !are_gone;
    return kDone;
  }

  const std::vector<std::string>& problems() const override { return tables_.problems(); }

 private:
  static milliseconds Until(Clock::time_point at) {
    const auto left = std::chrono::duration_cast<milliseconds>(at - Clock::now());
    return std::max(left + milliseconds(1), milliseconds(0));
  }

  // The last word of an identity.
  static std::string SlotOf(const std::string& identity) { return identity.substr(identity.rfind(' ') + 1); }
  std::string Slot() const { return SlotOf(identity_); }

  // What was delivered since the last Commit did not happen.
  void Disconnect() {
    stream_.reset();
    copy_.reset();
    sql_.reset();
    is_group_open_ = false;
    has_more_ = false;
    hold_ = Lsn{0};
    held_.reset();
    must_pause_ = false;
  }

  Status EnsureQueries() {
    if (sql_ != nullptr && !sql_->is_broken()) return kDone;
    if (sql_ == nullptr) return Error{.code = ErrorCode::kSource, .message = "the source is not connected"};
    SKERRY_ASSIGN(sql, pg::Connection::Open(options_.connection, pg::Purpose::kQueries));
    sql_ = std::move(sql);
    return kDone;
  }

  Result<Lsn> CurrentEnd() {
    SKERRY_TRY(EnsureQueries());
    SKERRY_ASSIGN(rows, sql_->Query("SELECT pg_catalog.pg_current_wal_insert_lsn()"));
    const std::optional<Lsn> end = pg::ParseLsn(rows.Text(0, 0));
    if (!end) return Error{.code = ErrorCode::kSource, .message = "Postgres did not say where its log ends"};
    return *end;
  }

  Result<Polled> Step(ChangeSink& sink) {
    has_more_ = false;
    if (sql_ == nullptr) SKERRY_TRY(Connect());
    if (must_begin_ && stream_ == nullptr) return CopyEverything(sink);
    if (stream_ == nullptr) SKERRY_TRY(OpenStream(identity_, stored_position_));
    return Stream(sink);
  }

  Status Connect() {
    SKERRY_ASSIGN(sql, pg::Connection::Open(options_.connection, pg::Purpose::kQueries));
    SKERRY_ASSIGN(server, pg::CheckServer(*sql));
    SKERRY_TRY(tables_.LoadTypes(*sql));
    const std::string history = "postgres " + server.system + " " + sql->database() + " ";
    if (!must_begin_) {
      std::optional<std::string> loss = "the source is another database";
      if (identity_.substr(0, history.size()) == history) {
        SKERRY_ASSIGN(found, pg::FindLoss(*sql, Slot(), stored_position_));
        loss = std::move(found);
      }
      if (!loss && lacks_publication_) loss = "the publication was missing for a while, and changes with it";
      if (loss) log_.Log(LogLevel::kWarn, *loss + "; everything is copied again");
      must_begin_ = loss.has_value();
    }
    // What was confirmed of a lost history says nothing about the next one, whose places may be smaller.
    if (must_begin_) confirmed_ = Lsn{0};
    if (must_begin_) SKERRY_TRY(BeginCopy(*sql, history));
    sql_ = std::move(sql);
    return kDone;
  }

  // The old slot stays until the new history is stored, so that going back to the old config finds it.
  Status BeginCopy(pg::Connection& sql, const std::string& history) {
    SKERRY_TRY(pg::DropOtherSlots(sql, *notes_, {Slot()}, log_));  // Those in use go later.
    if (options_.is_alone) SKERRY_TRY(pg::WarnAboutForeignSlots(sql, *notes_, options_.slot_prefix, log_));
    SKERRY_ASSIGN(slot, pg::NoteNewSlot(*notes_, options_.slot_prefix, random_));
    next_identity_ = history + slot;
    SKERRY_ASSIGN(copy,
                  pg::CopyRun::Begin(options_.connection, slot, pg::SnapshotCopy::SlotLife::kPermanent, tables_, log_));
    copy_ = std::move(copy);
    return kDone;
  }

  Result<Polled> CopyEverything(ChangeSink& sink) {
    if (!is_group_open_) {
      SKERRY_ASSIGN(is_ready, copy_->IsReady());
      if (!is_ready) return Polled::kNothing;
      SKERRY_TRY(sink.BeginHistory(next_identity_));
      is_group_open_ = true;
      tables_.Reset({});
      SKERRY_TRY(copy_->ChooseTables(*sql_, /*only_pending=*/false, sink));
    }
    SKERRY_ASSIGN(step, copy_->Continue(applier_, sink));
    has_more_ = step == pg::CopyRun::Step::kMore;
    if (step != pg::CopyRun::Step::kDone) return Polled::kUnfinished;
    const Lsn place = copy_->place();
    const bool is_ahead = copy_->is_ahead();
    copy_.reset();
    has_more_ = true;
    if (is_ahead) {
      stored_tables_ = tables_.Delivered();
      SKERRY_TRY(OpenStream(next_identity_, place));
      SKERRY_TRY(HoldUntilNow());
      return Polled::kUnfinished;
    }
    SKERRY_TRY(sink.Commit(ToPosition(place)));
    NoteCommitted(place);
    return Polled::kCommitted;
  }

  Status OpenStream(const std::string& identity, Lsn from) {
    SKERRY_ASSIGN(stream, pg::ChangeStream::Open(options_.connection, SlotOf(identity), from));
    stream->Acknowledge(confirmed_);
    feed_.Reset(from);
    tables_.Reset(stored_tables_);
    look_at_tables_at_ = {};
    committed_at_ = Clock::now();
    stream_ = std::move(stream);
    // A write checkpoint that was stored when the last process ended may wait for one that was never sent.
    return EmitMarker();
  }

  Result<Polled> Stream(ChangeSink& sink) {
    if (Clock::now() >= look_at_tables_at_) SKERRY_TRY(LookAtTables(sink));
    SKERRY_ASSIGN(is_copying, CopyPending(sink));
    if (is_copying) {
      SKERRY_TRY(stream_->Tend(/*has_listened=*/false));
      return Polled::kUnfinished;
    }
    SKERRY_TRY(ReadChanges(sink));
    const bool is_asked = stream_->is_asked();
    SKERRY_TRY(stream_->Tend(/*has_listened=*/!held_));
    const bool is_time = is_asked || Clock::now() - committed_at_ >= options_.move_on_every;
    const bool is_due = is_group_open_ || (is_time && feed_.position() > stored_position_);
    if (is_due && CanCommit()) {
      SKERRY_TRY(sink.Commit(ToPosition(feed_.position())));
      NoteCommitted(feed_.position());
      return Polled::kCommitted;
    }
    return is_group_open_ || feed_.is_in_transaction() ? Polled::kUnfinished : Polled::kNothing;
  }

  void NoteCommitted(Lsn position) {
    if (must_begin_) {
      identity_ = next_identity_;
      must_begin_ = false;
      must_drop_slots_ = true;
      lacks_publication_ = false;
    }
    stored_position_ = position;
    stored_tables_ = tables_.Delivered();
    is_group_open_ = false;
    changes_at_commit_ = feed_.changes();
    committed_at_ = Clock::now();
  }

  // Between two transactions, if every table is as the source had it at that place.
  bool CanCommit() const { return !feed_.is_in_transaction() && !tables_.has_stale() && feed_.position() >= hold_; }

  Status ReadChanges(ChangeSink& sink) {
    const Clock::time_point began = Clock::now();
    for (int n = 1;; ++n) {
      if (n % kMessagesBetweenLooks == 0 && Clock::now() - began > kTurn) {
        has_more_ = true;
        return kDone;
      }
      SKERRY_ASSIGN(read, ReadChange(sink));
      if (read == pg::ChangeStream::Read::kNothingYet) return kDone;
      if (read == pg::ChangeStream::Read::kKeepalive) continue;
      is_group_open_ = true;
      if (feed_.TakeWantsCatalog()) SKERRY_TRY(LookAtTables(sink));
      if (feed_.is_in_transaction()) continue;
      const bool is_full =
          feed_.changes() - changes_at_commit_ >= kLargestGroup || Clock::now() - began > kLongestGroup;
      if (is_full && CanCommit()) {
        has_more_ = true;
        return kDone;
      }
    }
  }

  Result<pg::ChangeStream::Read> ReadChange(ChangeSink& sink) {
    using Read = pg::ChangeStream::Read;
    // What is passed over now and is not in the copy would cost another one. But tables that are only new hold up
    // nobody, unless that happened.
    feed_.Pause(copy_ != nullptr && (must_pause_ || tables_.has_stale()));
    std::string_view message;
    if (held_) {
      message = *held_;
    } else {
      SKERRY_ASSIGN(read, stream_->Next(message));
      if (read == Read::kKeepalive) feed_.PassIdly(stream_->end());
      if (read != Read::kMessage) return read;
    }
    SKERRY_ASSIGN(is_applied, feed_.Apply(message, sink));
    if (is_applied) {
      held_.reset();
      return Read::kMessage;
    }
    if (!held_) held_ = std::string(message);
    return Read::kNothingYet;
  }

  Status LookAtTables(ChangeSink& sink) {
    SKERRY_TRY(EnsureQueries());
    SKERRY_ASSIGN(catalog, pg::ReadCatalog(*sql_, tables_.wanted()));
    SKERRY_TRY(tables_.EnsureTypes(*sql_, catalog));
    SKERRY_ASSIGN(has_dropped, tables_.Reconcile(std::move(catalog), sink));
    look_at_tables_at_ = Clock::now() + options_.look_at_tables_every;
    // What is gone now was there at the places that the stream still has to pass.
    if (has_dropped) SKERRY_TRY(HoldUntilNow());
    return kDone;
  }

  Status HoldUntilNow() {
    SKERRY_ASSIGN(end, CurrentEnd());
    return Hold(end);
  }

  Status Hold(Lsn until) {
    is_group_open_ = true;
    hold_ = std::max(hold_, until);
    return EmitMarker();
  }

  // Copies the tables that wait for it, while the stream is read on until the snapshot is there. True: the copy has the
  // floor.
  Result<bool> CopyPending(ChangeSink& sink) {
    if (!tables_.has_pending() && copy_ == nullptr) return false;
    if (copy_ == nullptr && Clock::now() < copy_retry_at_) return false;
    Result<bool> is_ready = FindSnapshot();
    if (!is_ready.ok()) {
      // Perhaps there is no slot left. The other tables need not wait.
      log_.Log(LogLevel::kWarn, "tables cannot be copied yet: " + is_ready.error().message);
      copy_.reset();
      copy_retry_at_ = Clock::now() + kCopyRetry;
      return false;
    }
    if (!*is_ready) return false;
    if (!is_copy_begun_ && !feed_.IsCovered(copy_->place())) {
      // The stream was faster than the snapshot, and what it passed over is in neither.
      copy_.reset();
      must_pause_ = true;
      has_more_ = true;
      return false;
    }
    if (!is_copy_begun_) {
      is_group_open_ = true;
      SKERRY_TRY(copy_->ChooseTables(*sql_, /*only_pending=*/true, sink));
      is_copy_begun_ = true;
    }
    SKERRY_ASSIGN(step, copy_->Continue(applier_, sink));
    has_more_ = step == pg::CopyRun::Step::kMore;
    if (step != pg::CopyRun::Step::kDone) return true;
    const Lsn place = copy_->place();
    const bool is_ahead = copy_->is_ahead();
    copy_.reset();
    must_pause_ = false;
    if (is_ahead) {
      SKERRY_TRY(HoldUntilNow());
    } else {
      SKERRY_TRY(Hold(place));
    }
    return false;
  }

  Result<bool> FindSnapshot() {
    if (copy_ == nullptr) {
      const std::string name = options_.slot_prefix + "copy_" + NewUuid(random_).substr(0, 8);
      SKERRY_ASSIGN(
          copy, pg::CopyRun::Begin(options_.connection, name, pg::SnapshotCopy::SlotLife::kTemporary, tables_, log_));
      copy_ = std::move(copy);
      is_copy_begun_ = false;
      feed_.ExpectCopy();
    }
    return copy_->IsReady();
  }

  // pg::MissingValues
  Result<bool> Read(const pg::LiveTable& table, const pg::Tuple& row, std::span<const int> missing, pg::TextPool& pool,
                    std::span<row::Value> values) override {
    SKERRY_TRY(EnsureQueries());
    std::string columns;
    for (const int column : missing) {
      columns += (columns.empty() ? "" : ", ") + pg::QuoteName(table.table().columns[static_cast<std::size_t>(column)]);
    }
    std::string where;
    std::vector<std::optional<std::string>> parameters;
    for (const int column : table.table().key) {
      const auto at = static_cast<std::size_t>(column);
      parameters.emplace_back(std::string(row[at].text));
      where += (where.empty() ? " WHERE " : " AND ") + pg::QuoteName(table.table().columns[at]) + " = $" +
               std::to_string(parameters.size());
    }
    SKERRY_ASSIGN(rows,
                  sql_->Query("SELECT " + columns + " FROM ONLY " + pg::QuotedName(table.table()) + where, parameters));
    for (std::size_t i = 0; rows.count() == 1 && i < missing.size(); ++i) {
      const int column = static_cast<int>(i);
      pg::TupleValue value;
      if (!rows.IsNull(0, column)) {
        std::string& text = pool.Next();
        text = rows.Text(0, column);
        value = {.kind = pg::TupleValue::Kind::kText, .text = text};
      }
      const auto at = static_cast<std::size_t>(missing[i]);
      values[at] = table.Decode(at, value, pool);
    }
    SKERRY_TRY(HoldUntilNow());
    return rows.count() == 1;
  }

  PostgresSourceOptions options_;
  Random& random_;
  LogSink& log_;
  Notebook* notes_ = nullptr;

  // What the sink has committed.
  std::string identity_;
  Lsn stored_position_{};
  std::vector<row::Table> stored_tables_;
  Lsn confirmed_{};

  std::optional<Error> failure_;  // Of the last attempt; the next one is not made before retry_at_.
  Clock::time_point retry_at_{};
  milliseconds retry_;
  bool must_begin_ = true;
  bool lacks_publication_ = false;  // There are changes in the log, at a place where there was no publication.
  std::string next_identity_;
  bool must_drop_slots_ = true;

  std::unique_ptr<pg::Connection> sql_;
  std::unique_ptr<pg::ChangeStream> stream_;
  std::unique_ptr<pg::CopyRun> copy_;
  bool is_copy_begun_ = false;
  bool must_pause_ = false;  // The last copy came too late; nothing may be passed over while the next one is made.
  std::optional<std::string> held_;  // A message that has to wait for the copy.
  Clock::time_point copy_retry_at_{};
  pg::ReplicatedTables tables_;
  pg::RowApplier applier_;
  pg::TransactionFeed feed_;

  bool is_group_open_ = false;
  bool has_more_ = false;
  Lsn hold_{};  // No commit before this place.
  std::int64_t changes_at_commit_ = 0;
  Clock::time_point committed_at_{};
  Clock::time_point look_at_tables_at_{};
};

}  // namespace

std::unique_ptr<Source> MakePostgresSource(PostgresSourceOptions options, Random& random, LogSink& log) {
  return std::make_unique<PostgresSource>(std::move(options), random, log);
}

}  // namespace skerry::replication
