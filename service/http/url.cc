#include "http/url.h"

#include <algorithm>

#include "base/ids.h"
#include "http/target.h"

namespace skerry::http {
namespace {

Error Wrong(std::string_view text) {
  return Error{ErrorCode::kConfig, "PSYNC_S3102: '" + std::string(text) + "' is not a valid URL"};
}

}  // namespace

std::string Url::HostHeader() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  std::string header = is_v6 ? "[" + host + "]" : host;
  if (port != (is_https ? "443" : "80")) header += ":" + port;
  return header;
}

Result<Url> ParseUrl(std::string_view text) {
  Url url;
  const std::size_t mark = text.find("://");
  if (mark == std::string_view::npos) return Wrong(text);
  const std::string_view scheme = text.substr(0, mark);
  url.is_https = EqualIgnoringCase(scheme, "https");
  if (!url.is_https && !EqualIgnoringCase(scheme, "http")) {
    return Error{ErrorCode::kConfig, "PSYNC_S3103: only http and https are supported, not '" + std::string(text) + "'"};
  }
  const bool is_clean = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
  std::string_view rest = text.substr(mark + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, end);
  if (!is_clean || authority.find('@') != std::string_view::npos) return Wrong(text);
  if (end < rest.size()) url.target = (rest[end] == '?' ? "/" : "") + std::string(rest.substr(end));

  if (!authority.empty() && authority.front() == '[') {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return Wrong(text);
    url.host = authority.substr(1, close - 1);
    authority.remove_prefix(close + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    authority.remove_prefix(colon);
  }
  url.port = url.is_https ? "443" : "80";
  if (!authority.empty()) {
    const auto port = ParseInt64(authority.substr(1));
    if (authority.front() != ':' || !port || *port < 1 || *port > 65'535) return Wrong(text);
    url.port = std::to_string(*port);
  }
  if (url.host.empty()) return Wrong(text);
  return url;
}

}  // namespace skerry::http
