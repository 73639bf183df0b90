// Where the service goes to fetch keys, and what it puts up with there. A real server answers on this machine.
#include "http/fetch.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "support/catch.h"

namespace skerry::http {
namespace {

namespace asio = boost::asio;

// Sends `answer` to the one client that connects, and keeps the connection open until that goes.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer)
      : answer_(std::move(answer)), acceptor_(context_, {asio::ip::address_v4::loopback(), 0}) {
    url = {.is_https = false, .host = "127.0.0.1", .port = std::to_string(acceptor_.local_endpoint().port())};
    thread_ = std::thread([this] {
      boost::system::error_code ignored;
      asio::ip::tcp::socket socket(context_);
      acceptor_.accept(socket, ignored);
      std::string request;
      asio::read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n", ignored);
      asio::write(socket, asio::buffer(answer_), ignored);
      char byte = 0;
      socket.read_some(asio::buffer(&byte, 1), ignored);
    });
  }
  ~OneAnswer() { thread_.join(); }

  Url url;

 private:
  std::string answer_;
  asio::io_context context_;
  asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

std::string Outcome(const std::string& answer, const FetchOptions& options = {}) {
  OneAnswer server(answer);
  const auto body = Fetch(server.url, options);
  return body.ok() ? *body : "error: " + body.error().message;
}

std::string Parsed(std::string_view text) {
  const auto url = ParseUrl(text);
  if (!url.ok()) return url.error().message.substr(0, 11);
  return std::string(url->is_https ? "s " : "- ") + url->HostHeader() + " " + url->port + " " + url->target;
}

bool Allows(const AddressGuard& guard, const char* address) { return guard.Allows(asio::ip::make_address(address)); }

}  // namespace

TEST_CASE("a URL is http or https and names a host", "[http][jwks][S3102][S3103]") {
  CHECK(Parsed("https://example.com/.well-known/jwks.json?a=b#c") == "s example.com 443 /.well-known/jwks.json?a=b");
  CHECK(Parsed("HTTP://localhost:8080") == "- localhost:8080 8080 /");
  CHECK(Parsed("http://[::1]:81?x") == "- [::1]:81 81 /?x");
  CHECK(Parsed("ftp://example.com/") == "PSYNC_S3103");
  CHECK(Parsed("file:///etc/passwd") == "PSYNC_S3103");
  for (const char* wrong : {"", "example.com", "http://", "http://:80/", "http://a:0/", "http://a:b/", "http://u:p@a/",
                            "http://a b/", "http://[::1/", "http://a/\r\nx: y", "http://a:1x"}) {
    INFO(wrong);
    CHECK(Parsed(wrong) == "PSYNC_S3102");
  }
}

TEST_CASE("'local' stands for every address that is not public", "[http][jwks][hostile]") {
  AddressGuard guard;
  CHECK(Allows(guard, "127.0.0.1"));
  REQUIRE(guard.Reject("local").ok());
  for (const char* address : {"127.0.0.1",  "127.8.8.8",        "0.0.0.0",         "10.1.2.3",
                              "172.16.0.1", "172.31.255.255",   "192.168.1.1",     "169.254.169.254",
                              "100.64.0.1", "224.0.0.1",        "255.255.255.255", "::1",
                              "::",         "fe80::1",          "fd00::1",         "fc00::1",
                              "ff02::1",    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
                              "2001::1",    "64:ff9b::7f00:1"}) {
    INFO(address);
    CHECK_FALSE(Allows(guard, address));
  }
  for (const char* address : {"8.8.8.8", "172.32.0.1", "192.169.0.1", "2606:4700::1111", "::ffff:8.8.8.8"}) {
    INFO(address);
    CHECK(Allows(guard, address));
  }
}

TEST_CASE("ranges can be refused one by one", "[http][jwks]") {
  AddressGuard guard;
  REQUIRE(guard.Reject("10.0.0.0/8").ok());
  REQUIRE(guard.Reject("203.0.113.7").ok());
  REQUIRE(guard.Reject("fd00::/8").ok());
  CHECK_FALSE(Allows(guard, "10.9.9.9"));
  CHECK_FALSE(Allows(guard, "203.0.113.7"));
  CHECK_FALSE(Allows(guard, "fd12::1"));
  CHECK(Allows(guard, "11.0.0.1"));
  CHECK(Allows(guard, "203.0.113.8"));
  CHECK(Allows(guard, "127.0.0.1"));
  for (const char* wrong : {"", "10.0.0.0/33", "public", "10.0.0"}) CHECK_FALSE(guard.Reject(wrong).ok());
}

TEST_CASE("an answer of 200 is its body", "[http][jwks]") {
  CHECK(Outcome("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}") == "{}");
  CHECK(Outcome("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n") == "{}");
}

TEST_CASE("other answers, redirects too, are failures with their reason", "[http][jwks][S2204]") {
  CHECK_THAT(Outcome("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"),
             Catch::StartsWith("error: PSYNC_S2204") && Catch::Contains("status 404"));
  CHECK_THAT(Outcome("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n"),
             Catch::Contains("status 302"));
  CHECK_THAT(Outcome("rubbish\r\n\r\n"), Catch::StartsWith("error: PSYNC_S2204"));
}

TEST_CASE("an answer is read up to a size and for a time", "[http][jwks][hostile]") {
  FetchOptions options;
  options.max_bytes = 1000;
  CHECK_THAT(Outcome("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n" + std::string(1001, 'x'), options),
             Catch::Contains("body limit"));
  CHECK_THAT(Outcome("HTTP/1.1 200 OK\r\n" + std::string(20'000, 'x'), options),
             Catch::StartsWith("error: PSYNC_S2204"));
  options.timeout = std::chrono::milliseconds(50);
  CHECK_THAT(Outcome("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nslow", options),
             Catch::Contains("no answer in time"));
}

TEST_CASE("a refused address is not connected to", "[http][jwks][S2203][hostile]") {
  FetchOptions options;
  REQUIRE(options.guard.Reject("local").ok());
  for (const char* host : {"127.0.0.1", "localhost"}) {
    // Nobody listens there; the guard answers first.
    const auto refused = Fetch({.is_https = false, .host = host, .port = "9"}, options);
    REQUIRE_FALSE(refused.ok());
    CHECK_THAT(refused.error().message, Catch::StartsWith("PSYNC_S2203"));
  }
}

}  // namespace skerry::http
