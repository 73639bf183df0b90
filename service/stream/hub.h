// Tells the sessions of one thread what was published, and which write checkpoints were acknowledged by it.
//
// The writer's thread never touches it: the host brings news over in order. A write request has to be told before the
// publication that acknowledges it, which the order of the writer's own calls gives.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/ids.h"
#include "storage/storage.h"

namespace skerry::stream {

class Session;

// Borrows the reader. Sessions add and remove themselves.
class Hub {
 public:
  Hub(storage::Reader& reader, storage::Checkpoint latest) : reader_(reader), latest_(std::move(latest)) {}

  const storage::Checkpoint& latest() const { return latest_; }
  std::size_t session_count() const { return sessions_.size(); }

  // Wakes the sessions that `published` concerns.
  Status Publish(const storage::Published& published);
  // `id` was stored for `user_key` and is not acknowledged yet.
  void ExpectAcknowledgement(const std::string& user_key, WriteCheckpoint id);

 private:
  friend class Session;
  void Add(Session& session);
  void Remove(Session& session);
  Status TellAcknowledged();

  storage::Reader& reader_;
  storage::Checkpoint latest_;
  std::unordered_set<Session*> sessions_;
  std::unordered_map<std::string, WriteCheckpoint> expected_;
};

}  // namespace skerry::stream
