#include "stream/hub.h"

#include <string_view>
#include <utility>
#include <vector>

#include "stream/session.h"

namespace skerry::stream {

void Hub::Add(Session& session) { sessions_.insert(&session); }

void Hub::Remove(Session& session) { sessions_.erase(&session); }

void Hub::ExpectAcknowledgement(const std::string& user_key, WriteCheckpoint id) { expected_[user_key] = id; }

Status Hub::Publish(const storage::Published& published) {
  latest_ = published.checkpoint;
  for (Session* session : sessions_) session->OnPublished(published);
  if (!published.acknowledged.empty()) {
    const std::unordered_set<std::string_view> keys(published.acknowledged.begin(), published.acknowledged.end());
    for (Session* session : sessions_) {
      if (keys.count(session->user_key()) != 0) session->LookAgain();
    }
  }
  if (expected_.empty()) return kDone;
  return TellAcknowledged();
}

// One snapshot for all that wait, instead of one per session and publication.
Status Hub::TellAcknowledged() {
  SKERRY_ASSIGN(snapshot, reader_.Open());
  std::unordered_set<std::string> reached;
  for (const auto& [user_key, id] : expected_) {
    SKERRY_ASSIGN(acknowledged, snapshot->AcknowledgedWrite(user_key));
    if (acknowledged && *acknowledged >= id) reached.insert(user_key);
  }
  for (const std::string& user_key : reached) expected_.erase(user_key);
  for (Session* session : sessions_) {
    if (reached.count(session->user_key()) != 0) session->LookAgain();
  }
  return kDone;
}

}  // namespace skerry::stream
