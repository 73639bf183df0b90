#include "sync/client.h"

#include <utility>

namespace skerry::sync {

Client::Client(sqlite::Connection& db, store::DownloadStore& store, Outbox& outbox, Random& random,
               ClientOptions options)
    : credentials_(outbox),
      subscriptions_(db),
      status_(db, store, outbox),
      download_({db, store, credentials_, subscriptions_, status_, outbox, random, counters_, options.client_id,
                 options.user_agent},
                [this] { upload_.Connected(); }),
      upload_({db, store, credentials_, subscriptions_, status_, outbox, random, counters_, options.client_id,
               options.user_agent},
              download_) {}

Status Client::Handle(const Event& event, TimePoint now) {
  Status handled = Dispatch(event, now);
  status_.Tell(now);
  return handled;
}

template <typename AnyEvent>
void Client::AnswerCredentials(const AnyEvent& event, TimePoint now) {
  const auto answer = credentials_.Handle(event);
  if (!answer) return;
  upload_.CredentialsAnswered(*answer);
  download_.CredentialsAnswered(*answer, now);
}

Status Client::Dispatch(const Event& event, TimePoint now) {
  if (auto* connect = std::get_if<Connect>(&event)) {
    upload_.Configure(connect->options);
    download_.Handle(*connect, now);
  } else if (auto* disconnect = std::get_if<Disconnect>(&event)) {
    download_.Handle(*disconnect, now);
  } else if (auto* online = std::get_if<Online>(&event)) {
    download_.Handle(*online, now);
  } else if (auto* arrived = std::get_if<CredentialsArrived>(&event)) {
    AnswerCredentials(*arrived, now);
  } else if (auto* refused = std::get_if<CredentialsFailed>(&event)) {
    AnswerCredentials(*refused, now);
  } else if (auto* opened = std::get_if<StreamOpened>(&event)) {
    download_.Handle(*opened, now);
  } else if (auto* ended = std::get_if<StreamEnded>(&event)) {
    download_.Handle(*ended, now);
  } else if (auto* failed = std::get_if<StreamFailed>(&event)) {
    download_.Handle(*failed, now);
  } else if (auto* uploaded = std::get_if<UploadDone>(&event)) {
    upload_.Handle(*uploaded);
  } else if (auto* not_uploaded = std::get_if<UploadFailed>(&event)) {
    upload_.Handle(*not_uploaded);
  } else if (auto* checkpoint = std::get_if<WriteCheckpointArrived>(&event)) {
    upload_.Handle(*checkpoint, now);
  } else if (auto* no_checkpoint = std::get_if<WriteCheckpointFailed>(&event)) {
    upload_.Handle(*no_checkpoint);
  } else if (auto* timer = std::get_if<TimerFired>(&event)) {
    if (timer->id == TimerId::kStatus) status_.TimerFired();
    download_.Handle(*timer, now);
    upload_.Handle(*timer);
  } else if (auto* subscribe = std::get_if<Subscribe>(&event)) {
    SKERRY_TRY(subscriptions_.Subscribe(*subscribe, now));
    download_.SubscriptionsChanged(now);
  } else if (auto* unsubscribe = std::get_if<Unsubscribe>(&event)) {
    SKERRY_TRY(subscriptions_.Unsubscribe(*unsubscribe));
    download_.SubscriptionsChanged(now);
  } else if (auto* active = std::get_if<ActiveStreams>(&event)) {
    subscriptions_.SetHeld(active->streams);
    download_.SubscriptionsChanged(now);
  }
  return kDone;
}

void Client::Bytes(RequestId stream, std::span<const std::uint8_t> bytes, TimePoint now) {
  download_.Bytes(stream, bytes, now);
  status_.Tell(now);
}

void Client::Work(int budget_rows, TimePoint now) {
  download_.Work(budget_rows, now);
  status_.Tell(now);
}

void Client::QueueChanged(TimePoint now) {
  status_.CountsChanged();
  upload_.Trigger();
  status_.Tell(now);
}

void Client::StoredStateChanged(TimePoint now) {
  status_.StoredStateChanged();
  status_.Tell(now);
}

}  // namespace skerry::sync
