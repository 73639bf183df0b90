#include "client/database.h"

#include <algorithm>
#include <utility>

#include "client/deadline.h"
#include "client/error_json.h"
#include "client/json_fields.h"
#include "client/run_payload.h"
#include "client/table_names.h"
#include "store/key_value.h"
#include "store/migrations.h"
#include "store/schema_change.h"

namespace skerry::client {
namespace {

constexpr std::size_t kKeptReplyBytes = std::size_t{4} << 20;
// A checkpoint of a long log takes tens of milliseconds, in which nobody is served: it waits until the database is at
// rest, or the log is as long as it may get.
constexpr int kCheckpointBytes = 16 << 20;
constexpr int kMostWalBytes = 56 << 20;
constexpr std::chrono::milliseconds kRest{100};

// Calls that are no sign of anybody waiting.
bool IsHousekeeping(Op op) { return op == Op::kEvent || op == Op::kDrain || op == Op::kInfo; }

// Rows into the reply's encoder.
class BufferSink final : public store::RowSink {
 public:
  explicit BufferSink(ResultEncoder& encoder) : encoder_(encoder) { encoder_.BeginEmpty(); }
  Status OnColumns(const sqlite::Statement& statement) override {
    encoder_.Begin(statement);
    return kDone;
  }
  Status OnRow(const sqlite::Statement& statement) override { return encoder_.AddRow(statement); }

 private:
  ResultEncoder& encoder_;
};

}  // namespace

std::string OpenErrorJson(const Error& error) { return ErrorJson(error); }

// ---- life ----------------------------------------------------------------------------------------------------------

Database::Database(Config config, Environment environment, std::unique_ptr<Session> main)
    : config_(std::move(config)),
      environment_(std::move(environment)),
      main_(std::move(main)),
      outbox_(config_.log_level),
      store_(std::make_unique<store::DownloadStore>(main_->db(), main_->capture())),
      leases_(config_, environment_.random, *main_, [this](Session& reader) { reader.guard().SetSchema(&schema_); }),
      live_queries_(environment_, leases_, config_.max_result_bytes),
      encoder_(config_.max_result_bytes) {}

Result<std::unique_ptr<Database>> Database::Open(std::string_view config_json, Environment environment) {
  SKERRY_ASSIGN(config, ParseConfig(config_json));
  SKERRY_ASSIGN(main, Session::OpenMain(config, environment.random));
  std::unique_ptr<Database> database(new Database(std::move(config), std::move(environment), std::move(main)));
  SKERRY_TRY(database->Start());
  return database;
}

Status Database::Start() {
  sqlite::Connection& db = main_->db();
  db.DeferCheckpoints(kMostWalBytes / config_.page_size);
  {
    SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(db));
    SKERRY_TRY(store::Migrate(write, environment_.random));
    SKERRY_TRY(write.Commit());
  }
  SKERRY_ASSIGN(client_id, store::ClientId(db));
  SKERRY_ASSIGN(stored, store::LoadSchema(db));
  if (stored) schema_ = std::move(*stored);
  SKERRY_TRY(TellSchema());
  SKERRY_TRY(store_->Start());
  SKERRY_ASSIGN(version, db.QueryInt("PRAGMA main.schema_version"));
  schema_version_ = version.value_or(0);
  sync_ = std::make_unique<sync::Client>(db, *store_, outbox_, environment_.random,
                                         sync::ClientOptions{std::move(client_id), config_.user_agent});
  main_->capture().SetListener(&changes_);
  return kDone;
}

Database::~Database() {
  if (store_->IsPublishing()) store_->AbortPublish();
  (void)store_->Stop();  // What cannot be kept is downloaded again.
  leases_.CloseAll();
  main_->capture().SetListener(nullptr);
}

Status Database::TellSchema() {
  leases_.ForEachSession([this](Session& session) { session.guard().SetSchema(&schema_); });
  SKERRY_TRY(main_->capture().SetSchema(schema_));
  return store_->SetSchema(schema_);
}

// ---- calls ---------------------------------------------------------------------------------------------------------

bool Database::Call(Op op, std::span<const std::uint8_t> payload, TimePoint now) {
  now_ = now;
  if (!IsHousekeeping(op)) active_at_ = now.monotonic;
  failed_sql_ = {};
  // One large result is not kept for the life of the database.
  if (reply_.capacity() > kKeptReplyBytes) reply_ = std::string();
  reply_.clear();
  const Status done = Dispatch(op, payload);
  if (!done.ok()) reply_ = ErrorJson(done.error(), failed_sql_);
  Settle();
  return done.ok();
}

std::uint32_t Database::flags() const {
  std::uint32_t flags = 0;
  if (!outbox_.empty() || !told_tables_.empty()) flags |= kFlagOutbox;
  if (sync_->HasWork()) flags |= kFlagWork;
  if (!leases_.MainIsFree()) flags |= kFlagBusy;
  if (live_queries_.HasDue(now_)) flags |= kFlagWatches;
  return flags;
}

Status Database::Dispatch(Op op, std::span<const std::uint8_t> payload) {
  switch (op) {
    case Op::kExecute:
      return Execute(payload);
    case Op::kLeaseOpen:
      return OpenLease(AsText(payload));
    case Op::kLeaseClose:
      return CloseLease(AsText(payload));
    case Op::kWatchOpen:
      return OpenWatch(payload);
    case Op::kWatchClose: {
      PayloadReader reader(payload);
      live_queries_.Close(reader.U32());
      return kDone;
    }
    case Op::kWatchNext:
      reply_ = live_queries_.Next(now_);
      return kDone;
    case Op::kEvent:
      return HandleEvent(AsText(payload));
    case Op::kStreamBytes:
      return StreamBytes(payload);
    case Op::kWork:
      return Work();
    case Op::kDrain:
      return Drain();
    case Op::kSchema:
      return ApplySchema(AsText(payload));
    case Op::kInfo:
      return Info();
    case Op::kCrudComplete:
      return CompleteCrud(AsText(payload));
    case Op::kClear:
      return Clear(AsText(payload));
    case Op::kResolveTables:
      return ResolveTables(payload);
  }
  return Error{ErrorCode::kInvalidArgument, "unknown operation " + std::to_string(static_cast<std::uint32_t>(op))};
}

Status Database::Execute(std::span<const std::uint8_t> payload) {
  SKERRY_ASSIGN(statement, DecodeStatement(payload));
  failed_sql_ = statement.sql;
  if (statement.lease != 0) {
    SKERRY_ASSIGN(lease, leases_.Find(statement.lease));
    if (lease->lost) return Error{ErrorCode::kSqlite, "the transaction was rolled back by an earlier error"};
    Status done = ExecuteOn(*lease->session, statement);
    if (!done.ok() && lease->is_transaction() && !lease->session->db().InTransaction()) lease->lost = true;
    return done;
  }
  auto session = (statement.flags & kStatementRead) != 0 ? leases_.ForRead() : leases_.ForWrite();
  if (!session.ok()) return std::move(session).error();
  Status done = ExecuteOn(**session, statement);
  sqlite::Connection& db = (*session)->db();
  if (!db.InTransaction()) return done;
  SKERRY_TRY(db.Execute("ROLLBACK"));
  return Error{ErrorCode::kInvalidArgument,
               "the statement left a transaction open, so it was rolled back: use writeTransaction or writeLock"};
}

Status Database::ExecuteOn(Session& session, const StatementPayload& payload) {
  BufferSink sink(encoder_);
  SKERRY_ASSIGN(call, MakeCall(payload, &sink));
  Deadline deadline(session.db(), environment_, payload.deadline);
  SKERRY_ASSIGN(outcome, session.runner().Run(call));
  return encoder_.Finish({outcome.changes, outcome.last_insert_rowid, outcome.wrote}, reply_);
}

Status Database::OpenLease(std::string_view json) {
  SKERRY_ASSIGN(fields, JsonFields::Parse(json, "kLeaseOpen"));
  const std::string mode = fields.Text("mode").value_or("");
  LeaseMode lease_mode = LeaseMode::kReadLock;
  if (mode == "writeLock")
    lease_mode = LeaseMode::kWriteLock;
  else if (mode == "readTransaction")
    lease_mode = LeaseMode::kReadTransaction;
  else if (mode == "writeTransaction")
    lease_mode = LeaseMode::kWriteTransaction;
  else if (mode != "readLock")
    fields.Fail("mode", "readLock, writeLock, readTransaction or writeTransaction");
  SKERRY_TRY(fields.ToStatus());
  SKERRY_ASSIGN(id, leases_.Open(lease_mode));
  reply_ = "{\"lease\":" + std::to_string(id) + "}";
  return kDone;
}

Status Database::CloseLease(std::string_view json) {
  SKERRY_ASSIGN(fields, JsonFields::Parse(json, "kLeaseClose"));
  const std::int64_t id = fields.Int("lease").value_or(0);
  const std::string action = fields.Text("action").value_or("release");
  if (action != "commit" && action != "rollback" && action != "release") {
    fields.Fail("action", "commit, rollback or release");
  }
  SKERRY_TRY(fields.ToStatus());
  SKERRY_TRY(leases_.Close(static_cast<std::uint32_t>(id), action));
  sync_->Resumed(now_);
  reply_ = "{}";
  return kDone;
}

Status Database::OpenWatch(std::span<const std::uint8_t> payload) {
  SKERRY_ASSIGN(tables, live_queries_.Open(payload, now_));
  reply_ = TablesReply(tables);
  return kDone;
}

Status Database::ResolveTables(std::span<const std::uint8_t> payload) {
  SKERRY_ASSIGN(statement, DecodeStatement(payload));
  failed_sql_ = statement.sql;
  SKERRY_ASSIGN(session, leases_.ForRead());
  SKERRY_ASSIGN(dependencies, live_queries_.Resolve(*session, statement.sql));
  reply_ = TablesReply(dependencies.tables);
  return kDone;
}

// ---- after each call -----------------------------------------------------------------------------------------------

void Database::Settle() {
  leases_.SetPublishing(sync_->HasWork());
  if (changed_.has_committed()) ReportChanges();
  SetWatchTimer();
  SetCheckpointTimer();
}

void Database::ReportChanges() {
  std::vector<std::string> tables = changed_.Take();
  auto version = main_->db().QueryInt("PRAGMA main.schema_version");
  if (!version.ok() || version->value_or(0) != schema_version_) {
    // DDL of the application: views may read other tables now.
    if (version.ok()) schema_version_ = version->value_or(0);
    live_queries_.SchemaChanged(now_);
  }
  live_queries_.TablesChanged(tables, now_);
  bool queue_changed = false;
  for (std::string& table : tables) {
    if (table == "ps_crud") queue_changed = true;
    if (!IsPublic(table) || std::find(told_tables_.begin(), told_tables_.end(), table) != told_tables_.end()) continue;
    told_tables_.push_back(std::move(table));
  }
  if (queue_changed) sync_->QueueChanged(now_);
}

void Database::SetWatchTimer() {
  const auto next = live_queries_.NextDue();
  if (!next || *next <= now_.monotonic) return;
  if (watch_timer_ && *watch_timer_ <= *next && *watch_timer_ > now_.monotonic) return;
  watch_timer_ = *next;
  outbox_.Add(sync::StartTimer{sync::TimerId::kWatch, *next - now_.monotonic});
}

void Database::SetCheckpointTimer() {
  if (checkpoint_timer_runs_ || main_->db().wal_pages() < kCheckpointBytes / config_.page_size) return;
  checkpoint_timer_runs_ = true;
  outbox_.Add(sync::StartTimer{sync::TimerId::kCheckpoint, kRest});
}

Status Database::CheckpointAtRest() {
  checkpoint_timer_runs_ = false;  // Settle() starts it again while the log is long.
  return now_.monotonic - active_at_ < kRest ? kDone : main_->db().Checkpoint();
}

}  // namespace skerry::client
