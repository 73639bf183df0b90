// What happens to the sync client, as plain data: a recorded list of events replays any run.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "store/stream_subscriptions.h"
#include "sync/instruction.h"

namespace skerry::sync {

enum class Profile : std::uint8_t {
  kNative,     // Retries back off exponentially.
  kPowerSync,  // A fixed delay, as @powersync/web has it.
};

struct ConnectOptions {
  std::string parameters_json = "{}";  // An object.
  std::vector<std::pair<std::string, std::string>> app_metadata;
  bool include_defaults = true;
  std::optional<std::chrono::milliseconds> retry_delay;
  std::chrono::milliseconds upload_throttle{1000};
  Profile profile = Profile::kNative;
};

struct Connect {
  std::int64_t request = 0;
  ConnectOptions options;
};
struct Disconnect {};
struct Online {};
struct CredentialsArrived {
  RequestId id{};
  std::string endpoint;
  std::string token;
};
struct CredentialsFailed {
  RequestId id{};
  std::string message;
};
struct StreamOpened {
  RequestId id{};
  int status = 200;
  std::string content_type;
};
struct StreamEnded {
  RequestId id{};
};
struct StreamFailed {
  RequestId id{};
  std::string message;
  std::optional<int> status;
  std::string status_text;
};
struct UploadDone {
  RequestId id{};
};
struct UploadFailed {
  RequestId id{};
  std::string message;
};
struct WriteCheckpointArrived {
  RequestId id{};
  int status = 200;
  std::string body;
};
struct WriteCheckpointFailed {
  RequestId id{};
  std::string message;
};
struct TimerFired {
  TimerId id{};
};
struct Subscribe {
  store::StreamKey key;
  std::chrono::seconds ttl = store::kDefaultStreamTtl;
  std::optional<bucket::Priority> priority;
};
struct Unsubscribe {
  store::StreamKey key;
  bool all = false;  // Forget the subscription; else a handle was released and the TTL runs on.
};
struct ActiveStreams {
  std::vector<store::StreamKey> streams;
};

using Event = std::variant<Connect, Disconnect, Online, CredentialsArrived, CredentialsFailed, StreamOpened,
                           StreamEnded, StreamFailed, UploadDone, UploadFailed, WriteCheckpointArrived,
                           WriteCheckpointFailed, TimerFired, Subscribe, Unsubscribe, ActiveStreams>;

}  // namespace skerry::sync
