#include "app/writer_thread.h"

#include <utility>

#include "http/server.h"

namespace skerry::app {
namespace {

constexpr std::chrono::milliseconds kPollPause{20};
constexpr std::chrono::milliseconds kRetryPause{500};

}  // namespace

WriterThread::WriterThread(Parts parts, http::Health& health, LogSink& log)
    : parts_(std::move(parts)), health_(health), log_(log) {}

WriterThread::~WriterThread() { Stop(); }

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
    news_.notify_all();
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
  news_.notify_all();
  if (thread_.joinable()) thread_.join();
  requests_.clear();
  tasks_.clear();
}

void WriterThread::Request(storage::WriteCheckpointRequest request, Done done) {
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back({std::move(request), std::move(done)});
  }
  news_.notify_one();
}

void WriterThread::Run(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  news_.notify_one();
}

void WriterThread::Touch() {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(http::SystemNow().wall);
  health_.touched_at_ms = now.count();
}

// False when the thread has to end.
bool WriterThread::Sleep(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, longest, [this] { return is_stopping_ || !requests_.empty() || !tasks_.empty(); });
  return !is_stopping_;
}

// A source that another program holds comes back by itself; everything else needs a person.
bool WriterThread::StartIngesting() {
  bool has_complained = false;
  for (;;) {
    auto ingester = ingest::Ingester::Start(parts_.plan, *parts_.source, *parts_.writer, log_);
    if (ingester.ok()) {
      ingester_ = *std::move(ingester);
      return true;
    }
    const Error& error = ingester.error();
    if (error.code != ErrorCode::kStorageBusy) {
      events_.post([this, error] { events_.failed(error); });
      return false;
    }
    if (!std::exchange(has_complained, true)) log_.Log(LogLevel::kWarn, error.message + "; trying again");
    std::unique_lock lock(mutex_);
    if (news_.wait_for(lock, kRetryPause, [this] { return is_stopping_; })) return false;
  }
}

void WriterThread::Main() {
  if (!StartIngesting()) return;
  for (const std::string& problem : parts_.source->problems()) log_.Log(LogLevel::kWarn, problem);
  Touch();
  health_.started = true;
  health_.ready = true;
  events_.post([this, checkpoint = ingester_->checkpoint()] { events_.ready(checkpoint); });

  for (;;) {
    std::vector<Waiting> requests;
    std::vector<std::function<void()>> tasks;
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) return;
      requests.swap(requests_);
      tasks.swap(tasks_);
    }
    for (const auto& task : tasks) task();
    if (!requests.empty()) AnswerRequests(std::move(requests));
    if (!Sleep(Look() ? kPollPause : kRetryPause)) return;
  }
}

// All that wait share one look at the source's position and one write.
void WriterThread::AnswerRequests(std::vector<Waiting> requests) {
  std::vector<storage::WriteCheckpointRequest> batch;
  for (Waiting& waiting : requests) batch.push_back(std::move(waiting.request));
  auto stored = ingester_->RequestWriteCheckpoints(batch, http::SystemNow());
  events_.post([requests = std::move(requests), stored = std::move(stored)] {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      requests[i].done(stored.ok() ? Result<WriteCheckpoint>((*stored)[i]) : Result<WriteCheckpoint>(stored.error()));
    }
  });
}

// False if the source could not be read: the same changes come again at the next look.
bool WriterThread::Look() {
  auto published = ingester_->Poll();
  if (!published.ok()) {
    // A source that stays away is one line, not fifty per second.
    if (last_failure_ != published.error().message) {
      last_failure_ = published.error().message;
      log_.Log(LogLevel::kError, "the source cannot be read, trying again: " + last_failure_);
    }
    return false;
  }
  if (!last_failure_.empty()) log_.Log(LogLevel::kInfo, "the source can be read again");
  last_failure_.clear();
  Touch();
  if (*published) {
    events_.post([this, news = **std::move(published)] { events_.published(news); });
  }
  return true;
}

}  // namespace skerry::app
