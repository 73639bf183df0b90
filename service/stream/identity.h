// Who a stream is for, as the edge verified it. The stream room never sees a token's signature.
#pragma once

#include <chrono>
#include <string>

#include "storage/storage.h"

namespace skerry::stream {

struct Identity {
  std::string user_id;
  std::string token_json;                   // The token's claims, for the sync config.
  std::chrono::microseconds expires_at{0};  // Wall clock.
};

using storage::UserKey;

}  // namespace skerry::stream
