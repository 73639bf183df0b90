// The streams this client subscribes to: the table ps_stream_subscriptions (client-core 15).
//
// A row with a TTL was asked for by the app; a row without one stands for a default stream of the service. Streams are
// told apart by name and the text of their parameters (C-163). Rows outlive a connection: TTLs run while offline.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bucket/checkpoint.h"
#include "sqlite/connection.h"
#include "sqlite/transaction.h"

namespace skerry::store {

inline constexpr std::chrono::seconds kDefaultStreamTtl{86400};

struct StreamKey {
  std::string name;
  std::optional<std::string> parameters_json;  // The text as the app gave it; nullopt = null.
  friend bool operator==(const StreamKey&, const StreamKey&) = default;
};

struct StreamSubscriptionRow {
  std::int64_t id = 0;
  StreamKey key;
  bool active = false;  // In the last checkpoint.
  bool is_default = false;
  std::optional<bucket::Priority> local_priority;
  std::optional<std::chrono::seconds> ttl;  // Set: the app subscribed.
  std::optional<std::chrono::microseconds> expires_at;
  std::optional<std::chrono::microseconds> last_synced_at;
};

// All rows in order of creation. Usable on any connection.
Result<std::vector<StreamSubscriptionRow>> ReadSubscriptions(sqlite::Connection& db);

// Inserts, or renews the TTL; the more urgent priority wins (C-161; unlike upstream a priority can also be added
// later).
Status Subscribe(sqlite::WriteTransaction& write, const StreamKey& key, std::chrono::seconds ttl,
                 std::optional<bucket::Priority> priority, std::chrono::microseconds now);
// Forgets the app's wish; the row goes unless the service still reports the stream (C-162).
Status Unsubscribe(sqlite::WriteTransaction& write, const StreamKey& key);
// Moves the expiry of the streams that the app holds at the moment (C-165).
Status RenewSubscriptions(sqlite::WriteTransaction& write, std::span<const StreamKey> held,
                          std::chrono::microseconds now);
// Drops expired rows and forgotten ones (C-164), then lists what the request asks for, in order.
Result<std::vector<StreamSubscriptionRow>> SubscriptionsForRequest(sqlite::WriteTransaction& write,
                                                                   std::chrono::microseconds now);

// What a checkpoint says of the streams.
struct StreamsTracked {
  std::vector<std::int64_t> active;   // Rows that the checkpoint serves.
  std::vector<std::string> warnings;  // Streams with errors, to be logged (C-171).
  // For every bucket of the checkpoint, in its order, the rows it belongs to (C-169).
  std::vector<std::vector<std::int64_t>> bucket_streams;
};
// Writes it to the table (C-168). `request_subscriptions`: the ids that the request listed, in order.
Result<StreamsTracked> TrackStreams(sqlite::WriteTransaction& write, const bucket::Checkpoint& checkpoint,
                                    std::span<const std::int64_t> request_subscriptions);

// Stamps the given rows as synced.
Status RecordStreamsSynced(sqlite::WriteTransaction& write, std::span<const std::int64_t> ids,
                           std::chrono::microseconds now);

}  // namespace skerry::store
