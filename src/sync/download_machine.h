// The download side: connects, takes lines, publishes checkpoints, connects again (docs/protocol.md, sections 9 and
// 14).
//
//   off ─Connect─► credentials ─► opening ─► streaming ─┬─ quiet close (new token, other streams) ─► credentials
//                       ▲                               └─ end or failure ─► waiting ─timer, online─┐
//                       └───────────────────────────────────────────────────────────────────────────┘
//
// What stays true:
// - A line's database work comes first and its effect in memory after; a line that meets a busy database is put back
// and
//   handled again, with the iteration alive (C-114). Any other failure ends the iteration, never the machine (P-121).
// - While a publish runs the main connection is inside its transaction: lines wait, and events other than Disconnect
//   are not to be given.
// - Nothing local is lost by any of this: local writes are only ever removed by the queue's own rules.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/decode.h"
#include "store/download_store.h"
#include "store/gate.h"
#include "sync/backoff.h"
#include "sync/counters.h"
#include "sync/credentials.h"
#include "sync/line_feed.h"
#include "sync/status_board.h"
#include "sync/subscriptions.h"

namespace skerry::sync {

// The parts that the machines share, owned by SyncClient.
struct Parts {
  sqlite::Connection& db;
  store::DownloadStore& store;
  Credentials& credentials;
  Subscriptions& subscriptions;
  StatusBoard& status;
  Outbox& outbox;
  Random& random;
  Counters& counters;
  std::string client_id;
  std::string user_agent;
};

class DownloadMachine {
 public:
  // No byte for this long: the connection is dead (P-106; the service speaks every 20 s).
  static constexpr std::chrono::milliseconds kIdleLimit{55000};

  // `on_connected`: a stream opened, or brought its first line: uploads may run.
  DownloadMachine(const Parts& parts, std::function<void()> on_connected)
      : p_(parts), on_connected_(std::move(on_connected)), backoff_(parts.random) {}

  void Handle(const Connect& event, TimePoint now);
  void Handle(const Disconnect& event, TimePoint now);
  void Handle(const Online& event, TimePoint now);
  void Handle(const StreamOpened& event, TimePoint now);
  void Handle(const StreamEnded& event, TimePoint now);
  void Handle(const StreamFailed& event, TimePoint now);
  void Handle(const TimerFired& event, TimePoint now);

  // The answer to a fetch of credentials, also to one that another part asked for.
  void CredentialsAnswered(const Status& answer, TimePoint now);
  // Subscriptions were changed: a request made now may ask for something else.
  void SubscriptionsChanged(TimePoint now);
  // All local writes are uploaded and their write checkpoint is known: a checkpoint held back may go now (12.4).
  void UploadCompleted(TimePoint now);

  // A piece of the response body of stream `id`; of any other it is late and ignored.
  void Bytes(RequestId id, std::span<const std::uint8_t> bytes, TimePoint now);
  // The stream was not read for a while because the database was in use: that silence is not the service's.
  void Resumed(TimePoint now) { last_byte_ = now.monotonic; }
  // One slice of what is unfinished: a publish, then the lines behind it.
  void Work(int budget_rows, TimePoint now);
  bool HasWork() const;
  bool IsPublishing() const { return publish_.has_value(); }

  // A stream is open: uploads make sense.
  bool is_connected() const { return phase_ == Phase::kStreaming; }
  bool is_wanted() const { return phase_ != Phase::kOff; }

 private:
  enum class Phase : std::uint8_t {
    kOff,
    kSettling,     // Connect while connecting: several in a row become one attempt.
    kCredentials,  // A fetch is under way.
    kOpening,      // The request is under way.
    kStreaming,
    kWaiting,  // For the retry timer.
  };
  struct Publish {
    bucket::Checkpoint checkpoint;
    std::string line;  // The completion line, to be handled again; empty when an upload was the cause.
    bool full = true;
  };
  enum class LineResult : std::uint8_t { kNext, kPause, kEnded };

  void StartIteration(TimePoint now);
  void OpenStream(TimePoint now);
  // Hidden: the status stays connected and the next iteration starts at once (P-130).
  void EndIteration(bool hidden, std::optional<ShownError> error, TimePoint now);
  void LeaveIteration();
  void SettleWaiting();

  void ProcessLines(TimePoint now);
  LineResult HandleLine(std::string_view text, TimePoint now);
  LineResult HandleCheckpoint(bucket::Checkpoint checkpoint, std::string_view text, TimePoint now);
  LineResult HandleCompletion(std::optional<bucket::Priority> priority, std::string_view text, TimePoint now);
  LineResult HandleTokenLife(std::chrono::seconds left, TimePoint now);
  LineResult Fail(const Error& error, std::string_view text, TimePoint now);
  LineResult HandleMismatch(const store::PublishStart& start, TimePoint now);
  void FinishPublish(TimePoint now);
  void FlushIfDue(bool chunk_ended, TimePoint now);

  Parts p_;
  std::function<void()> on_connected_;
  Backoff backoff_;
  Phase phase_ = Phase::kOff;
  ConnectOptions options_;
  std::vector<std::int64_t> waiting_;  // connect calls to settle.

  // Of the iteration:
  RequestId stream_{};
  std::optional<LineFeed> feed_;
  std::optional<protocol::LineDecoder> decoder_;
  std::optional<bucket::Checkpoint> checkpoint_;
  std::optional<bucket::Checkpoint> kept_;  // Validated, held back by local writes.
  std::optional<Publish> publish_;
  bool had_line_ = false;
  bool prefetching_ = false;  // The token ends soon; its successor is on the way.
  bool retry_runs_ = false;   // The database was busy: lines wait for the timer.
  bool stream_done_ = false;  // The body has ended; held lines may still wait.
  bool apply_kept_ = false;   // The kept checkpoint met a busy database.
  std::chrono::milliseconds last_byte_{0};
  std::chrono::milliseconds last_flush_{0};
};

}  // namespace skerry::sync
