// Which streams the app holds, and which of them the open stream asked for. What lasts is in the store.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "protocol/request.h"
#include "store/stream_subscriptions.h"
#include "sync/event.h"

namespace skerry::sync {

class Subscriptions {
 public:
  explicit Subscriptions(sqlite::Connection& db) : db_(db) {}

  Status Subscribe(const sync::Subscribe& event, TimePoint now);
  Status Unsubscribe(const sync::Unsubscribe& event);
  void SetHeld(std::vector<store::StreamKey> streams) { held_ = std::move(streams); }

  // What the next request asks for, remembered as asked; moves the expiry of held streams (C-164, C-165).
  Status Load(TimePoint now);
  // Moves expiries and says whether a request made now would ask for something else (C-166, C-167).
  Result<bool> HaveChanged(TimePoint now);

  const std::vector<protocol::StreamSubscription>& requested() const { return requested_; }
  // Rows of ps_stream_subscriptions behind requested(), in its order.
  const std::vector<std::int64_t>& requested_ids() const { return ids_; }

 private:
  Result<std::vector<store::StreamSubscriptionRow>> Read(TimePoint now);

  sqlite::Connection& db_;
  std::vector<store::StreamKey> held_;
  std::vector<protocol::StreamSubscription> requested_;
  std::vector<std::int64_t> ids_;
};

}  // namespace skerry::sync
