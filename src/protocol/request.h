// The body of POST /sync/stream (docs/protocol.md, section 4): written by the client, read by the service.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "bucket/checkpoint.h"

namespace skerry::protocol {

struct BucketPosition {
  std::string name;
  OpId after{};
};
struct StreamSubscription {
  std::string stream;
  std::optional<std::string> parameters_json;  // An object's text; nullopt = null.
  std::optional<bucket::Priority> override_priority;
};
struct StreamRequest {
  std::vector<BucketPosition> buckets;
  bool raw_data = true;
  std::string client_id;
  std::string parameters_json = "{}";
  bool include_defaults = true;
  std::vector<StreamSubscription> subscriptions;
  std::vector<std::pair<std::string, std::string>> app_metadata;
};

// The body an official client would send, with ours in its place.
std::string EncodeStreamRequest(const StreamRequest& request);

// The faults of a body as the service words them ("/buckets: type must be array"); empty on success.
struct RequestFaults {
  bool not_json = false;
  std::vector<std::string> details;
};
// What is absent gets the service's defaults: no raw data, default streams included (P-020, P-067). Unknown members are
// passed over (P-004).
std::optional<StreamRequest> DecodeStreamRequest(std::string_view body, RequestFaults& faults);

}  // namespace skerry::protocol
