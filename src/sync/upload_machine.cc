#include "sync/upload_machine.h"

#include <utility>

#include "base/json.h"

namespace skerry::sync {
namespace {

// {"data":{"write_checkpoint":"12"}}
Result<WriteCheckpoint> ParseAnswer(std::string_view body) {
  JsonReader json(body);
  std::optional<std::int64_t> id;
  std::string_view key;
  if (json.BeginObject()) {
    while (json.NextKey(key)) {
      if (key != "data") {
        json.Skip();
        continue;
      }
      if (!json.BeginObject()) break;
      while (json.NextKey(key)) {
        std::string_view text;
        if (key != "write_checkpoint")
          json.Skip();
        else if (json.ReadString(text))
          id = ParseInt64(text);
      }
    }
  }
  SKERRY_TRY(json.Finish("the answer to a write checkpoint request"));
  if (!id || *id < 0) return Error{ErrorCode::kProtocol, "the write checkpoint answer has no data.write_checkpoint"};
  return WriteCheckpoint{*id};
}

}  // namespace

void UploadMachine::Configure(const ConnectOptions& options) {
  throttle_ = options.upload_throttle;
  backoff_.Configure(options);
  p_.status.SetUploadError(std::nullopt);
}

void UploadMachine::Connected() {
  if (phase_ == Phase::kRetry) {
    p_.outbox.Add(CancelTimer{TimerId::kUpload});
    phase_ = Phase::kIdle;
  }
  Trigger();
}

void UploadMachine::Trigger() {
  if (!download_.is_connected()) return;
  if (phase_ != Phase::kIdle) {
    again_ = true;
    return;
  }
  last_first_.reset();
  Step();
}

void UploadMachine::Step() {
  auto first = p_.db.QueryInt("SELECT min(id) FROM ps_crud");
  if (!first.ok()) {
    FailRun(first.error());
    return;
  }
  if (*first) {
    if (last_first_ == *first) {
      p_.outbox.Log(LogLevel::kWarn,
                    "Potentially previously uploaded CRUD entries are still present in the upload queue. Make sure to "
                    "handle uploads and complete CRUD transactions or batches by calling and awaiting their "
                    "[.complete()] method. The next upload iteration will be delayed.");
      FailRun({ErrorCode::kUpload, "Delaying due to previously encountered CRUD item."});
      return;
    }
    last_first_ = *first;
    phase_ = Phase::kUploading;
    awaited_ = p_.outbox.NextId();
    p_.status.SetUploading(true);
    p_.outbox.Add(Upload{awaited_});
    return;
  }
  p_.status.SetUploading(false);
  auto mark = queue_.BeginTargetUpdate();
  if (!mark.ok()) {
    FailRun(mark.error());
  } else if (!*mark) {
    if (last_first_)
      FinishRun();
    else
      phase_ = Phase::kIdle;  // There was nothing to do: the next write goes at once.
  } else {
    mark_ = **mark;
    AskForCheckpoint();
  }
}

void UploadMachine::AskForCheckpoint() {
  if (!p_.credentials.cached()) {
    phase_ = Phase::kCredentials;
    p_.credentials.Fetch();
    return;
  }
  phase_ = Phase::kCheckpoint;
  awaited_ = p_.outbox.NextId();
  const Credentials::Value& credentials = *p_.credentials.cached();
  p_.outbox.Add(RequestWriteCheckpoint{awaited_,
                                       credentials.endpoint + "/write-checkpoint2.json?client_id=" + p_.client_id,
                                       credentials.token, p_.user_agent});
}

void UploadMachine::CredentialsAnswered(const Status& answer) {
  if (phase_ != Phase::kCredentials) return;
  if (answer.ok())
    AskForCheckpoint();
  else
    FailRun(answer.error());
}

void UploadMachine::Handle(const UploadDone& event) {
  if (phase_ != Phase::kUploading || event.id != awaited_) return;
  backoff_.Reset();
  p_.status.SetUploadError(std::nullopt);
  p_.status.CountsChanged();
  if (!download_.is_connected()) {
    phase_ = Phase::kIdle;
    p_.status.SetUploading(false);
    return;
  }
  Step();
}

void UploadMachine::Handle(const UploadFailed& event) {
  if (phase_ != Phase::kUploading || event.id != awaited_) return;
  FailRun({ErrorCode::kUpload, event.message.empty() ? "uploadData failed" : event.message});
}

Status UploadMachine::StoreCheckpoint(const WriteCheckpointArrived& event, bool& stored) {
  SKERRY_ASSIGN(checkpoint, ParseAnswer(event.body));
  SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(p_.db));
  SKERRY_ASSIGN(finished, queue_.FinishTargetUpdate(write, mark_, checkpoint));
  SKERRY_TRY(write.Commit());
  stored = finished;
  return kDone;
}

void UploadMachine::Handle(const WriteCheckpointArrived& event, TimePoint now) {
  if (phase_ != Phase::kCheckpoint || event.id != awaited_) return;
  if (event.status < 200 || event.status > 299) {
    if (event.status == 401) p_.credentials.Invalidate();
    FailRun(HttpError(event.status, "", event.body), event.status);
    return;
  }
  bool stored = false;
  const Status done = StoreCheckpoint(event, stored);
  if (!done.ok()) {
    FailRun(done.error());
    return;
  }
  backoff_.Reset();
  p_.status.SetUploadError(std::nullopt);
  FinishRun();
  if (stored)
    download_.UploadCompleted(now);
  else
    again_ = true;  // Something was written meanwhile.
}

void UploadMachine::Handle(const WriteCheckpointFailed& event) {
  if (phase_ != Phase::kCheckpoint || event.id != awaited_) return;
  FailRun({ErrorCode::kNetwork, event.message});
}

void UploadMachine::Handle(const TimerFired& event) {
  if (event.id != TimerId::kUpload) return;
  const Phase phase = phase_;
  if (phase != Phase::kPause && phase != Phase::kRetry) return;
  phase_ = Phase::kIdle;
  if (std::exchange(again_, false) || phase == Phase::kRetry) Trigger();
}

void UploadMachine::FinishRun() {
  phase_ = Phase::kPause;
  p_.status.SetUploading(false);
  p_.outbox.Add(StartTimer{TimerId::kUpload, throttle_});
}

void UploadMachine::FailRun(const Error& error, std::optional<int> http_status) {
  phase_ = Phase::kRetry;
  p_.status.SetUploading(false);
  p_.status.SetUploadError(Show(error, http_status));
  p_.outbox.Log(LogLevel::kWarn, "Upload failed, it is tried again: " + error.message);
  p_.outbox.Add(StartTimer{TimerId::kUpload, backoff_.Next()});
}

}  // namespace skerry::sync
