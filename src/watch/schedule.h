// When which live query runs: the first change at once, then at most one run per throttle (or, trailing, every change
// waits). Knows tables and times, no SQL.
//
// A watch is dirty from a commit that touched one of its tables until it is taken for its run, so a commit during a run
// is never lost.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "watch/dependencies.h"

namespace skerry::watch {

enum class WatchId : std::uint32_t {};

struct Throttle {
  std::chrono::milliseconds gap{0};
  bool trailing = false;
};

class Schedule {
 public:
  using Time = std::chrono::milliseconds;  // Monotonic.

  // Adds a watch whose first run is due at once. An id in use is replaced.
  void Add(WatchId id, Throttle throttle, Dependencies dependencies, Time now);
  void Remove(WatchId id);
  void SetDependencies(WatchId id, Dependencies dependencies);

  // A commit touched these tables.
  void TablesChanged(const std::vector<std::string>& tables, Time now);
  // Anything may have changed: a new schema, a commit nobody can account for.
  void EverythingChanged(Time now);
  // Runs this one again soon, e.g. after it could not run at all.
  void Postpone(WatchId id, Time until);

  // The due watch that has waited longest, now clean; nullopt when none is due.
  std::optional<WatchId> TakeDue(Time now);
  bool HasDue(Time now) const { return !dirty_.empty() && dirty_.begin()->due <= now; }
  // When the next one becomes due; nullopt when none is dirty.
  std::optional<Time> NextDue() const;

  std::vector<WatchId> Ids() const;

 private:
  struct Entry {
    Throttle throttle;
    Dependencies dependencies;
    Time last_run{0};
    bool has_run = false;
    std::optional<Time> due;  // Set while dirty.
    std::uint64_t turn = 0;
  };
  struct Dirty {
    Time due;
    std::uint64_t turn;  // Order of becoming dirty, among equals.
    WatchId id;
    bool operator<(const Dirty& other) const { return due != other.due ? due < other.due : turn < other.turn; }
  };

  std::unordered_map<WatchId, Entry> entries_;
  std::unordered_map<std::string, std::vector<WatchId>> readers_;  // By table.
  std::vector<WatchId> every_commit_;
  std::set<Dirty> dirty_;
  std::uint64_t turns_ = 0;

  void MarkDirty(WatchId id, Time now);
  void SetDue(WatchId id, Entry& entry, Time due);
  void Link(WatchId id, const Dependencies& dependencies);
  void Unlink(WatchId id, const Dependencies& dependencies);
};

}  // namespace skerry::watch
