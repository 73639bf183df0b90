#include "app/deployment_builder.h"

#include <poll.h>

#include <algorithm>
#include <utility>

namespace skerry::app {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kRetryPause{500};
constexpr milliseconds kLongestWait{100};  // So that the end of the service is not waited for.
constexpr std::chrono::seconds kConfirmEvery{1};
constexpr milliseconds kLongestOfferPause{30'000};

}  // namespace

DeploymentBuilder::~DeploymentBuilder() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    news_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void DeploymentBuilder::Start(Offer offer, std::function<bool(DeploymentBuilder&)> take) {
  offer_ = std::move(offer);
  take_ = std::move(take);
  thread_ = std::thread([this] {
    Main();
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    news_.notify_all();
  });
}

bool DeploymentBuilder::StopWithin(milliseconds patience) {
  std::unique_lock lock(mutex_);
  is_stopping_ = true;
  news_.notify_all();
  return !thread_.joinable() || news_.wait_for(lock, patience, [this] { return has_ended_; });
}

// False when the thread has to end.
bool DeploymentBuilder::Pause(milliseconds time) {
  std::unique_lock lock(mutex_);
  return !news_.wait_for(lock, time, [this] { return is_stopping_; });
}

// One line, not two per second.
void DeploymentBuilder::Tell(const Error& error) {
  if (last_failure_ == error.message) return;
  last_failure_ = error.message;
  log_.Log(LogLevel::kError, "the new deployment has to wait, trying again: " + last_failure_);
}

void DeploymentBuilder::Main() {
  for (;;) {
    if (ingester_ == nullptr && !Open()) {
      if (!Pause(kRetryPause)) return;
      continue;
    }
    if (!Step()) return;
  }
}

bool DeploymentBuilder::Open() {
  auto source = parts_.open_source();
  if (!source.ok()) {
    Tell(source.error());
    return false;
  }
  source_ = *std::move(source);
  auto ingester = ingest::Ingester::Start(parts_.plan, *source_, *parts_.writer, log_);
  if (!ingester.ok()) {
    Tell(ingester.error());
    return false;
  }
  ingester_ = *std::move(ingester);
  return true;
}

// False when the thread has to end.
bool DeploymentBuilder::Step() {
  auto polled = ingester_->Poll();
  if (!polled.ok()) {
    Tell(polled.error());
    return Pause(kRetryPause);
  }
  const bool is_at_end = !polled->is_unfinished && !polled->published;
  if (is_at_end && ingester_->CanServe()) {
    last_failure_.clear();
    if (Clock::now() - confirmed_at_ >= kConfirmEvery) {
      confirmed_at_ = Clock::now();
      if (Status confirmed = ingester_->Confirm(); !confirmed.ok()) Tell(confirmed.error());
    }
    if (Clock::now() >= offer_at_) {
      if (HandOver()) return false;
      offer_at_ = Clock::now() + offer_pause_;
      offer_pause_ = std::min(2 * offer_pause_, kLongestOfferPause);
    }
  }
  const replication::Wait wait = source_->NextPoll();
  pollfd readable{.fd = wait.readable, .events = POLLIN, .revents = 0};
  const milliseconds longest = std::min(wait.longest, kLongestWait);
  if (longest.count() > 0) (void)poll(&readable, wait.readable >= 0 ? 1 : 0, static_cast<int>(longest.count()));
  return Pause(milliseconds(0));
}

// Lets the writer's thread have a look. True if it took over, or nobody needs it any more.
bool DeploymentBuilder::HandOver() {
  {
    const std::lock_guard lock(mutex_);
    handover_ = Handover::kOffered;
  }
  offer_([this] {
    {
      const std::lock_guard lock(mutex_);
      if (handover_ != Handover::kOffered) return;
      handover_ = Handover::kTaking;
    }
    const bool is_taken = take_(*this);
    const std::lock_guard lock(mutex_);
    handover_ = is_taken ? Handover::kDone : Handover::kRefused;
    news_.notify_all();
  });
  std::unique_lock lock(mutex_);
  news_.wait(lock, [this] {
    if (handover_ == Handover::kDone || handover_ == Handover::kRefused) return true;
    return is_stopping_ && handover_ == Handover::kOffered;
  });
  return std::exchange(handover_, Handover::kNone) != Handover::kRefused;
}

bool DeploymentBuilder::Reaches(std::string_view position, milliseconds patience) {
  const Clock::time_point end = Clock::now() + patience;
  // An idle source says only now and then that nothing happened.
  if (parts_.writer->checkpoint().position < position && !source_->EmitMarker().ok()) return false;
  bool is_unfinished = false;
  while (is_unfinished || parts_.writer->checkpoint().position < position) {
    if (Clock::now() >= end) break;
    const replication::Wait wait = source_->NextPoll();
    pollfd readable{.fd = wait.readable, .events = POLLIN, .revents = 0};
    const milliseconds longest = std::min(wait.longest, milliseconds(20));
    if (longest.count() > 0) (void)poll(&readable, wait.readable >= 0 ? 1 : 0, static_cast<int>(longest.count()));
    auto polled = ingester_->Poll();
    if (!polled.ok()) return false;
    is_unfinished = polled->is_unfinished;
  }
  return !is_unfinished && parts_.writer->checkpoint().position >= position;
}

DeploymentBuilder::Parts DeploymentBuilder::Release() {
  ingester_.reset();
  source_.reset();
  return std::move(parts_);
}

}  // namespace skerry::app
