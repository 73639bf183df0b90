#include "sync/download_machine.h"

#include <utility>

#include "protocol/request.h"

namespace skerry::sync {
namespace {

// "application/x-ndjson; charset=utf-8" names the type before the semicolon (P-031).
protocol::Encoding EncodingOf(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return type == protocol::kBsonType ? protocol::Encoding::kBson : protocol::Encoding::kNdjson;
}

}  // namespace

// ---- connecting ----------------------------------------------------------------------------------------------------

void DownloadMachine::Handle(const Connect& event, TimePoint now) {
  options_ = event.options;
  backoff_.Configure(options_);
  waiting_.push_back(event.request);
  const bool connecting = phase_ != Phase::kOff && waiting_.size() > 1;
  LeaveIteration();
  p_.credentials.Forget();
  p_.status.SetDownloadError(std::nullopt);
  p_.status.SetConnection(false, true);
  if (connecting) {
    // Whoever calls connect in a row wants the last one: the attempt waits until the calls have stopped coming.
    phase_ = Phase::kSettling;
    p_.outbox.Add(StartTimer{TimerId::kConnect, std::chrono::milliseconds(20)});
    return;
  }
  StartIteration(now);
}

void DownloadMachine::Handle(const Disconnect&, TimePoint) {
  if (phase_ == Phase::kOff) return;
  LeaveIteration();
  phase_ = Phase::kOff;
  p_.credentials.Forget();
  p_.status.SetConnection(false, false);
  SettleWaiting();
}

void DownloadMachine::Handle(const Online&, TimePoint now) {
  if (phase_ != Phase::kWaiting) return;
  p_.outbox.Add(CancelTimer{TimerId::kReconnect});
  StartIteration(now);
}

void DownloadMachine::StartIteration(TimePoint now) {
  if (!p_.status.connected()) p_.status.SetConnection(false, true);
  if (p_.credentials.cached()) {
    OpenStream(now);
    return;
  }
  phase_ = Phase::kCredentials;
  p_.credentials.Fetch();
}

void DownloadMachine::CredentialsAnswered(const Status& answer, TimePoint now) {
  if (phase_ == Phase::kCredentials) {
    if (answer.ok()) {
      OpenStream(now);
    } else {
      const bool signed_out = answer.error().message == "Not signed in";
      EndIteration(false, Show(answer.error(), signed_out ? std::optional(401) : std::nullopt), now);
    }
    return;
  }
  if (!std::exchange(prefetching_, false) || phase_ != Phase::kStreaming) return;
  if (answer.ok()) {
    EndIteration(true, std::nullopt, now);
  } else {
    p_.outbox.Log(LogLevel::kWarn, "Could not prefetch credentials: " + answer.error().message);
  }
}

void DownloadMachine::OpenStream(TimePoint now) {
  Status ready = p_.store.Start();
  if (ready.ok()) ready = p_.subscriptions.Load(now);
  if (!ready.ok()) {
    EndIteration(false, Show(std::move(ready).error().During("preparing the sync request")), now);
    return;
  }
  protocol::StreamRequest request;
  for (store::BucketPosition& position : p_.store.Positions()) {
    request.buckets.push_back({std::move(position.name), position.after});
  }
  request.client_id = p_.client_id;
  request.parameters_json = options_.parameters_json;
  request.include_defaults = options_.include_defaults;
  request.subscriptions = p_.subscriptions.requested();
  request.app_metadata = options_.app_metadata;
  p_.status.StoredStateChanged();

  phase_ = Phase::kOpening;
  stream_ = p_.outbox.NextId();
  const Credentials::Value& credentials = *p_.credentials.cached();
  p_.outbox.Add(sync::OpenStream{stream_, credentials.endpoint + "/sync/stream", credentials.token,
                                 protocol::EncodeStreamRequest(request), p_.user_agent});
  last_byte_ = now.monotonic;
  p_.outbox.Add(StartTimer{TimerId::kIdle, kIdleLimit});
}

void DownloadMachine::Handle(const StreamOpened& event, TimePoint now) {
  if (phase_ != Phase::kOpening || event.id != stream_) return;
  if (event.status < 200 || event.status > 299) {
    Handle(StreamFailed{event.id, "", event.status, ""}, now);
    return;
  }
  const protocol::Encoding encoding = EncodingOf(event.content_type);
  feed_.emplace(encoding);
  decoder_.emplace(encoding);
  phase_ = Phase::kStreaming;
  last_byte_ = last_flush_ = now.monotonic;
  p_.status.SetConnection(true, false);
  SettleWaiting();
  on_connected_();
}

// ---- ending --------------------------------------------------------------------------------------------------------

void DownloadMachine::Handle(const StreamEnded& event, TimePoint now) {
  if (event.id != stream_) return;
  if (phase_ == Phase::kOpening)
    EndIteration(false, Show({ErrorCode::kNetwork, "The stream ended before it began"}), now);
  if (phase_ != Phase::kStreaming) return;
  stream_done_ = true;
  feed_->End();
  ProcessLines(now);
}

void DownloadMachine::Handle(const StreamFailed& event, TimePoint now) {
  if (event.id != stream_ || (phase_ != Phase::kOpening && phase_ != Phase::kStreaming)) return;
  if (event.status == 401) p_.credentials.Invalidate();
  EndIteration(false,
               event.status ? Show(HttpError(*event.status, event.status_text, event.message), *event.status)
                            : Show({ErrorCode::kNetwork, event.message}),
               now);
}

void DownloadMachine::Handle(const TimerFired& event, TimePoint now) {
  switch (event.id) {
    case TimerId::kConnect:
      if (phase_ == Phase::kSettling) StartIteration(now);
      break;
    case TimerId::kReconnect:
      if (phase_ == Phase::kWaiting) StartIteration(now);
      break;
    case TimerId::kIdle: {
      if (phase_ != Phase::kOpening && phase_ != Phase::kStreaming) break;
      const auto left = last_byte_ + kIdleLimit - now.monotonic;
      if (left.count() > 0) {
        p_.outbox.Add(StartTimer{TimerId::kIdle, left});
      } else {
        EndIteration(false, Show({ErrorCode::kNetwork, "The service was silent for too long"}), now);
      }
      break;
    }
    case TimerId::kLineRetry:
      retry_runs_ = false;
      if (phase_ != Phase::kStreaming) break;
      if (std::exchange(apply_kept_, false)) UploadCompleted(now);
      ProcessLines(now);
      break;
    default:
      break;
  }
}

void DownloadMachine::LeaveIteration() {
  if (phase_ == Phase::kOpening || phase_ == Phase::kStreaming) {
    p_.outbox.Add(CloseStream{stream_});
    p_.outbox.Add(CancelTimer{TimerId::kIdle});
    if (p_.store.IsPublishing()) p_.store.AbortPublish();
    // What could not be flushed is downloaded again.
    (void)p_.store.Stop();
  }
  if (phase_ == Phase::kWaiting) p_.outbox.Add(CancelTimer{TimerId::kReconnect});
  if (phase_ == Phase::kSettling) p_.outbox.Add(CancelTimer{TimerId::kConnect});
  if (retry_runs_) p_.outbox.Add(CancelTimer{TimerId::kLineRetry});
  feed_.reset();
  decoder_.reset();
  checkpoint_.reset();
  kept_.reset();
  publish_.reset();
  had_line_ = prefetching_ = retry_runs_ = stream_done_ = apply_kept_ = false;
  p_.status.ForgetBuckets();
}

void DownloadMachine::EndIteration(bool hidden, std::optional<ShownError> error, TimePoint now) {
  LeaveIteration();
  if (hidden) {
    StartIteration(now);
    return;
  }
  if (error) {
    p_.outbox.Log(LogLevel::kWarn, "Sync stopped, it is tried again: " + error->message);
    p_.status.SetDownloadError(std::move(error));
  }
  p_.status.SetConnection(false, false);
  SettleWaiting();
  phase_ = Phase::kWaiting;
  p_.outbox.Add(StartTimer{TimerId::kReconnect, backoff_.Next()});
}

void DownloadMachine::SettleWaiting() {
  for (const std::int64_t request : std::exchange(waiting_, {})) p_.outbox.Add(Settle{request});
}

void DownloadMachine::SubscriptionsChanged(TimePoint now) {
  p_.status.StoredStateChanged();
  if (phase_ != Phase::kOpening && phase_ != Phase::kStreaming) return;
  auto changed = p_.subscriptions.HaveChanged(now);
  // A failed look is made up for by the next keepalive.
  if (!changed.ok() || !*changed) return;
  EndIteration(true, std::nullopt, now);
}

}  // namespace skerry::sync
