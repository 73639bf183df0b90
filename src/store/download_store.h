// The download half of the store: what a sync stream brings, from the line to the app's tables.
//
//   StoreLine ──► memory ──Flush──► ps_pending, ps_buckets        (sums only: no oplog access while downloading)
//   BeginPublish ──► validate ──► gate ──► ContinuePublish … ──► ps_oplog, the app's tables, ps_sync_state
//
// What stays true:
// - A bucket's download position becomes durable in the same transaction as the operations it covers, so a crash loses
//   both or neither, and what was lost in memory is simply sent again.
// - add_checksum + op_checksum is the sum of every operation since the bucket began (or its last CLEAR); op_checksum is
//   the sum over its rows in ps_oplog (C-100).
// - Readers see a publish wholly or not at all (C-120). A failed publish leaves everything as it was, in memory as
// well.
//
// Borrows the connection, which must outlive it. It is the only user of the connection's write transaction between
// BeginPublish() and the ContinuePublish() that ends it. Knows no clock: `now` is an argument.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "bucket/checkpoint.h"
#include "bucket/operation.h"
#include "sqlite/connection.h"
#include "store/bucket_book.h"
#include "store/clear.h"
#include "store/download_progress.h"
#include "store/publish_outcome.h"
#include "store/stream_subscriptions.h"
#include "store/sync_state.h"

namespace skerry::store {

// Where the next download of a bucket starts (C-110).
struct BucketPosition {
  std::string name;
  OpId after{};
};

struct DownloadOptions {
  // How much may wait in memory for a completion line: what a publish takes from there is spared a way through
  // ps_pending and the WAL. Time bounds what a crash costs, see DownloadMachine.
  std::size_t buffer_bytes = std::size_t{40} << 20;
  // How much of the downloaded operations a publish sorts at once. Large enough that a first sync touches each page of
  // the oplog few times, small enough for a worker's heap.
  std::size_t batch_bytes = std::size_t{40} << 20;
};

class DownloadStore {
 public:
  // `capture` is told when rows are written by a publish, so that they are not queued (C-068).
  DownloadStore(sqlite::Connection& db, Capture& capture, DownloadOptions options = {});
  DownloadStore(const DownloadStore&) = delete;
  DownloadStore& operator=(const DownloadStore&) = delete;
  ~DownloadStore();

  // The tables that published rows go to. Call after each schema change, never during a publish.
  Status SetSchema(const schema::Schema& schema);

  // ---- a stream's life -----------------------------------------------------------------------------------------

  // Reads bucket positions and counters from the database, forgetting what was not flushed. Call before a stream opens.
  Status Start();
  // Flushes, best effort, and forgets the checkpoint. Call when a stream has ended. A failure costs a download, no
  // data.
  Status Stop();
  // For the request, in order of creation (C-110). Valid after Start().
  std::vector<BucketPosition> Positions() const;

  // Takes the operations of one data line, which may name an unknown bucket (C-102). Memory only, cannot fail; nothing
  // is borrowed after the call. `line_bytes` is the length of the line or document as received. Not during a publish.
  void StoreLine(std::string_view bucket, std::span<const bucket::Operation> operations, std::size_t line_bytes);
  // True when enough is in memory that Flush() should not wait for the end of the network chunk.
  bool WantsFlush() const;
  // Makes everything stored so far durable, in one short transaction. On an error nothing is lost: call it again.
  Status Flush();

  // A checkpoint line, or a diff that was applied to the current checkpoint: deletes the buckets that are not in it
  // (C-111), restarts counters that no longer fit (C-150), brings ps_stream_subscriptions up to date (C-168).
  // `request_subscriptions`: the ids, in order, that the stream's request listed. One transaction; on an error nothing
  // happened.
  Result<StreamsTracked> TrackCheckpoint(const bucket::Checkpoint& checkpoint,
                                         std::span<const std::int64_t> request_subscriptions);

  // ---- publishing ----------------------------------------------------------------------------------------------

  // A completion line: `priority` is nullopt for checkpoint_complete, else the partial line's number. Also for a kept
  // checkpoint after an upload. On kStarted a write transaction is open until ContinuePublish() returns kDone or an
  // error. On an error nothing happened and the same call may be tried again. Streams that are complete with it get
  // their last_synced_at (C-130).
  Result<PublishStart> BeginPublish(const bucket::Checkpoint& checkpoint, std::optional<bucket::Priority> priority,
                                    TimePoint now);
  // Works on about `budget_rows` rows. An error has rolled the transaction back: nothing was published, nothing lost.
  Result<PublishStep> ContinuePublish(int budget_rows);
  bool IsPublishing() const;
  // Rolls an unfinished publish back.
  void AbortPublish();

  // ---- state to show -------------------------------------------------------------------------------------------

  // nullopt before the first checkpoint line, after a full publish and after Stop() (C-154).
  std::optional<DownloadProgress> Progress() const;
  // Operations downloaded and wanted of the given buckets of the current checkpoint, e.g. those of a stream (C-183).
  ProgressCount ProgressOf(std::span<const std::string> buckets) const;
  // All buckets with their sums and counts, for diagnostics, what was not yet flushed included.
  std::span<const BucketRow> Buckets() const;

  // ---- clear (section 18), only between streams ----------------------------------------------------------------

  Status Clear(const ClearOptions& options);
  // Everything downloaded is published again at the next full checkpoint; optionally forgets that a sync was complete
  // (C-203).
  Status Resync(bool clear_synced_state);

 private:
  Status JoinPending();

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace skerry::store
