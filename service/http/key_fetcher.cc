#include "http/key_fetcher.h"

#include <algorithm>
#include <utility>

#include "http/server.h"

namespace skerry::http {

KeyFetcher::KeyFetcher(std::vector<RemoteKeySet> sets, FetchOptions options, LogSink& log)
    : sets_(std::move(sets)), options_(std::move(options)), log_(log) {}

KeyFetcher::~KeyFetcher() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  news_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void KeyFetcher::Start() {
  if (sets_.empty()) return;
  has_ended_ = false;
  thread_ = std::thread([this] {
    Main();
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    news_.notify_all();
  });
}

void KeyFetcher::Wake() {
  {
    const std::lock_guard lock(mutex_);
    is_woken_ = true;
  }
  news_.notify_all();
}

void KeyFetcher::AwaitFirst(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, patience, [this] { return has_tried_all_ || has_ended_; });
}

bool KeyFetcher::StopWithin(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  is_stopping_ = true;
  news_.notify_all();
  return news_.wait_for(lock, patience, [this] { return has_ended_; });
}

void KeyFetcher::Main() {
  for (;;) {
    auth::RemoteKeys::Time next = auth::RemoteKeys::Time::max();
    for (const RemoteKeySet& set : sets_) {
      if (set.keys->Due() <= SystemNow().monotonic) Refresh(set);
      next = std::min(next, set.keys->Due());
      const std::lock_guard lock(mutex_);
      if (is_stopping_) return;
    }
    std::unique_lock lock(mutex_);
    has_tried_all_ = true;
    news_.notify_all();
    const std::chrono::steady_clock::time_point until{next};
    news_.wait_until(lock, until, [this] { return is_stopping_ || std::exchange(is_woken_, false); });
    if (is_stopping_) return;
  }
}

void KeyFetcher::Refresh(const RemoteKeySet& set) {
  auto body = Fetch(set.url, options_);
  if (!body.ok()) {
    const std::string& message = body.error().message;
    log_.Log(LogLevel::kError, message);
    const bool is_refused = message.rfind("PSYNC_S2203", 0) == 0;
    auth::RemoteKeys::Failure failure;
    if (is_refused) failure = {"PSYNC_S2203", "IPs in this range are not supported"};
    return set.keys->Fail(std::move(failure), SystemNow().monotonic);
  }
  auto keys = auth::ParseKeySet(*body);
  if (!keys.ok()) {
    log_.Log(LogLevel::kError, "PSYNC_S2204: " + set.url.HostHeader() + set.url.target + ": " + keys.error().message);
    return set.keys->Fail({}, SystemNow().monotonic);
  }
  log_.Log(LogLevel::kDebug, std::to_string(keys->size()) + " keys from " + set.url.HostHeader() + set.url.target);
  set.keys->Store(*std::move(keys), SystemNow().monotonic);
}

}  // namespace skerry::http
