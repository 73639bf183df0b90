#include "store/download_store.h"

#include <algorithm>
#include <unordered_set>

#include "schema/schema.h"
#include "store/capture.h"
#include "store/gate.h"
#include "store/key_value.h"
#include "store/oplog.h"
#include "store/pending_operations.h"
#include "store/progress_tracker.h"
#include "store/published_tables.h"
#include "store/publisher.h"

namespace skerry::store {

namespace {

// Enough that a flush is a few large writes, little enough that losing it costs no noticeable download.
constexpr std::size_t kFlushBytes = std::size_t{1} << 20;

Status NotWhileStreaming(bool is_streaming) {
  if (!is_streaming) return kDone;
  return Error{ErrorCode::kInvalidArgument, "Disconnect first: a sync stream is open"};
}

}  // namespace

struct DownloadStore::State {
  State(sqlite::Connection& connection, Capture& capturing, DownloadOptions chosen)
      : db(connection), capture(capturing), options(chosen), tables(connection) {}

  sqlite::Connection& db;
  Capture& capture;
  DownloadOptions options;
  PublishedTables tables;
  BucketBook book;
  PendingBuffer buffer;
  ProgressTracker progress;
  bool is_streaming = false;
  std::unordered_set<std::string> known;  // Buckets that the service knows we have: of the request or last checkpoint.
  StreamsTracked streams;
  std::unique_ptr<Publisher> publisher;

  Status WriteBuffered(sqlite::WriteTransaction& write) const {
    SKERRY_TRY(buffer.Write(write));
    return book.WriteDirty(write);
  }
  void ForgetBuffered() {
    buffer.Clear();
    book.MarkClean();
  }
  Status DeleteBuckets(sqlite::WriteTransaction& write, std::span<const std::string> names) const;
  void ForgetBuckets(std::span<const std::string> names);
  std::vector<BucketMismatch> Validate(const bucket::Checkpoint& checkpoint, bucket::Priority priority) const;
  std::vector<std::int64_t> StreamsCompleteAt(const bucket::Checkpoint& checkpoint,
                                              std::optional<bucket::Priority> priority) const;
};

DownloadStore::DownloadStore(sqlite::Connection& db, Capture& capture, DownloadOptions options)
    : state_(std::make_unique<State>(db, capture, options)) {}

DownloadStore::~DownloadStore() = default;

Status DownloadStore::SetSchema(const schema::Schema& schema) {
  SKERRY_CHECK(!IsPublishing(), "the schema does not change during a publish");
  state_->tables.SetSchema(schema);
  return kDone;
}

// ---- a stream's life --------------------------------------------------------------------------------------------

Status DownloadStore::Start() {
  State& s = *state_;
  SKERRY_ASSIGN(book, BucketBook::Load(s.db));
  s.publisher.reset();
  s.book = std::move(book);
  s.buffer.Clear();
  s.progress.Stop();
  s.streams = {};
  s.known.clear();
  for (const BucketRow& row : s.book.rows()) s.known.insert(row.name);
  s.is_streaming = true;
  return kDone;
}

Status DownloadStore::Stop() {
  State& s = *state_;
  AbortPublish();
  const Status flushed = Flush();
  s.progress.Stop();
  s.streams = {};
  s.known.clear();
  s.is_streaming = false;
  return flushed;
}

std::vector<BucketPosition> DownloadStore::Positions() const {
  std::vector<BucketPosition> positions;
  for (const BucketRow& row : state_->book.rows()) positions.push_back({row.name, row.last_op});
  return positions;
}

void DownloadStore::StoreLine(std::string_view bucket, std::span<const bucket::Operation> operations,
                              std::size_t line_bytes) {
  SKERRY_CHECK(!IsPublishing(), "lines wait until a publish has ended");
  if (operations.empty()) return;  // P-057
  State& s = *state_;
  BucketRow& row = s.book.FindOrCreate(bucket);
  for (const bucket::Operation& operation : operations) {
    if (operation.kind == bucket::OpKind::kClear) {
      row.total = operation.checksum;
    } else {
      row.total += operation.checksum;
    }
  }
  row.last_op = operations.back().id;
  row.count_since_last += static_cast<std::int64_t>(operations.size());
  row.downloaded_bytes += static_cast<std::int64_t>(line_bytes);
  row.is_dirty = true;
  s.buffer.Append(row.id, operations);
}

bool DownloadStore::WantsFlush() const { return state_->buffer.size_bytes() >= kFlushBytes; }

Status DownloadStore::Flush() {
  State& s = *state_;
  const bool has_dirty =
      std::any_of(s.book.rows().begin(), s.book.rows().end(), [](const auto& row) { return row.is_dirty; });
  if (s.buffer.empty() && !has_dirty) return kDone;
  SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(s.db));
  SKERRY_TRY(s.WriteBuffered(write));
  SKERRY_TRY(write.Commit());
  s.ForgetBuffered();
  return kDone;
}

// ---- checkpoints ------------------------------------------------------------------------------------------------

Result<StreamsTracked> DownloadStore::TrackCheckpoint(const bucket::Checkpoint& checkpoint,
                                                      std::span<const std::int64_t> request_subscriptions) {
  SKERRY_CHECK(!IsPublishing(), "lines wait until a publish has ended");
  State& s = *state_;
  std::unordered_set<std::string> named;
  for (const bucket::BucketState& state : checkpoint.buckets) named.insert(state.name);
  std::vector<std::string> gone;
  for (const BucketRow& row : s.book.rows()) {
    if (s.known.count(row.name) != 0 && named.count(row.name) == 0) gone.push_back(row.name);
  }
  ProgressTracker progress;
  const bool counters_fit = progress.Track(checkpoint, s.book);

  SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(s.db));
  SKERRY_TRY(s.DeleteBuckets(write, gone));
  SKERRY_ASSIGN(streams, TrackStreams(write, checkpoint, request_subscriptions));
  if (!counters_fit) SKERRY_TRY(write.db().Execute("UPDATE ps_buckets SET count_at_last = 0, count_since_last = 0"));
  SKERRY_TRY(write.Commit());

  s.ForgetBuckets(gone);
  if (!counters_fit) {
    for (BucketRow& row : s.book.rows()) row.count_at_last = row.count_since_last = 0;
  }
  s.known = std::move(named);
  s.progress = std::move(progress);
  s.streams = streams;
  return streams;
}

Status DownloadStore::State::DeleteBuckets(sqlite::WriteTransaction& write, std::span<const std::string> names) const {
  std::vector<std::int64_t> with_rows;
  for (const std::string& name : names) {
    const BucketRow* row = book.Find(name);
    if (row != nullptr && row->op_count > 0) with_rows.push_back(row->id);
  }
  // Operations still pending changed nothing that is visible, so only rows in the oplog have to be looked at again.
  SKERRY_TRY(ClearOplog(write.db(), with_rows));
  SKERRY_ASSIGN(remove, write.db().Cached("DELETE FROM ps_buckets WHERE id = ?1"));
  for (const std::string& name : names) {
    const BucketRow* row = book.Find(name);
    if (row == nullptr) continue;
    SKERRY_TRY(DeletePending(write, row->id));
    SKERRY_TRY(remove->Run(row->id));
  }
  return kDone;
}

void DownloadStore::State::ForgetBuckets(std::span<const std::string> names) {
  if (names.empty()) return;
  for (const std::string& name : names) book.Remove(name);
  buffer.Remove([this](std::int64_t bucket) { return book.FindById(bucket) == nullptr; });
}

std::vector<BucketMismatch> DownloadStore::State::Validate(const bucket::Checkpoint& checkpoint,
                                                           bucket::Priority priority) const {
  std::vector<BucketMismatch> mismatches;
  for (const bucket::BucketState& state : checkpoint.buckets) {
    if (state.priority > priority) continue;
    const BucketRow* row = book.Find(state.name);
    const BucketMismatch sums{state.name, state.checksum, row != nullptr ? row->published : bucket::Checksum(),
                              row != nullptr ? row->add() : bucket::Checksum()};
    if (sums.op + sums.add != sums.expected) mismatches.push_back(sums);
  }
  return mismatches;
}

// Full: every stream of the checkpoint. Partial: those whose least urgent bucket is within the priority (C-130).
std::vector<std::int64_t> DownloadStore::State::StreamsCompleteAt(const bucket::Checkpoint& checkpoint,
                                                                  std::optional<bucket::Priority> priority) const {
  if (!priority) return streams.active;
  std::vector<std::int64_t> complete;
  for (const std::int64_t id : streams.active) {
    std::optional<bucket::Priority> least_urgent;
    for (std::size_t i = 0; i < checkpoint.buckets.size() && i < streams.bucket_streams.size(); ++i) {
      const auto& served = streams.bucket_streams[i];
      if (std::find(served.begin(), served.end(), id) == served.end()) continue;
      least_urgent = std::max(least_urgent.value_or(0), checkpoint.buckets[i].priority);
    }
    if (least_urgent && *least_urgent <= *priority) complete.push_back(id);
  }
  return complete;
}

// ---- publishing -------------------------------------------------------------------------------------------------

Result<PublishStart> DownloadStore::BeginPublish(const bucket::Checkpoint& checkpoint,
                                                 std::optional<bucket::Priority> priority, TimePoint now) {
  SKERRY_CHECK(!IsPublishing(), "one publish at a time");
  State& s = *state_;
  const bucket::Priority up_to = priority.value_or(bucket::kFullSyncPriority);
  PublishStart start;
  start.mismatches = s.Validate(checkpoint, up_to);
  SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(s.db));
  if (!start.mismatches.empty()) {
    std::vector<std::string> failed;
    for (const BucketMismatch& each : start.mismatches) failed.push_back(each.bucket);
    SKERRY_TRY(s.DeleteBuckets(write, failed));
    SKERRY_TRY(write.Commit());
    s.ForgetBuckets(failed);
    start.outcome = PublishStart::Outcome::kMismatch;
    return start;
  }

  BucketBook book = s.book;
  PublishScope scope{priority, {}};
  for (const bucket::BucketState& state : checkpoint.buckets) {
    BucketRow* row = state.priority <= up_to ? book.Find(state.name) : nullptr;
    if (row == nullptr) continue;
    scope.buckets.insert(row->id);
    if (row->last_op == checkpoint.last_op_id) continue;
    row->last_op = checkpoint.last_op_id;
    row->is_dirty = true;
  }
  if (!priority && checkpoint.write_checkpoint) {
    SKERRY_TRY(SetInt(write, keys::kLastSeen, Raw(*checkpoint.write_checkpoint)));
  }
  Result<bool> is_open = true;
  if (up_to > 0) is_open = IsGateOpen(s.db);  // Priority 0 goes ahead of local writes (C-129).
  if (!is_open.ok()) return std::move(is_open).error();
  if (!*is_open) {
    SKERRY_TRY(s.buffer.Write(write));
    SKERRY_TRY(book.WriteDirty(write));
    SKERRY_TRY(write.Commit());
    s.book = std::move(book);
    s.ForgetBuffered();
    start.outcome = PublishStart::Outcome::kGateClosed;
    return start;
  }
  SKERRY_ASSIGN(publisher, Publisher::Open(std::move(write), s.capture, s.tables, s.buffer, std::move(book),
                                           {std::move(scope), checkpoint, s.StreamsCompleteAt(checkpoint, priority),
                                            now.wall, s.options.batch_bytes}));
  s.publisher = std::move(publisher);
  return start;
}

Result<PublishStep> DownloadStore::ContinuePublish(int budget_rows) {
  SKERRY_CHECK(IsPublishing(), "ContinuePublish() follows BeginPublish()");
  State& s = *state_;
  auto step = s.publisher->Step(budget_rows);
  if (!step.ok()) {
    AbortPublish();
    return step;
  }
  if (*step == PublishStep::kMore) return step;
  const bool is_full = s.publisher->scope().is_full();
  s.buffer.Remove([&](std::int64_t bucket) { return s.publisher->scope().Has(bucket); });
  s.book = s.publisher->TakeBook();
  s.publisher.reset();
  if (is_full) s.progress.Stop();
  return step;
}

bool DownloadStore::IsPublishing() const { return state_->publisher != nullptr; }

void DownloadStore::AbortPublish() { state_->publisher.reset(); }

// ---- state to show ----------------------------------------------------------------------------------------------

std::optional<DownloadProgress> DownloadStore::Progress() const { return state_->progress.Progress(state_->book); }

ProgressCount DownloadStore::ProgressOf(std::span<const std::string> buckets) const {
  return state_->progress.Of(buckets, state_->book);
}

std::span<const BucketRow> DownloadStore::Buckets() const { return state_->book.rows(); }

// ---- clear ------------------------------------------------------------------------------------------------------

Status DownloadStore::Clear(const ClearOptions& options) {
  State& s = *state_;
  SKERRY_TRY(NotWhileStreaming(s.is_streaming));
  SKERRY_ASSIGN(book, BucketBook::Load(s.db));
  SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(s.db));
  SKERRY_TRY(ClearTables(write, s.capture, s.tables.schema(), options, book));
  SKERRY_TRY(write.Commit());
  s.book = std::move(book);
  s.buffer.Clear();
  return kDone;
}

Status DownloadStore::Resync(bool clear_synced_state) {
  State& s = *state_;
  SKERRY_TRY(NotWhileStreaming(s.is_streaming));
  SKERRY_ASSIGN(book, BucketBook::Load(s.db));
  SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(s.db));
  SKERRY_TRY(Republish(write, book));
  if (clear_synced_state) SKERRY_TRY(s.db.Execute("DELETE FROM ps_sync_state"));
  SKERRY_TRY(write.Commit());
  s.book = std::move(book);
  return kDone;
}

}  // namespace skerry::store
