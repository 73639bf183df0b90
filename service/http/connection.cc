#include "http/connection.h"

#include <algorithm>
#include <array>
#include <boost/beast/http/read.hpp>
#include <utility>

#include "http/service_error.h"
#include "http/wire.h"

namespace skerry::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using beast::error_code;

namespace {

constexpr std::size_t kMaxInputBytes = 64 * 1024;

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

Request ToRequest(beast::http::request<beast::http::string_body>&& message) {
  Request request;
  request.method = View(message.method_string());
  request.target = View(message.target());
  for (const auto& field : message) request.headers.emplace_back(View(field.name_string()), View(field.value()));
  request.body = std::move(message.body());
  return request;
}

// What a request that cannot be read is answered; nullopt if nobody is there to read it.
std::optional<Response> AnswerTo(error_code failure) {
  namespace fault = beast::http;
  if (failure == fault::error::body_limit) return ToResponse(BodyTooLarge());
  ServiceError error{
      .status = 400, .code = "FST_ERR_BAD_REQUEST", .name = "FastifyError", .description = "Bad Request"};
  if (failure == fault::error::header_limit) {
    error.status = 431;
    error.description = "Request header fields too large";
    return ToResponse(error);
  }
  const bool is_gone = failure == fault::error::end_of_stream || failure == fault::error::partial_message ||
                       failure.category() != fault::make_error_code(fault::error::bad_value).category();
  if (is_gone) return std::nullopt;
  return ToResponse(error);
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, ConnectionHost& host)
    : stream_(std::move(socket)), timer_(stream_.get_executor()), host_(host), input_(kMaxInputBytes) {
  host_.open.insert(this);
}

Connection::~Connection() {
  host_.open.erase(this);
  if (host_.open.empty() && host_.on_quiet) host_.on_quiet();
}

void Connection::Start() {
  error_code ignored;  // A connection without it works, only later.
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  AwaitRequest();
}

void Connection::Stop() {
  if (is_idle_ || source_ != nullptr) Close();
}

// The long wait for a request and the short one for its headers have different deadlines.
void Connection::AwaitRequest() {
  if (host_.is_stopping) return Close();
  is_idle_ = true;
  if (input_.size() > 0) return ReadHead();  // A pipelined request is here already.
  stream_.expires_after(host_.options.idle_timeout);
  stream_.async_read_some(input_.prepare(4096), [self = shared_from_this()](error_code failure, std::size_t size) {
    if (failure) return self->Close();
    self->input_.commit(size);
    self->ReadHead();
  });
}

void Connection::ReadHead() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(host_.options.max_header_bytes));
  parser_->body_limit(boost::none);  // Set when the target is known.
  stream_.expires_after(host_.options.header_timeout);
  beast::http::async_read_header(
      stream_, input_, *parser_,
      [self = shared_from_this()](error_code failure, std::size_t) { self->OnHead(failure); });
}

void Connection::OnHead(error_code failure) {
  is_idle_ = false;
  keeps_alive_ = false;
  is_chunked_ = true;
  is_head_request_ = false;
  if (failure) {
    auto answer = AnswerTo(failure);
    return answer ? Answer(*std::move(answer)) : Close();
  }
  const auto& head = parser_->get();
  keeps_alive_ = head.keep_alive();
  is_chunked_ = head.version() >= 11;
  is_head_request_ = head.method() == beast::http::verb::head;

  const std::size_t limit = host_.handler.BodyLimit(View(head.target()));
  parser_->body_limit(limit);
  if (const auto length = parser_->content_length(); length && *length > limit) {
    keeps_alive_ = false;
    return Answer(ToResponse(BodyTooLarge()));
  }
  if (!parser_->is_done() && View(head[beast::http::field::expect]) == "100-continue") {
    output_ = "HTTP/1.1 100 Continue\r\n\r\n";
    return Write(&Connection::ReadBody);
  }
  ReadBody();
}

void Connection::ReadBody() {
  if (parser_->is_done()) return Dispatch();
  stream_.expires_after(host_.options.body_timeout);
  beast::http::async_read(stream_, input_, *parser_, [self = shared_from_this()](error_code failure, std::size_t) {
    if (!failure) return self->Dispatch();
    self->keeps_alive_ = false;
    auto answer = AnswerTo(failure);
    answer ? self->Answer(*std::move(answer)) : self->Close();
  });
}

void Connection::Dispatch() {
  stream_.expires_never();
  if (host_.is_stopping) {
    keeps_alive_ = false;
    return Answer(ToResponse(ShuttingDown()));
  }
  Request request = ToRequest(parser_->release());
  if (is_head_request_) request.method = "GET";
  host_.handler.Handle(std::move(request),
                       [self = shared_from_this()](Response response) { self->Answer(std::move(response)); });
}

void Connection::Answer(Response response) {
  if (is_closed_) return;
  if (response.stream) {
    // The source outlives neither this connection nor its end: a weak pointer keeps the wake-up harmless.
    source_ = response.stream([weak = weak_from_this()] {
      if (auto self = weak.lock()) self->timer_.cancel();
    });
    if (source_ == nullptr) response = ToResponse(Internal("The stream could not be opened"));
  }
  const Framing framing = source_ == nullptr ? Framing::kLength
                          : is_chunked_      ? Framing::kChunked
                                             : Framing::kConnection;
  if (framing == Framing::kConnection || host_.is_stopping) keeps_alive_ = false;
  output_.clear();
  AppendHead(output_, response, framing, keeps_alive_);
  if (source_ != nullptr) return Write(&Connection::PumpStream);
  if (!is_head_request_) output_ += response.body;
  Write(&Connection::AfterAnswer);
}

void Connection::PumpStream() {
  if (is_closed_) return;
  std::string piece;
  BodySource::Pulled pulled = source_->Pull(piece, SystemNow());
  output_.clear();
  shared_ = std::move(pulled.shared);
  if (!is_chunked_) {
    output_ = std::move(piece);
  } else if (const std::size_t size = piece.size() + (shared_ == nullptr ? 0 : shared_->size()); size > 0) {
    AppendChunkHead(output_, size);
    output_ += piece;
    if (shared_ == nullptr)
      output_ += kChunkEnd;
    else
      tail_ = kChunkEnd;
  }
  switch (pulled.state) {
    case BodySource::State::kAbort:
      return Close();
    case BodySource::State::kEnd:
      if (is_chunked_) output_ += kLastChunk;
      source_.reset();
      return Write(&Connection::AfterAnswer);
    case BodySource::State::kMore:
      return Write(&Connection::PumpStream);
    case BodySource::State::kWait:
      if (!output_.empty()) return Write(&Connection::PumpStream);
      return AwaitNews(pulled.until);
  }
}

// What is idle keeps no buffers: most connections are, most of the time.
void Connection::ReleaseBuffers() {
  std::string().swap(output_);
  if (input_.size() == 0) input_.shrink_to_fit();
  parser_.reset();
}

void Connection::AwaitNews(std::chrono::milliseconds until) {
  ReleaseBuffers();
  stream_.expires_never();
  WatchForEnd();
  timer_.expires_at(std::chrono::steady_clock::time_point(until));
  timer_.async_wait([self = shared_from_this()](error_code) { self->PumpStream(); });
}

// A client that goes away while nothing is sent to it is noticed by its socket becoming readable without bytes. If
// bytes come instead (a pipelined request), the next write will tell.
void Connection::WatchForEnd() {
  if (std::exchange(is_watching_, true)) return;
  stream_.socket().async_wait(asio::ip::tcp::socket::wait_read, [weak = weak_from_this()](error_code failure) {
    const auto self = weak.lock();
    if (!self || self->source_ == nullptr) return;
    error_code ignored;
    if (failure || self->stream_.socket().available(ignored) == 0) return self->Close();
  });
}

void Connection::Write(void (Connection::*next)()) {
  if (is_closed_) return;
  const std::string_view shared = shared_ == nullptr ? std::string_view() : *shared_;
  if (written_ == output_.size() + shared.size() + tail_.size()) {
    written_ = 0;
    shared_.reset();
    tail_ = {};
    return (this->*next)();
  }
  std::array<asio::const_buffer, 3> left;
  std::size_t skipped = written_;
  std::size_t count = 0;
  for (const std::string_view part : {std::string_view(output_), shared, tail_}) {
    const std::size_t gone = std::min(skipped, part.size());
    skipped -= gone;
    left[count++] = asio::buffer(part.data() + gone, part.size() - gone);
  }
  stream_.expires_after(host_.options.stall_timeout);
  stream_.async_write_some(left, [self = shared_from_this(), next](error_code failure, std::size_t size) {
    if (failure) return self->Close();
    self->written_ += size;
    self->Write(next);
  });
}

void Connection::AfterAnswer() {
  is_watching_ = false;
  ReleaseBuffers();
  if (keeps_alive_ && !host_.is_stopping) return AwaitRequest();
  Linger();
}

// Closing with unread bytes would reset the connection, and the client might never see the answer: what it still sends
// is read and thrown away for a moment.
void Connection::Linger() {
  error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  input_.clear();
  is_idle_ = true;
  if (host_.is_stopping) return Close();
  stream_.expires_after(std::chrono::seconds(2));
  struct Drain {
    std::shared_ptr<Connection> self;
    std::size_t left;
    void operator()(error_code failure, std::size_t size) {
      if (failure || size >= left) return self->Close();
      left -= size;
      auto& stream = self->stream_;  // The deadline stays where it is: slow senders do not prolong it.
      auto buffer = self->input_.prepare(kMaxInputBytes);
      stream.async_read_some(buffer, std::move(*this));
    }
  };
  constexpr std::size_t kMaxDrained = 256u << 20;
  Drain{shared_from_this(), kMaxDrained}(error_code(), 0);
}

void Connection::Close() {
  if (std::exchange(is_closed_, true)) return;
  source_.reset();
  timer_.cancel();
  stream_.close();
}

}  // namespace skerry::http
