#include "http/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <utility>
#include <vector>

#include "http/connection.h"

namespace skerry::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::beast::error_code;

TimePoint SystemNow() {
  using std::chrono::duration_cast;
  return {duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()),
          duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())};
}

struct Server::State {
  State(ServerOptions server_options, Handler& handler, LogSink& server_log)
      : options(std::move(server_options)),
        host{options, handler, server_log, {}, false, {}},
        acceptor(context),
        signals(context),
        grace(context) {}
  ~State() { host.on_quiet = nullptr; }  // Nobody is left to be told when the context takes its connections along.

  void Accept() {
    acceptor.async_accept([this](error_code failure, tcp::socket socket) {
      if (host.is_stopping || failure == asio::error::operation_aborted) return;
      if (failure) {
        // Out of file descriptors, most likely: try again when some connection may have ended.
        host.log.Log(LogLevel::kWarn, "a connection could not be accepted: " + failure.message());
        grace.expires_after(std::chrono::milliseconds(100));
        return grace.async_wait([this](error_code) {
          if (!host.is_stopping) Accept();
        });
      }
      // Beyond the cap the client sees a closed connection: answering would need what is short.
      if (host.open.size() < options.max_connections) {
        std::make_shared<Connection>(std::move(socket), host)->Start();
      }
      Accept();
    });
  }

  void Stop() {
    if (std::exchange(host.is_stopping, true)) return;
    error_code ignored;
    acceptor.close(ignored);
    signals.cancel(ignored);
    std::vector<std::shared_ptr<Connection>> connections;
    for (Connection* connection : host.open) connections.push_back(connection->shared_from_this());
    for (const auto& connection : connections) connection->Stop();
    grace.expires_after(options.shutdown_grace);
    grace.async_wait([this](error_code) { context.stop(); });
    host.on_quiet = [this] { context.stop(); };
    if (host.open.empty()) context.stop();
  }

  ServerOptions options;
  ConnectionHost host;  // Before the context: the connections that die with it take themselves off the list.
  asio::io_context context{1};
  tcp::acceptor acceptor;
  asio::signal_set signals;
  asio::steady_timer grace;
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::Listen(const ServerOptions& options, Handler& handler, LogSink& log) {
  auto state = std::make_unique<State>(options, handler, log);
  const std::string where = options.address + ":" + std::to_string(options.port);
  error_code failure;
  const auto address = asio::ip::make_address(options.address, failure);
  if (failure) return Error{ErrorCode::kConfig, "'" + options.address + "' is not an IP address to listen on"};
  const tcp::endpoint endpoint(address, options.port);
  state->acceptor.open(endpoint.protocol(), failure);
  if (!failure) state->acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) state->acceptor.bind(endpoint, failure);
  if (!failure) state->acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (failure == asio::error::address_in_use) {
    return Error{ErrorCode::kStorageBusy, "port " + std::to_string(options.port) + " on " + options.address +
                                              " is in use: stop the other program or choose another port"};
  }
  if (failure) return Error{ErrorCode::kNetwork, "cannot listen on " + where + ": " + failure.message()};
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const {
  error_code ignored;
  return state_->acceptor.local_endpoint(ignored).port();
}

void Server::Run() {
  State& state = *state_;
  state.signals.add(SIGTERM);
  state.signals.add(SIGINT);
  state.signals.async_wait([&state](error_code failure, int) {
    if (!failure) state.Stop();
  });
  state.Accept();
  state.context.run();
}

void Server::Post(std::function<void()> task) { asio::post(state_->context, std::move(task)); }

void Server::Stop() {
  Post([state = state_.get()] { state->Stop(); });
}

}  // namespace skerry::http
