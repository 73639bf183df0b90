// Who a stream is for, as the edge verified it. The stream room never sees a token's signature.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace skerry::stream {

struct Identity {
  std::string user_id;
  std::string token_json;                   // The token's claims, for the sync config.
  std::chrono::microseconds expires_at{0};  // Wall clock.
};

// What write checkpoints are counted by: "<sub>/<client id>", or "<sub>" without a client id.
inline std::string UserKey(std::string_view user_id, std::string_view client_id) {
  std::string key(user_id);
  if (!client_id.empty()) key.append("/").append(client_id);
  return key;
}

}  // namespace skerry::stream
