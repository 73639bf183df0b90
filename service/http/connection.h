// One client's connection: requests read, answered and written one after the other, streams pulled at its pace.
//
// Internal to the server: includes the library underneath.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "http/message.h"
#include "http/server.h"

namespace skerry::http {

class Connection;

// What connections share; lives as long as the server.
struct ConnectionHost {
  const ServerOptions& options;
  Handler& handler;
  LogSink& log;
  std::unordered_set<Connection*> open;
  bool is_stopping = false;
  std::function<void()> on_quiet;  // Called when the last connection is gone.
};

// Kept alive by the operation under way; there is always exactly one that goes on with it, besides the watch for the
// client's end while a stream waits.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, ConnectionHost& host);
  ~Connection();
  void Start();
  // Lets an answer under way end, and closes what waits or streams.
  void Stop();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void AwaitRequest();
  void ReadHead();
  void OnHead(boost::beast::error_code failure);
  void ReadBody();
  void Dispatch();
  void Answer(Response response);
  void PumpStream();
  void ReleaseBuffers();
  void AwaitNews(std::chrono::milliseconds until);
  void WatchForEnd();
  void Write(void (Connection::*next)());
  void AfterAnswer();
  void Linger();
  void Close();

  boost::beast::tcp_stream stream_;
  boost::asio::steady_timer timer_;
  ConnectionHost& host_;
  boost::beast::flat_buffer input_;
  std::optional<Parser> parser_;
  bool is_head_request_ = false;
  bool keeps_alive_ = true;
  bool is_chunked_ = false;
  bool is_idle_ = true;
  bool is_closed_ = false;
  bool is_watching_ = false;
  // What is being written: three parts, of which the last two may be empty. The second may belong to others too.
  std::string output_;
  std::shared_ptr<const std::string> shared_;
  std::string_view tail_;  // A literal.
  std::size_t written_ = 0;
  std::unique_ptr<BodySource> source_;
};

}  // namespace skerry::http
