// An HTTP/1.1 server on one thread: connections, limits and back-pressure; routes are the Handler's.
//
// What a client can make it hold is bounded: connections by a cap, a request by its header and body limits, a response
// by being pulled only when the socket takes more. What it can make it wait is bounded by deadlines. Only server.cc and
// connection.cc know the library underneath.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "http/message.h"

namespace skerry::http {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one.
  std::size_t max_connections = 1000;
  std::size_t max_header_bytes = 16 * 1024;
  std::chrono::milliseconds idle_timeout{75'000};    // Between two requests.
  std::chrono::milliseconds header_timeout{10'000};  // From a request's first byte to the end of its headers.
  std::chrono::milliseconds body_timeout{30'000};    // For the whole body.
  std::chrono::milliseconds stall_timeout{60'000};   // Without the client taking a byte of the answer.
  std::chrono::milliseconds shutdown_grace{1'000};   // For answers under way when the server stops.
};

// Now, on both clocks.
TimePoint SystemNow();

class Server {
 public:
  // Listens on return; nothing is answered before Run(). kStorageBusy for a port in use. Borrows handler and log.
  static Result<std::unique_ptr<Server>> Listen(const ServerOptions& options, Handler& handler, LogSink& log);
  ~Server();

  std::uint16_t port() const;
  // Serves until Stop(), SIGTERM or SIGINT, then refuses new requests (503), breaks the streams and returns.
  void Run();
  // From any thread.
  void Post(std::function<void()> task);
  void Stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace skerry::http
