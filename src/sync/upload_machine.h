// The upload side: runs the app's uploadData until the queue is empty, then learns which checkpoint will hold the
// writes (docs/protocol.md, sections 12.1 and 14).
//
//   idle ─Trigger─► uploading ⟲ while entries remain ─► asking for a write checkpoint ─► pause ─► idle
//                       └──── failure ────► retry (while the download side is connected) ┘
//
// At most one run at a time; triggers that come meanwhile are one trigger. A failed upload leaves the queue as it is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "store/crud_queue.h"
#include "sync/download_machine.h"

namespace skerry::sync {

class UploadMachine {
 public:
  UploadMachine(const Parts& parts, DownloadMachine& download)
      : p_(parts), download_(download), queue_(parts.db), backoff_(parts.random) {}

  void Configure(const ConnectOptions& options);
  // The queue changed. Does nothing without a connection.
  void Trigger();
  // A stream opened or brought its first line: what failed before may work now.
  void Connected();

  void Handle(const UploadDone& event);
  void Handle(const UploadFailed& event);
  void Handle(const WriteCheckpointArrived& event, TimePoint now);
  void Handle(const WriteCheckpointFailed& event);
  void Handle(const TimerFired& event);
  void CredentialsAnswered(const Status& answer);

 private:
  enum class Phase : std::uint8_t {
    kIdle,
    kUploading,    // uploadData runs in a tab; also after a disconnect, until it answers.
    kCredentials,  // Needed to ask for the write checkpoint.
    kCheckpoint,   // The write checkpoint is on its way.
    kPause,        // A run was finished; the next one waits for the timer.
    kRetry,        // A run failed and waits for the timer.
  };

  void Step();
  void AskForCheckpoint();
  void FinishRun();
  void FailRun(const Error& error, std::optional<int> http_status = std::nullopt);
  Status StoreCheckpoint(const WriteCheckpointArrived& event, bool& stored);

  Parts p_;
  DownloadMachine& download_;
  store::CrudQueue queue_;
  Backoff backoff_;
  std::chrono::milliseconds throttle_{1000};
  Phase phase_ = Phase::kIdle;
  bool again_ = false;  // Triggered during a run.
  RequestId awaited_{};
  std::optional<std::int64_t> last_first_;  // The first entry at the last call of uploadData in this run.
  std::int64_t mark_ = 0;
};

}  // namespace skerry::sync
