// DownloadMachine's lines: what each kind does, and publishing in slices.
#include <utility>

#include "sync/download_machine.h"

namespace skerry::sync {
namespace {

constexpr std::chrono::milliseconds kBusyRetry{50};
// What was downloaded becomes durable at least this often, so that a reload repeats little.
constexpr std::chrono::milliseconds kFlushGap{1000};
constexpr std::chrono::seconds kTokenEndsSoon{30};

bool IsBusy(const Error& error) { return error.code == ErrorCode::kStorageBusy; }

ShownError ProtocolError(std::string message) { return Show({ErrorCode::kProtocol, std::move(message)}); }

}  // namespace

void DownloadMachine::Bytes(RequestId id, std::span<const std::uint8_t> bytes, TimePoint now) {
  if (phase_ != Phase::kStreaming || id != stream_) return;
  last_byte_ = now.monotonic;
  p_.counters.bytes += static_cast<std::int64_t>(bytes.size());
  feed_->Feed(bytes);
  if (publish_ || retry_runs_) {
    feed_->HoldRest();
    return;
  }
  ProcessLines(now);
}

void DownloadMachine::ProcessLines(TimePoint now) {
  while (phase_ == Phase::kStreaming && !publish_ && !retry_runs_) {
    auto line = feed_->Next();
    if (!line.ok()) {
      EndIteration(false, Show(line.error()), now);
      return;
    }
    if (!*line) break;
    switch (HandleLine(**line, now)) {
      case LineResult::kNext:
        break;
      case LineResult::kPause:
        feed_->HoldRest();
        return;
      case LineResult::kEnded:
        return;
    }
  }
  if (phase_ != Phase::kStreaming || publish_ || retry_runs_) return;
  FlushIfDue(true, now);
  // A clean end is no failure, but nothing more will come (section 9.4).
  if (phase_ == Phase::kStreaming && stream_done_ && !feed_->has_held()) EndIteration(false, std::nullopt, now);
}

void DownloadMachine::FlushIfDue(bool chunk_ended, TimePoint now) {
  if (!p_.store.WantsFlush() && !(chunk_ended && now.monotonic - last_flush_ >= kFlushGap)) return;
  last_flush_ = now.monotonic;
  const Status flushed = p_.store.Flush();
  // Nothing is lost while the database is busy: the next flush takes it all.
  if (!flushed.ok() && !IsBusy(flushed.error())) EndIteration(false, Show(flushed.error()), now);
}

DownloadMachine::LineResult DownloadMachine::Fail(const Error& error, std::string_view text, TimePoint now) {
  if (IsBusy(error)) {
    feed_->PutBack(text);
    retry_runs_ = true;
    p_.outbox.Add(StartTimer{TimerId::kLineRetry, kBusyRetry});
    return LineResult::kPause;
  }
  EndIteration(false, Show(error), now);
  return LineResult::kEnded;
}

DownloadMachine::LineResult DownloadMachine::HandleLine(std::string_view text, TimePoint now) {
  auto decoded = decoder_->Decode(text);
  if (!decoded.ok()) {
    EndIteration(false, Show(decoded.error()), now);
    return LineResult::kEnded;
  }
  p_.counters.lines += 1;
  if (!std::exchange(had_line_, true)) on_connected_();

  if (auto* data = std::get_if<protocol::DataLine>(&*decoded)) {
    p_.counters.operations += static_cast<std::int64_t>(data->operations.size());
    p_.store.StoreLine(data->bucket, data->operations, text.size());
    p_.status.CountsChanged();
    FlushIfDue(false, now);
    return phase_ == Phase::kStreaming ? LineResult::kNext : LineResult::kEnded;
  }
  if (auto* checkpoint = std::get_if<bucket::Checkpoint>(&*decoded)) {
    return HandleCheckpoint(std::move(*checkpoint), text, now);
  }
  if (auto* diff = std::get_if<bucket::CheckpointDiff>(&*decoded)) {
    if (!checkpoint_) {
      EndIteration(false, ProtocolError("checkpoint_diff without previous checkpoint"), now);
      return LineResult::kEnded;
    }
    bucket::Checkpoint next = *checkpoint_;
    bucket::Apply(next, std::move(*diff));
    return HandleCheckpoint(std::move(next), text, now);
  }
  if (std::holds_alternative<protocol::CheckpointComplete>(*decoded)) {
    return HandleCompletion(std::nullopt, text, now);
  }
  if (auto* partial = std::get_if<protocol::PartialCheckpointComplete>(&*decoded)) {
    return HandleCompletion(partial->priority, text, now);
  }
  if (auto* token = std::get_if<protocol::TokenExpiresIn>(&*decoded)) return HandleTokenLife(token->left, now);
  if (auto* unknown = std::get_if<protocol::UnknownLine>(&*decoded)) {
    p_.outbox.Log(LogLevel::kDebug, "Unknown sync line: " + std::string(unknown->key));
  }
  return LineResult::kNext;
}

DownloadMachine::LineResult DownloadMachine::HandleCheckpoint(bucket::Checkpoint checkpoint, std::string_view text,
                                                              TimePoint now) {
  auto tracked = p_.store.TrackCheckpoint(checkpoint, p_.subscriptions.requested_ids());
  if (!tracked.ok()) return Fail(tracked.error(), text, now);
  for (std::string& warning : tracked->warnings) p_.outbox.Log(LogLevel::kWarn, std::move(warning));
  p_.status.SetBuckets(checkpoint, std::move(tracked->bucket_streams));
  checkpoint_ = std::move(checkpoint);
  kept_.reset();  // C-113
  return LineResult::kNext;
}

DownloadMachine::LineResult DownloadMachine::HandleCompletion(std::optional<bucket::Priority> priority,
                                                              std::string_view text, TimePoint now) {
  if (!checkpoint_) {
    EndIteration(false,
                 ProtocolError(priority ? "partial_checkpoint_complete without previous checkpoint"
                                        : "checkpoint_complete without previous checkpoint"),
                 now);
    return LineResult::kEnded;
  }
  auto start = p_.store.BeginPublish(*checkpoint_, priority, now);
  if (!start.ok()) return Fail(start.error(), text, now);
  switch (start->outcome) {
    case store::PublishStart::Outcome::kStarted:
      publish_ = Publish{*checkpoint_, std::string(text), !priority.has_value()};
      return LineResult::kPause;
    case store::PublishStart::Outcome::kGateClosed:
      // The least urgent part of a checkpoint will come with its full completion (C-128).
      if (!priority) {
        p_.outbox.Log(LogLevel::kInfo, "A checkpoint waits for local writes to be uploaded");
        kept_ = checkpoint_;
        backoff_.Reset();
      }
      p_.status.CountsChanged();
      return LineResult::kNext;
    case store::PublishStart::Outcome::kMismatch:
      break;
  }
  return HandleMismatch(*start, now);
}

DownloadMachine::LineResult DownloadMachine::HandleMismatch(const store::PublishStart& start, TimePoint now) {
  p_.counters.checksum_failures += 1;
  std::string text = store::DescribeMismatches(start.mismatches);
  p_.outbox.Log(LogLevel::kWarn, text);
  EndIteration(false, Show({ErrorCode::kChecksumMismatch, std::move(text)}), now);
  return LineResult::kEnded;
}

DownloadMachine::LineResult DownloadMachine::HandleTokenLife(std::chrono::seconds left, TimePoint now) {
  if (left.count() <= 0) {
    p_.credentials.Invalidate();
    EndIteration(false, std::nullopt, now);
    return LineResult::kEnded;
  }
  if (left <= kTokenEndsSoon) {
    prefetching_ = true;
    p_.credentials.Fetch();
    return LineResult::kNext;
  }
  SubscriptionsChanged(now);
  return phase_ == Phase::kStreaming ? LineResult::kNext : LineResult::kEnded;
}

// ---- publishing ----------------------------------------------------------------------------------------------------

bool DownloadMachine::HasWork() const {
  return publish_.has_value() || (phase_ == Phase::kStreaming && !retry_runs_ && feed_->has_held());
}

void DownloadMachine::Work(int budget_rows, TimePoint now) {
  if (publish_) {
    auto step = p_.store.ContinuePublish(budget_rows);
    if (!step.ok()) {
      const Publish failed = *std::exchange(publish_, std::nullopt);
      if (!failed.line.empty()) {
        (void)Fail(step.error(), failed.line, now);  // It has put the line back or ended the iteration.
      } else if (IsBusy(step.error())) {
        kept_ = failed.checkpoint;
        apply_kept_ = retry_runs_ = true;
        p_.outbox.Add(StartTimer{TimerId::kLineRetry, kBusyRetry});
      } else {
        EndIteration(false, Show(step.error()), now);
      }
      return;
    }
    if (*step == store::PublishStep::kMore) return;
    FinishPublish(now);
  }
  ProcessLines(now);
}

void DownloadMachine::FinishPublish(TimePoint now) {
  const bool full = publish_->full;
  publish_.reset();
  Resumed(now);
  p_.counters.publishes += 1;
  p_.status.StoredStateChanged();
  if (!full) return;
  kept_.reset();
  backoff_.Reset();
  p_.status.SetDownloadError(std::nullopt);  // P-134
}

void DownloadMachine::UploadCompleted(TimePoint now) {
  if (phase_ != Phase::kStreaming || publish_ || !kept_) return;
  bucket::Checkpoint checkpoint = *std::exchange(kept_, std::nullopt);
  auto reaches = store::ReachesTarget(p_.db, checkpoint.write_checkpoint);
  if (reaches.ok() && !*reaches) return;
  auto start = p_.store.BeginPublish(checkpoint, std::nullopt, now);
  if (!start.ok()) {
    if (!IsBusy(start.error())) {
      EndIteration(false, Show(start.error()), now);
      return;
    }
    kept_ = std::move(checkpoint);
    apply_kept_ = true;
    if (!std::exchange(retry_runs_, true)) p_.outbox.Add(StartTimer{TimerId::kLineRetry, kBusyRetry});
    return;
  }
  switch (start->outcome) {
    case store::PublishStart::Outcome::kStarted:
      publish_ = Publish{std::move(checkpoint), "", true};
      break;
    case store::PublishStart::Outcome::kGateClosed:
      p_.outbox.Log(LogLevel::kWarn, "Could not apply pending checkpoint even after completed upload");
      break;
    case store::PublishStart::Outcome::kMismatch:
      (void)HandleMismatch(*start, now);  // It has ended the iteration.
      break;
  }
}

}  // namespace skerry::sync
