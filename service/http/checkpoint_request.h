// The body of POST /sync/checkpoint-request (P-110), merged with its query (P-003).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace skerry::http {

struct CheckpointRequest {
  std::string client_id;
  WriteCheckpoint id{};
};
struct CheckpointRequestFaults {
  bool not_json = false;
  std::vector<std::string> details;
};

std::optional<CheckpointRequest> DecodeCheckpointRequest(std::string_view target, std::string_view body,
                                                         CheckpointRequestFaults& faults);

}  // namespace skerry::http
