#include "watch/schedule.h"

#include <algorithm>

namespace skerry::watch {

void Schedule::Add(WatchId id, Throttle throttle, Dependencies dependencies, Time now) {
  Remove(id);
  Link(id, dependencies);
  Entry& entry = entries_[id];
  entry.throttle = throttle;
  entry.dependencies = std::move(dependencies);
  SetDue(id, entry, now);
}

void Schedule::Remove(WatchId id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  Unlink(id, found->second.dependencies);
  if (found->second.due) dirty_.erase({*found->second.due, found->second.turn, id});
  entries_.erase(found);
}

void Schedule::SetDependencies(WatchId id, Dependencies dependencies) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  Unlink(id, found->second.dependencies);
  Link(id, dependencies);
  found->second.dependencies = std::move(dependencies);
}

void Schedule::TablesChanged(const std::vector<std::string>& tables, Time now) {
  for (const std::string& table : tables) {
    const auto found = readers_.find(table);
    if (found == readers_.end()) continue;
    for (const WatchId id : found->second) MarkDirty(id, now);
  }
  for (const WatchId id : every_commit_) MarkDirty(id, now);
}

void Schedule::EverythingChanged(Time now) {
  for (const auto& [id, entry] : entries_) MarkDirty(id, now);
}

void Schedule::Postpone(WatchId id, Time until) {
  const auto found = entries_.find(id);
  if (found != entries_.end()) SetDue(id, found->second, until);
}

std::optional<WatchId> Schedule::TakeDue(Time now) {
  if (!HasDue(now)) return std::nullopt;
  const WatchId id = dirty_.begin()->id;
  dirty_.erase(dirty_.begin());
  Entry& entry = entries_.at(id);
  entry.due.reset();
  entry.last_run = now;
  entry.has_run = true;
  return id;
}

std::optional<Schedule::Time> Schedule::NextDue() const {
  if (dirty_.empty()) return std::nullopt;
  return dirty_.begin()->due;
}

std::vector<WatchId> Schedule::Ids() const {
  std::vector<WatchId> ids;
  ids.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

void Schedule::MarkDirty(WatchId id, Time now) {
  Entry& entry = entries_.at(id);
  if (entry.due) return;  // It reads the newest commit whenever it runs.
  Time due = now;
  if (entry.throttle.trailing)
    due = now + entry.throttle.gap;
  else if (entry.has_run)
    due = std::max(now, entry.last_run + entry.throttle.gap);
  SetDue(id, entry, due);
}

void Schedule::SetDue(WatchId id, Entry& entry, Time due) {
  if (entry.due) dirty_.erase({*entry.due, entry.turn, id});
  entry.due = due;
  entry.turn = ++turns_;
  dirty_.insert({due, entry.turn, id});
}

void Schedule::Link(WatchId id, const Dependencies& dependencies) {
  for (const std::string& table : dependencies.tables) readers_[table].push_back(id);
  if (dependencies.every_commit) every_commit_.push_back(id);
}

void Schedule::Unlink(WatchId id, const Dependencies& dependencies) {
  for (const std::string& table : dependencies.tables) {
    const auto found = readers_.find(table);
    std::erase(found->second, id);
    if (found->second.empty()) readers_.erase(found);
  }
  if (dependencies.every_commit) std::erase(every_commit_, id);
}

}  // namespace skerry::watch
