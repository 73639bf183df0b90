#include "app/writer_thread.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "http/server.h"

namespace skerry::app {
namespace {

constexpr std::chrono::milliseconds kRetryPause{500};
// Whoever asks whether the service is alive wants to hear of it every few seconds, also while the source is away.
constexpr std::chrono::milliseconds kLongestSleep{4000};
// How often what is published is flushed to the disk and the source told so.
constexpr std::chrono::seconds kConfirmEvery{1};
// So that compacting leaves half of the thread's time, and of the disk's, to the source.
constexpr std::chrono::milliseconds kBetweenSlices{5};
// How long the present deployment stands still for the next one to catch up with it.
constexpr std::chrono::seconds kHandoverPatience{2};

ingest::Ingester::Counters Sum(ingest::Ingester::Counters all, const ingest::Ingester::Counters& more) {
  all.rows += more.rows;
  all.bytes += more.bytes;
  all.transactions += more.transactions;
  all.chunks += more.chunks;
  all.publications += more.publications;
  return all;
}

}  // namespace

WriterThread::WriterThread(Parts parts, http::Health& health, http::Metrics& metrics, http::EventLog& log)
    : parts_(std::move(parts)),
      health_(health),
      log_(log),
      report_(metrics, log, http::SystemNow()),
      maintenance_(std::in_place, *parts_.writer, log),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  SKERRY_CHECK(wake_ >= 0, "the process has a free descriptor when it starts");
}

WriterThread::~WriterThread() {
  Stop();
  close(wake_);
}

void WriterThread::Wake() {
  const std::uint64_t one = 1;
  (void)!write(wake_, &one, sizeof one);  // Full means that it is awake already.
}

void WriterThread::Start(Events events) {
  events_ = std::move(events);
  thread_ = std::thread([this] {
    Main();
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    news_.notify_all();
  });
}

bool WriterThread::StopWithin(std::chrono::milliseconds patience) {
  {
    std::unique_lock lock(mutex_);
    is_stopping_ = true;
    Wake();
    if (thread_.joinable() && !news_.wait_for(lock, patience, [this] { return has_ended_; })) return false;
  }
  Stop();
  return true;
}

void WriterThread::Stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  Wake();
  if (thread_.joinable()) thread_.join();
  requests_.clear();
  tasks_.clear();
}

void WriterThread::Request(storage::WriteCheckpointRequest request, Done done) {
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back({std::move(request), std::move(done)});
  }
  Wake();
}

void WriterThread::Run(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  Wake();
}

void WriterThread::Touch(bool is_at_work) {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(http::SystemNow().wall);
  health_.touched_at_ms = now.count();
  health_.is_at_work = is_at_work;
}

// False when the thread has to end.
bool WriterThread::Sleep(std::chrono::milliseconds longest, int readable) {
  pollfd waits[] = {{.fd = wake_, .events = POLLIN, .revents = 0}, {.fd = readable, .events = POLLIN, .revents = 0}};
  if (longest.count() > 0) {
    Touch(/*is_at_work=*/false);
    (void)poll(waits, readable >= 0 ? 2 : 1, static_cast<int>(std::min(longest, kLongestSleep).count()));
  }
  Touch(/*is_at_work=*/true);
  std::uint64_t count = 0;
  (void)!read(wake_, &count, sizeof count);  // Before the queues are looked at, so that no later wake is lost.
  const std::lock_guard lock(mutex_);
  return !is_stopping_;
}

// A source that is away or that another program holds comes back by itself; everything else needs a person.
bool WriterThread::StartIngesting() {
  bool has_complained = false;
  for (;;) {
    auto ingester = ingest::Ingester::Start(parts_.plan, *parts_.source, *parts_.writer, log_, parts_.keeps_deployment);
    if (ingester.ok()) {
      ingester_ = *std::move(ingester);
      return true;
    }
    report_.Behind(true, http::SystemNow());
    const Error& error = ingester.error();
    if (error.code != ErrorCode::kStorageBusy) {
      events_.post([this, error] { events_.failed(error); });
      return false;
    }
    if (!std::exchange(has_complained, true)) log_.Log(LogLevel::kWarn, error.message + "; trying again");
    if (!Sleep(kRetryPause, -1)) return false;
  }
}

// What was published before can be served also while everything is copied again or the source is away.
void WriterThread::AnnounceOnce() {
  if (is_announced_) return;
  const storage::Checkpoint& checkpoint = parts_.writer->checkpoint();
  const bool fits = parts_.serves_previous || parts_.writer->deployment().plan == parts_.plan->Canonical();
  if (checkpoint.deployment == 0 || !fits) return;
  is_announced_ = true;
  Touch(/*is_at_work=*/true);
  health_.started = true;
  health_.ready = true;
  events_.post([this, checkpoint] { events_.ready(checkpoint); });
}

void WriterThread::Main() {
  AnnounceOnce();
  if (!StartIngesting()) return;
  for (;;) {
    RunTasks();
    if (ingester_ == nullptr) return;  // A task changed the deployment, and its source could not be opened.
    // Storage is in the middle of a batch while a group is open: it ends soon, and the requests wait for that.
    // Before its first look a source is not connected.
    if (!is_in_group_ && has_looked_) AnswerRequests();
    const std::chrono::milliseconds pause = Look();
    has_looked_ = true;
    if (pause.count() < 0) return;
    AnnounceOnce();
    ConfirmSometimes();
    const bool has_work = !is_in_group_ && maintenance_->Work(http::SystemNow());
    replication::Wait wait = parts_.source->NextPoll();
    if (pause.count() > 0) wait = {.longest = std::max(pause, wait.longest)};
    if (ingester_->HasUnconfirmed()) wait.longest = std::min<std::chrono::milliseconds>(wait.longest, kConfirmEvery);
    if (has_work) wait.longest = std::min<std::chrono::milliseconds>(wait.longest, kBetweenSlices);
    if (!Sleep(wait.longest, wait.readable)) return;
  }
}

bool WriterThread::Succeed(DeploymentBuilder& successor, const std::string& path) {
  if (!successor.Reaches(parts_.writer->checkpoint().position, kHandoverPatience)) return false;
  const auto take_over = [&]() -> Result<std::unique_ptr<storage::Reader>> {
    SKERRY_ASSIGN(reader, storage::OpenSqliteReader(path));
    SKERRY_ASSIGN(estate, parts_.writer->Bequeath());
    const auto mode = successor.plan().HasCustomWriteCheckpoints() ? storage::WriteCheckpointMode::kCustom
                                                                   : storage::WriteCheckpointMode::kManaged;
    SKERRY_TRY(successor.writer().TakeOver(estate, mode));
    return reader;
  };
  auto reader = take_over();
  if (!reader.ok()) {
    log_.Log(LogLevel::kError, "the new deployment could not take over, trying again: " + reader.error().message);
    return false;
  }
  // From here on the old file is of no use to anybody. Its source goes first, so that its slot can be dropped.
  counted_before_ = Sum(counted_before_, ingester_->counters());
  ingester_.reset();
  parts_.source.reset();
  DeploymentBuilder::Parts released = successor.Release();
  maintenance_.reset();
  parts_.plan = std::move(released.plan);
  parts_.writer = std::move(released.writer);
  parts_.keeps_deployment = false;
  maintenance_.emplace(*parts_.writer, log_);
  is_in_group_ = false;
  has_looked_ = false;
  log_.Log(LogLevel::kInfo, "deployment " + std::to_string(parts_.writer->checkpoint().deployment) + " has taken over");
  storage::Published news{.checkpoint = parts_.writer->checkpoint(), .changes = {.everything = true}};
  std::shared_ptr<storage::Reader> shared = *std::move(reader);
  events_.post([this, shared, news = std::move(news)] { events_.succeeded(shared, news); });
  auto source = released.open_source();
  if (!source.ok()) {
    events_.post([this, error = source.error()] { events_.failed(error); });
    return true;
  }
  parts_.source = *std::move(source);
  (void)StartIngesting();  // If it fails it has said so, and the thread ends.
  return true;
}

void WriterThread::RunTasks() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task();
}

// All that wait share one look at the source's position and one write.
void WriterThread::AnswerRequests() {
  std::vector<Waiting> requests;
  {
    const std::lock_guard lock(mutex_);
    requests.swap(requests_);
  }
  if (requests.empty()) return;
  std::vector<storage::WriteCheckpointRequest> batch;
  batch.reserve(requests.size());
  for (Waiting& waiting : requests) batch.push_back(std::move(waiting.request));
  auto stored = ingester_->RequestWriteCheckpoints(batch, http::SystemNow());
  events_.post([requests = std::move(requests), stored = std::move(stored)] {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      requests[i].done(stored.ok() ? Result<WriteCheckpoint>((*stored)[i]) : Result<WriteCheckpoint>(stored.error()));
    }
  });
}

// Gives how long to leave the source alone: nothing while it can be read, negative if the service has to end.
std::chrono::milliseconds WriterThread::Look() {
  auto polled = ingester_->Poll();
  is_in_group_ = polled.ok() && polled->is_unfinished;
  report_.Behind(is_in_group_ || !polled.ok(), http::SystemNow());
  report_.Counted(Sum(counted_before_, ingester_->counters()), http::SystemNow());
  if (!polled.ok()) {
    const Error& error = polled.error();
    // Before anything can be served, a fault that only a person can mend is told by ending.
    const bool passes = error.code == ErrorCode::kStorageBusy || error.code == ErrorCode::kStorageFull ||
                        error.code == ErrorCode::kSource;
    if (!is_announced_ && !passes) {
      events_.post([this, error] { events_.failed(error); });
      return std::chrono::milliseconds(-1);
    }
    report_.Failed(error);
    return kRetryPause;
  }
  report_.Succeeded();
  if (polled->published) report_.Published(*polled->published);
  if (polled->published && is_announced_) {
    events_.post([this, news = *std::move(polled->published)] { events_.published(news); });
  }
  return std::chrono::milliseconds(0);
}

// The flush costs more than many a publication, and the source can wait for it.
void WriterThread::ConfirmSometimes() {
  const auto now = std::chrono::steady_clock::now();
  if (is_in_group_ || now - confirmed_at_ < kConfirmEvery) return;
  confirmed_at_ = now;
  if (Status confirmed = ingester_->Confirm(); !confirmed.ok()) {
    log_.Log(LogLevel::kWarn, "telling the source what is stored: " + confirmed.error().message);
  }
}

}  // namespace skerry::app
