#include "store/download_store.h"

#include <algorithm>

#include "store/download_state.h"
#include "store/oplog.h"

namespace skerry::store {

namespace {

Status NotWhileStreaming(bool is_streaming) {
  if (!is_streaming) return kDone;
  return Error{ErrorCode::kInvalidArgument, "Disconnect first: a sync stream is open"};
}

}  // namespace

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

bool DownloadStore::WantsFlush() const { return state_->buffer.size_bytes() >= state_->options.buffer_bytes; }

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
  s.buffer.Clear();
  return kDone;
}

}  // namespace skerry::store
