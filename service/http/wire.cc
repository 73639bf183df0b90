#include "http/wire.h"

#include <boost/beast/http/status.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace skerry::http {
namespace {

// "Sun, 22 Nov 2026 13:00:00 GMT"
std::string HttpDate() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace

void AppendHead(std::string& out, const Response& response, Framing framing, bool keeps_alive) {
  const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status));
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(reason.data(), reason.size()).append("\r\n");
  for (const auto& [name, value] : response.headers) out.append(name).append(": ").append(value).append("\r\n");
  out.append("date: ").append(HttpDate()).append("\r\n");
  const bool has_body = response.status != 204 && response.status != 304;
  if (framing == Framing::kChunked) {
    out.append("transfer-encoding: chunked\r\n");
  } else if (framing == Framing::kLength && has_body) {
    out.append("content-length: ").append(std::to_string(response.body.size())).append("\r\n");
  }
  if (!keeps_alive) out.append("connection: close\r\n");
  out.append("\r\n");
}

void AppendChunkHead(std::string& out, std::size_t size) {
  char text[20];
  const int length = std::snprintf(text, sizeof text, "%zx\r\n", size);
  out.append(text, static_cast<std::size_t>(length));
}

}  // namespace skerry::http
