#include "sync/subscriptions.h"

#include <algorithm>

namespace skerry::sync {
namespace {

protocol::StreamSubscription Requested(const store::StreamSubscriptionRow& row) {
  return {row.key.name, row.key.parameters_json, row.local_priority};
}

bool Same(const protocol::StreamSubscription& a, const protocol::StreamSubscription& b) {
  return a.stream == b.stream && a.parameters_json == b.parameters_json && a.override_priority == b.override_priority;
}

}  // namespace

Status Subscriptions::Subscribe(const sync::Subscribe& event, TimePoint now) {
  SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(db_));
  SKERRY_TRY(store::Subscribe(write, event.key, event.ttl, event.priority, now.wall));
  return write.Commit();
}

Status Subscriptions::Unsubscribe(const sync::Unsubscribe& event) {
  if (!event.all) {
    std::erase(held_, event.key);
    return kDone;
  }
  SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(db_));
  SKERRY_TRY(store::Unsubscribe(write, event.key));
  return write.Commit();
}

Result<std::vector<store::StreamSubscriptionRow>> Subscriptions::Read(TimePoint now) {
  SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(db_));
  if (!held_.empty()) SKERRY_TRY(store::RenewSubscriptions(write, held_, now.wall));
  SKERRY_ASSIGN(rows, store::SubscriptionsForRequest(write, now.wall));
  SKERRY_TRY(write.Commit());
  return rows;
}

Status Subscriptions::Load(TimePoint now) {
  SKERRY_ASSIGN(rows, Read(now));
  requested_.clear();
  ids_.clear();
  for (const store::StreamSubscriptionRow& row : rows) {
    requested_.push_back(Requested(row));
    ids_.push_back(row.id);
  }
  return kDone;
}

Result<bool> Subscriptions::HaveChanged(TimePoint now) {
  // Without any subscription there is nothing to expire: a keepalive then costs no transaction.
  if (held_.empty() && requested_.empty()) {
    SKERRY_ASSIGN(any, db_.QueryInt("SELECT 1 FROM ps_stream_subscriptions WHERE ttl IS NOT NULL LIMIT 1"));
    if (!any) return false;
  }
  SKERRY_ASSIGN(rows, Read(now));
  const bool same = std::equal(rows.begin(), rows.end(), requested_.begin(), requested_.end(),
                               [](const auto& row, const auto& asked) { return Same(Requested(row), asked); });
  return !same;
}

}  // namespace skerry::sync
