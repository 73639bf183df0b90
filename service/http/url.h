// The parts of an http or https URL, as far as a GET needs them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace skerry::http {

struct Url {
  bool is_https = false;
  std::string host;  // Without the brackets of an IPv6 address.
  std::string port;
  std::string target = "/";
  std::string HostHeader() const;
};

// kConfig with PSYNC_S3103 for another scheme, PSYNC_S3102 for what is no URL. User names in it are refused.
Result<Url> ParseUrl(std::string_view text);

}  // namespace skerry::http
