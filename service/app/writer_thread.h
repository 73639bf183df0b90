// The thread that writes: it takes what the source has, stores write checkpoints and runs what else has to happen on
// the source. Source, storage writer and ingester belong to it alone.
//
// It sleeps until there is something to do: on the source's own socket, or as long as the source allows, and on a
// descriptor by which the other threads wake it.
// News for the server's thread leave in the order in which they happened, which is what the hub relies on.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/deployment_builder.h"
#include "app/maintenance.h"
#include "app/replication_report.h"
#include "http/event_log.h"
#include "http/sync_api.h"
#include "ingest/ingester.h"
#include "replication/source.h"
#include "rules/plan.h"
#include "storage/storage.h"

namespace skerry::app {

class WriterThread final : public http::WriteCheckpoints {
 public:
  struct Parts {
    std::shared_ptr<const rules::Plan> plan;
    std::unique_ptr<replication::Source> source;
    std::unique_ptr<storage::Writer> writer;
    bool serves_previous = false;   // What another plan published can be served until `plan` has published.
    bool keeps_deployment = false;  // A successor comes: lost history leaves what is stored as it is.
  };
  // Called on the server's thread.
  struct Events {
    std::function<void(std::function<void()>)> post;  // How to get there.
    std::function<void(const storage::Checkpoint&)> ready;
    std::function<void(const storage::Published&)> published;
    // Another deployment took over, and is read by this reader from now on.
    std::function<void(std::shared_ptr<storage::Reader>, const storage::Published&)> succeeded;
    std::function<void(const Error&)> failed;  // The thread has ended.
  };

  WriterThread(Parts parts, http::Health& health, http::Metrics& metrics, http::EventLog& log);
  ~WriterThread() override;

  void Start(Events events);
  // Ends the thread after what it is doing. Requests that still wait are dropped.
  void Stop();
  // The same, unless what it is doing takes longer: then false, and the thread goes on.
  bool StopWithin(std::chrono::milliseconds patience);

  void Request(storage::WriteCheckpointRequest request, Done done) override;
  // Runs `task` on this thread.
  void Run(std::function<void()> task);
  // On this thread: goes on with the successor's deployment, whose file is `path`, if that has all that this one has
  // published. False: nothing changed, ask again.
  bool Succeed(DeploymentBuilder& successor, const std::string& path);

 private:
  struct Waiting {
    storage::WriteCheckpointRequest request;
    Done done;
  };

  void Main();
  bool StartIngesting();
  void RunTasks();
  void AnswerRequests();
  std::chrono::milliseconds Look();
  void ConfirmSometimes();
  void AnnounceOnce();
  void Touch(bool is_at_work);
  void Wake();
  bool Sleep(std::chrono::milliseconds longest, int readable);

  Parts parts_;
  http::Health& health_;
  http::EventLog& log_;
  Events events_;
  std::unique_ptr<ingest::Ingester> ingester_;
  ReplicationReport report_;
  ingest::Ingester::Counters counted_before_;  // By ingesters of earlier deployments.
  std::optional<Maintenance> maintenance_;
  bool is_announced_ = false;
  bool is_in_group_ = false;
  bool has_looked_ = false;
  std::chrono::steady_clock::time_point confirmed_at_{};

  int wake_;  // An eventfd.
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<Waiting> requests_;
  std::vector<std::function<void()>> tasks_;
  bool is_stopping_ = false;
  bool has_ended_ = false;
  std::thread thread_;
};

}  // namespace skerry::app
