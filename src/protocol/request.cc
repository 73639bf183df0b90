#include "protocol/request.h"

#include "base/json.h"

namespace skerry::protocol {
namespace {

// Marker of old clients for rows that never sync; no service knows it (P-024).
constexpr std::string_view kLocalBucket = "$local";

bool IsObject(std::string_view json) { return JsonReader(json).Peek() == JsonKind::kObject; }

}  // namespace

std::string EncodeStreamRequest(const StreamRequest& request) {
  std::string body;
  JsonWriter out(body);
  out.BeginObject();
  out.Key("buckets").BeginArray();
  for (const BucketPosition& bucket : request.buckets) {
    if (bucket.name == kLocalBucket) continue;
    out.BeginObject().Key("name").String(bucket.name);
    out.Key("after").String(std::to_string(Raw(bucket.after))).EndObject();
  }
  out.EndArray();
  out.Key("include_checksum").Bool(true);
  out.Key("raw_data").Bool(request.raw_data);
  // Without effect today, but older services need it to answer in BSON.
  out.Key("binary_data").Bool(true);
  out.Key("client_id").String(request.client_id);
  // Never null, which the service may refuse (P-021).
  out.Key("parameters").Raw(IsObject(request.parameters_json) ? request.parameters_json : "{}");
  out.Key("streams").BeginObject();
  out.Key("include_defaults").Bool(request.include_defaults);
  out.Key("subscriptions").BeginArray();
  for (const StreamSubscription& subscription : request.subscriptions) {
    out.BeginObject().Key("stream").String(subscription.stream);
    out.Key("parameters").Raw(subscription.parameters_json ? *subscription.parameters_json : "null");
    out.Key("override_priority");
    if (subscription.override_priority) {
      out.Int(*subscription.override_priority);
    } else {
      out.Null();
    }
    out.EndObject();
  }
  out.EndArray().EndObject();
  if (!request.app_metadata.empty()) {
    out.Key("app_metadata").BeginObject();
    for (const auto& [key, value] : request.app_metadata) out.Key(key).String(value);
    out.EndObject();
  }
  out.EndObject();
  return body;
}

}  // namespace skerry::protocol
