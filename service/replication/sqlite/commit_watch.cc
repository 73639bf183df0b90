#include "replication/sqlite/commit_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

namespace skerry::replication {

CommitWatch::CommitWatch(const std::string& path)
    : log_path_(path + "-wal"), events_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

CommitWatch::~CommitWatch() {
  if (events_ >= 0) close(events_);
}

bool CommitWatch::TakeWrites() {
  if (events_ < 0) return false;
  // SQLite makes the log when somebody first needs it. From then on it is the same file, as long as we have it open.
  if (!is_watching_) is_watching_ = inotify_add_watch(events_, log_path_.c_str(), IN_MODIFY) >= 0;
  bool is_written = false;
  char events[4096];
  while (read(events_, events, sizeof events) > 0) is_written = true;
  return is_written;
}

}  // namespace skerry::replication
