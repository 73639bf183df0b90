// Notices that another program writes to a database in WAL mode, so that its commit is seen at once and not at the next
// of the looks that are taken now and then.
//
// Only a hint: what is written shows up in the file a little before it is committed, and where the system tells nothing
// (some network and container file systems), nothing is lost but the haste.
#pragma once

#include <string>

namespace skerry::replication {

class CommitWatch {
 public:
  explicit CommitWatch(const std::string& path);
  ~CommitWatch();
  CommitWatch(const CommitWatch&) = delete;
  CommitWatch& operator=(const CommitWatch&) = delete;

  // Has something to read when something was written; -1 if that cannot be told.
  int readable() const { return is_watching_ ? events_ : -1; }
  // Whether something was written since the last call, also by this process.
  bool TakeWrites();

 private:
  std::string log_path_;
  int events_;
  bool is_watching_ = false;
};

}  // namespace skerry::replication
