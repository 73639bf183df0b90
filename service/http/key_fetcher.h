// The thread that fetches remote key sets when they are due (auth/remote_keys.h), so that no request waits for one.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "auth/remote_keys.h"
#include "base/log.h"
#include "http/fetch.h"

namespace skerry::http {

struct RemoteKeySet {
  Url url;
  std::shared_ptr<auth::RemoteKeys> keys;
};

class KeyFetcher {
 public:
  // Borrows the log.
  KeyFetcher(std::vector<RemoteKeySet> sets, FetchOptions options, LogSink& log);
  ~KeyFetcher();

  void Start();
  // From any thread: a set has become due.
  void Wake();
  // Until every set was tried once, or `patience` is over.
  void AwaitFirst(std::chrono::milliseconds patience);
  // False if a fetch is under way that does not end within `patience`; the thread then goes on.
  bool StopWithin(std::chrono::milliseconds patience);

 private:
  void Main();
  void Refresh(const RemoteKeySet& set);

  std::vector<RemoteKeySet> sets_;
  FetchOptions options_;
  LogSink& log_;
  std::mutex mutex_;
  std::condition_variable news_;
  bool is_woken_ = false;
  bool is_stopping_ = false;
  bool has_ended_ = true;
  bool has_tried_all_ = false;
  std::thread thread_;
};

}  // namespace skerry::http
