#include "http/fetch.h"

#include <openssl/ssl.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <utility>
#include <vector>

namespace skerry::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using beast::error_code;

namespace {

constexpr std::size_t kMaxHeaderBytes = 16 * 1024;

Error Failed(const Url& url, const std::string& why) {
  return Error{ErrorCode::kNetwork, "PSYNC_S2204: GET " + url.HostHeader() + url.target + ": " + why};
}

// One fetch: each step is started and then awaited up to the common deadline.
class Fetcher {
 public:
  Fetcher(const Url& url, const FetchOptions& options)
      : url_(url), options_(options), deadline_(std::chrono::steady_clock::now() + options.timeout) {}

  Result<std::string> Run() {
    SKERRY_ASSIGN(endpoints, Resolve());
    if (!url_.is_https) {
      beast::tcp_stream stream(context_);
      SKERRY_TRY(Connect(stream, endpoints));
      return Exchange(stream);
    }
    asio::ssl::context tls(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    error_code failure;
    if (options_.ca_file.empty())
      tls.set_default_verify_paths(failure);
    else
      tls.load_verify_file(options_.ca_file, failure);
    if (failure) return Failed(url_, "the trusted certificates cannot be read: " + failure.message());
    beast::ssl_stream<beast::tcp_stream> stream(context_, tls);
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification(url_.host));
    if (SSL_set_tlsext_host_name(stream.native_handle(), url_.host.c_str()) != 1) return Failed(url_, "no host name");
    SKERRY_TRY(Connect(stream.next_layer(), endpoints));
    SKERRY_TRY(Await("TLS", [&](auto done) { stream.async_handshake(asio::ssl::stream_base::client, done); }));
    return Exchange(stream);
  }

 private:
  // Starts a step with a handler to call, and drives it to its end. After the deadline everything is given up: the
  // context is not run again, and what hangs in it goes with it.
  template <typename Start>
  Status Await(const char* what, Start start) {
    bool is_done = false;
    error_code outcome;
    start([&](error_code failure, auto&&...) {
      is_done = true;
      outcome = failure;
    });
    context_.restart();
    while (!is_done && std::chrono::steady_clock::now() < deadline_) {
      if (context_.run_one_until(deadline_) == 0) break;
    }
    if (!is_done) return Failed(url_, std::string(what) + ": no answer in time");
    if (outcome) return Failed(url_, std::string(what) + ": " + outcome.message());
    return kDone;
  }

  Result<std::vector<tcp::endpoint>> Resolve() {
    std::vector<tcp::endpoint> allowed;
    std::string refused;
    const auto take = [&](const tcp::endpoint& endpoint) {
      if (options_.guard.Allows(endpoint.address()))
        allowed.push_back(endpoint);
      else
        refused = endpoint.address().to_string();
    };
    error_code no_address;
    const auto literal = asio::ip::make_address(url_.host, no_address);
    if (!no_address) {
      take({literal, static_cast<std::uint16_t>(std::stoi(url_.port))});
    } else {
      tcp::resolver::results_type found;
      SKERRY_TRY(Await("name", [&](auto done) {
        resolver_.async_resolve(url_.host, url_.port, [&found, done](error_code failure, auto results) mutable {
          found = std::move(results);
          done(failure);
        });
      }));
      for (const auto& entry : found) take(entry.endpoint());
    }
    if (allowed.empty()) {
      return Error{ErrorCode::kNetwork, "PSYNC_S2203: IPs in this range are not supported: " + refused + " (" +
                                            url_.host + "); refused by 'block_local_jwks' or 'jwks_reject_ip_ranges'"};
    }
    return allowed;
  }

  Status Connect(beast::tcp_stream& stream, const std::vector<tcp::endpoint>& endpoints) {
    stream.expires_never();
    return Await("connection", [&](auto done) { stream.async_connect(endpoints, done); });
  }

  template <typename Stream>
  Result<std::string> Exchange(Stream& stream) {
    beast::http::request<beast::http::empty_body> request{beast::http::verb::get, url_.target, 11};
    request.set(beast::http::field::host, url_.HostHeader());
    request.set(beast::http::field::accept, "application/json");
    request.set(beast::http::field::user_agent, "skerryd");
    request.keep_alive(false);
    SKERRY_TRY(Await("request", [&](auto done) { beast::http::async_write(stream, request, done); }));
    beast::http::response_parser<beast::http::string_body> parser;
    parser.header_limit(kMaxHeaderBytes);
    parser.body_limit(options_.max_bytes);
    beast::flat_buffer buffer(64 * 1024);
    SKERRY_TRY(Await("answer", [&](auto done) { beast::http::async_read(stream, buffer, parser, done); }));
    const unsigned status = parser.get().result_int();
    if (status != 200) return Failed(url_, "status " + std::to_string(status));
    return std::move(parser.get().body());
  }

  const Url& url_;
  const FetchOptions& options_;
  std::chrono::steady_clock::time_point deadline_;
  asio::io_context context_{1};
  tcp::resolver resolver_{context_};
};

}  // namespace

Result<std::string> Fetch(const Url& url, const FetchOptions& options) { return Fetcher(url, options).Run(); }

}  // namespace skerry::http
