// Makes the deployment of a changed config while the present one goes on being replicated and served: on a thread of
// its own, with a source and a storage file of its own. When it has all that the present one has, the writer's thread
// takes its storage over.
//
// A failure costs time only: the present deployment stays, and the copy is tried again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/log.h"
#include "ingest/ingester.h"
#include "replication/source.h"
#include "rules/plan.h"
#include "storage/storage.h"

namespace skerry::app {

class DeploymentBuilder {
 public:
  using OpenSource = std::function<Result<std::unique_ptr<replication::Source>>()>;
  struct Parts {
    std::shared_ptr<const rules::Plan> plan;
    OpenSource open_source;
    std::unique_ptr<storage::Writer> writer;
  };
  // Runs `task` on the writer's thread, some time; `task` says whether the deployment was taken over.
  using Offer = std::function<void(std::function<void()> task)>;

  // Borrows the log.
  DeploymentBuilder(Parts parts, LogSink& log) : parts_(std::move(parts)), log_(log) {}
  ~DeploymentBuilder();

  // `take` is called on the writer's thread, again and again until it is true, while this thread waits.
  void Start(Offer offer, std::function<bool(DeploymentBuilder&)> take);
  // False if it takes longer; the thread then goes on.
  bool StopWithin(std::chrono::milliseconds patience);

  // For `take`: whether it has everything up to `position`, or gets it within `patience`.
  bool Reaches(std::string_view position, std::chrono::milliseconds patience);
  // For `take`, when all is well: the storage, without the source that filled it.
  Parts Release();
  storage::Writer& writer() { return *parts_.writer; }
  const rules::Plan& plan() const { return *parts_.plan; }

 private:
  enum class Handover { kNone, kOffered, kTaking, kRefused, kDone };

  void Main();
  bool Open();
  bool Step();
  bool HandOver();
  bool Pause(std::chrono::milliseconds time);
  void Tell(const Error& error);

  Parts parts_;
  LogSink& log_;
  Offer offer_;
  std::function<bool(DeploymentBuilder&)> take_;
  std::unique_ptr<replication::Source> source_;
  std::unique_ptr<ingest::Ingester> ingester_;
  std::string last_failure_;
  std::chrono::steady_clock::time_point confirmed_at_{};
  // The present deployment stands still while it looks, so a refusal makes the next offer wait longer.
  std::chrono::steady_clock::time_point offer_at_{};
  std::chrono::milliseconds offer_pause_{500};

  std::mutex mutex_;
  std::condition_variable news_;
  Handover handover_ = Handover::kNone;
  bool is_stopping_ = false;
  bool has_ended_ = false;
  std::thread thread_;
};

}  // namespace skerry::app
