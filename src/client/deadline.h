// Stops what runs on a connection when its time is over.
#pragma once

#include <chrono>

#include "client/environment.h"
#include "sqlite/connection.h"

namespace skerry::client {

class Deadline {
 public:
  // No deadline, or no clock: nothing is watched, nothing is paid.
  Deadline(sqlite::Connection& db, const Environment& environment, std::chrono::milliseconds after) : db_(db) {
    if (after.count() == 0 || !environment.monotonic_now) return;
    is_set_ = true;
    const double end = environment.monotonic_now() + static_cast<double>(after.count());
    db_.SetProgress(kSteps, [&environment, end] { return environment.monotonic_now() >= end; });
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline() {
    if (is_set_) db_.SetProgress(0, {});
  }

 private:
  static constexpr int kSteps = 4000;  // Far below a millisecond.
  sqlite::Connection& db_;
  bool is_set_ = false;
};

}  // namespace skerry::client
