#include "store/stream_subscriptions.h"

#include <algorithm>

namespace skerry::store {

namespace {

constexpr std::string_view kNullParameters = "null";  // local_params is NOT NULL, so that rows stay unique.

std::string_view ParametersText(const StreamKey& key) {
  return key.parameters_json ? std::string_view(*key.parameters_json) : kNullParameters;
}

StreamSubscriptionRow ReadRow(const sqlite::Statement& rows) {
  StreamSubscriptionRow row;
  row.id = rows.Int64(0);
  row.key.name = rows.Text(1);
  if (rows.Text(2) != kNullParameters) row.key.parameters_json.emplace(rows.Text(2));
  row.active = rows.Int64(3) != 0;
  row.is_default = rows.Int64(4) != 0;
  if (!rows.IsNull(5)) row.local_priority = static_cast<bucket::Priority>(rows.Int64(5));
  if (!rows.IsNull(6)) row.ttl = std::chrono::seconds(rows.Int64(6));
  if (!rows.IsNull(7)) row.expires_at = std::chrono::microseconds(rows.Int64(7));
  if (!rows.IsNull(8)) row.last_synced_at = std::chrono::microseconds(rows.Int64(8));
  return row;
}

Result<std::int64_t> InsertDefault(sqlite::WriteTransaction& write, std::string_view name) {
  SKERRY_ASSIGN(insert, write.db().Cached("INSERT INTO ps_stream_subscriptions(stream_name, active, is_default) "
                                          "VALUES(?1, 1, 1)"));
  SKERRY_TRY(insert->Run(name));
  return write.db().LastInsertRowId();
}

// Brings `row` to what the checkpoint says; a row that nobody wants goes.
Status Save(sqlite::WriteTransaction& write, const StreamSubscriptionRow& row, bool active, bool is_default) {
  if (!active && !row.ttl) {
    SKERRY_ASSIGN(remove, write.db().Cached("DELETE FROM ps_stream_subscriptions WHERE id = ?1"));
    return remove->Run(row.id);
  }
  if (active == row.active && is_default == row.is_default) return kDone;
  SKERRY_ASSIGN(update,
                write.db().Cached("UPDATE ps_stream_subscriptions SET active = ?2, is_default = ?3 WHERE id = ?1"));
  return update->Run(row.id, active, is_default);
}

const StreamSubscriptionRow* FindById(std::span<const StreamSubscriptionRow> rows, std::int64_t id) {
  const auto found = std::find_if(rows.begin(), rows.end(), [id](const auto& row) { return row.id == id; });
  return found == rows.end() ? nullptr : &*found;
}

std::string Describe(const bucket::StreamInfo& stream, const bucket::StreamError& error,
                     const StreamSubscriptionRow* subscription) {
  if (!error.subscription) return "Default subscription " + stream.name + " has errors: " + error.message;
  const bool has_parameters = subscription != nullptr && subscription->key.parameters_json.has_value();
  return "Subscription to stream " + stream.name +
         (has_parameters ? " (with parameters " + *subscription->key.parameters_json + ")" : " (without parameters)") +
         " could not be resolved: " + error.message;
}

}  // namespace

Result<std::vector<StreamSubscriptionRow>> ReadSubscriptions(sqlite::Connection& db) {
  SKERRY_ASSIGN(rows,
                db.Cached("SELECT id, stream_name, local_params, active, is_default, local_priority, ttl, expires_at, "
                          "last_synced_at FROM ps_stream_subscriptions ORDER BY id"));
  std::vector<StreamSubscriptionRow> result;
  for (;;) {
    SKERRY_ASSIGN(more, rows->Step());
    if (!more) break;
    result.push_back(ReadRow(*rows));
  }
  rows->Reset();
  return result;
}

Status Subscribe(sqlite::WriteTransaction& write, const StreamKey& key, std::chrono::seconds ttl,
                 std::optional<bucket::Priority> priority, std::chrono::microseconds now) {
  SKERRY_ASSIGN(upsert,
                write.db().Cached(
                    "INSERT INTO ps_stream_subscriptions(stream_name, local_params, ttl, expires_at, local_priority) "
                    "VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(stream_name, local_params) DO UPDATE SET "
                    "ttl = excluded.ttl, expires_at = excluded.expires_at, local_priority = "
                    "coalesce(min(excluded.local_priority, local_priority), excluded.local_priority, local_priority)"));
  return upsert->Run(std::string_view(key.name), ParametersText(key), ttl.count(),
                     (now + std::chrono::microseconds(ttl)).count(), priority);
}

Status Unsubscribe(sqlite::WriteTransaction& write, const StreamKey& key) {
  SKERRY_ASSIGN(forget, write.db().Cached("UPDATE ps_stream_subscriptions SET ttl = NULL, expires_at = NULL, "
                                          "local_priority = NULL WHERE stream_name = ?1 AND local_params = ?2"));
  return forget->Run(std::string_view(key.name), ParametersText(key));
}

Status RenewSubscriptions(sqlite::WriteTransaction& write, std::span<const StreamKey> held,
                          std::chrono::microseconds now) {
  SKERRY_ASSIGN(renew, write.db().Cached("UPDATE ps_stream_subscriptions SET expires_at = ?3 + ttl * 1000000 "
                                         "WHERE stream_name = ?1 AND local_params = ?2 AND ttl IS NOT NULL"));
  for (const StreamKey& key : held)
    SKERRY_TRY(renew->Run(std::string_view(key.name), ParametersText(key), now.count()));
  return kDone;
}

Result<std::vector<StreamSubscriptionRow>> SubscriptionsForRequest(sqlite::WriteTransaction& write,
                                                                   std::chrono::microseconds now) {
  SKERRY_ASSIGN(expire, write.db().Cached("DELETE FROM ps_stream_subscriptions "
                                          "WHERE expires_at < ?1 OR (ttl IS NULL AND NOT active)"));
  SKERRY_TRY(expire->Run(now.count()));
  SKERRY_ASSIGN(rows, ReadSubscriptions(write.db()));
  std::erase_if(rows, [](const StreamSubscriptionRow& row) { return !row.ttl; });
  return rows;
}

Result<StreamsTracked> TrackStreams(sqlite::WriteTransaction& write, const bucket::Checkpoint& checkpoint,
                                    std::span<const std::int64_t> request_subscriptions) {
  StreamsTracked tracked;
  SKERRY_ASSIGN(rows, ReadSubscriptions(write.db()));
  const auto subscription_of = [&](std::int64_t index) {
    const bool is_known = index >= 0 && static_cast<std::size_t>(index) < request_subscriptions.size();
    return is_known ? FindById(rows, request_subscriptions[static_cast<std::size_t>(index)]) : nullptr;
  };

  for (const bucket::StreamInfo& stream : checkpoint.streams) {
    for (const bucket::StreamError& error : stream.errors) {
      tracked.warnings.push_back(
          Describe(stream, error, error.subscription ? subscription_of(*error.subscription) : nullptr));
    }
  }
  // Per entry of `streams`, the row that stands for the default subscription; 0: there is none.
  std::vector<std::int64_t> default_rows(checkpoint.streams.size(), 0);
  for (const StreamSubscriptionRow& row : rows) {
    bool active = false;
    bool is_default = false;
    for (std::size_t i = 0; i < checkpoint.streams.size(); ++i) {
      if (checkpoint.streams[i].name != row.key.name) continue;
      active = true;
      is_default = checkpoint.streams[i].is_default;
      if (is_default && !row.ttl) default_rows[i] = row.id;
    }
    SKERRY_TRY(Save(write, row, active, is_default));
    if (active) tracked.active.push_back(row.id);
  }
  for (std::size_t i = 0; i < checkpoint.streams.size(); ++i) {
    const bucket::StreamInfo& stream = checkpoint.streams[i];
    const auto streams_before = std::span(checkpoint.streams).first(i);
    const bool has_row =
        std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.key.name == stream.name; }) ||
        std::any_of(streams_before.begin(), streams_before.end(),
                    [&](const auto& other) { return other.name == stream.name; });
    if (!stream.is_default || has_row) continue;
    SKERRY_ASSIGN(id, InsertDefault(write, stream.name));
    default_rows[i] = id;
    tracked.active.push_back(id);
  }

  for (const bucket::BucketState& state : checkpoint.buckets) {
    std::vector<std::int64_t>& streams = tracked.bucket_streams.emplace_back();
    for (const bucket::Reason& reason : state.reasons) {
      std::int64_t id = 0;
      if (!reason.is_default) {
        if (const StreamSubscriptionRow* row = subscription_of(reason.index)) id = row->id;
      } else if (reason.index >= 0 && static_cast<std::size_t>(reason.index) < default_rows.size()) {
        id = default_rows[static_cast<std::size_t>(reason.index)];
      }
      if (id != 0 && std::find(streams.begin(), streams.end(), id) == streams.end()) streams.push_back(id);
    }
  }
  return tracked;
}

Status RecordStreamsSynced(sqlite::WriteTransaction& write, std::span<const std::int64_t> ids,
                           std::chrono::microseconds now) {
  SKERRY_ASSIGN(record, write.db().Cached("UPDATE ps_stream_subscriptions SET last_synced_at = ?2 WHERE id = ?1"));
  for (const std::int64_t id : ids) SKERRY_TRY(record->Run(id, now.count()));
  return kDone;
}

}  // namespace skerry::store
