// One GET over HTTP or verified TLS, on the calling thread, bounded in time and size. Redirects are not followed: the
// address that was configured is the one that is asked.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/result.h"
#include "http/address_guard.h"
#include "http/url.h"

namespace skerry::http {

struct FetchOptions {
  std::chrono::milliseconds timeout{30'000};  // For all of it.
  std::size_t max_bytes = 512 * 1024;
  AddressGuard guard;
  std::string ca_file;  // Empty: the system's certificates.
};

// The body of a 200 answer. kNetwork with a message that begins with PSYNC_S2203 (the guard refused every address) or
// PSYNC_S2204 (anything else).
Result<std::string> Fetch(const Url& url, const FetchOptions& options);

}  // namespace skerry::http
