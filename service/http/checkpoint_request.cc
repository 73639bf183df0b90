#include "http/checkpoint_request.h"

#include "base/json.h"
#include "http/target.h"

namespace skerry::http {
namespace {

constexpr std::int64_t kMaxExactNumber = (std::int64_t{1} << 53) - 1;

struct Members {
  std::optional<std::string> client_id;
  std::optional<std::int64_t> id;
  bool has_id = false;
};

void ReadId(JsonReader& reader, Members& members) {
  members.has_id = true;
  members.id.reset();
  if (reader.Peek() == JsonKind::kString) {
    std::string_view text;
    if (reader.ReadString(text)) members.id = ParseInt64(text);
  } else if (reader.Peek() == JsonKind::kNumber) {
    std::string_view raw;
    if (!reader.ReadRaw(raw)) return;
    JsonReader number(raw);
    std::int64_t value = 0;
    // Beyond 2^53 a JavaScript client has already lost digits.
    if (number.ReadInt64(value) && value <= kMaxExactNumber) members.id = value;
  } else {
    reader.Skip();
  }
}

bool ReadBody(std::string_view body, Members& members, std::vector<std::string>& details) {
  JsonReader reader(body);
  if (reader.Peek() != JsonKind::kObject) {
    if (reader.Skip()) details.emplace_back(": type must be object");
    return reader.Finish("the request").ok();
  }
  reader.BeginObject();
  std::string_view name;
  while (reader.NextKey(name)) {
    if (name == "checkpoint_request_id") {
      ReadId(reader, members);
    } else if (name != "client_id") {
      reader.Skip();
    } else if (reader.Peek() == JsonKind::kString) {
      std::string_view text;
      if (reader.ReadString(text)) members.client_id = std::string(text);
    } else {
      details.emplace_back("/client_id: type must be string");
      reader.Skip();
    }
  }
  return reader.Finish("the request").ok();
}

}  // namespace

std::optional<CheckpointRequest> DecodeCheckpointRequest(std::string_view target, std::string_view body,
                                                         CheckpointRequestFaults& faults) {
  Members members;
  members.client_id = QueryValue(target, "client_id");
  if (const auto id = QueryValue(target, "checkpoint_request_id")) {
    members.has_id = true;
    members.id = ParseInt64(*id);
  }
  faults.not_json = !ReadBody(body, members, faults.details);
  if (faults.not_json) return std::nullopt;
  if (faults.details.empty()) {
    if (!members.client_id) faults.details.emplace_back(" must have required property 'client_id'");
    if (!members.has_id) faults.details.emplace_back(" must have required property 'checkpoint_request_id'");
  }
  if (faults.details.empty() && (!members.id || *members.id <= 0)) {
    faults.details.emplace_back("Expected checkpoint_request_id between 1 and 9223372036854775807");
  }
  if (!faults.details.empty()) return std::nullopt;
  return CheckpointRequest{*std::move(members.client_id), WriteCheckpoint{*members.id}};
}

}  // namespace skerry::http
