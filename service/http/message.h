// A request and its answer as values: what routes see of HTTP. Only server.cc knows the library that speaks it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace skerry::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string target;  // As sent: path and query.
  Headers headers;
  std::string body;

  // The first header of this name, whatever its case.
  std::optional<std::string_view> Header(std::string_view name) const;
};

// A body made while it is sent. Pulled only when the connection can take more, so nothing piles up.
class BodySource {
 public:
  virtual ~BodySource() = default;

  enum class State : unsigned char {
    kMore,   // Something was appended; pull again once it is written.
    kWait,   // Nothing to send before `until` or a wake-up.
    kEnd,    // The body is complete.
    kAbort,  // The connection has to break, so that nobody takes the body for complete.
  };
  struct Pulled {
    State state = State::kEnd;
    std::chrono::milliseconds until{0};  // kWait: on the monotonic clock.
    // kMore: bytes that follow `out`, which others may be sending too. Never empty.
    std::shared_ptr<const std::string> shared = nullptr;
  };
  // Appends to `out`, which keeps nothing of it when the source waits: most streams wait most of the time.
  virtual Pulled Pull(std::string& out, TimePoint now) = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  // Instead of `body`. Made when the answer begins; the function given to it wakes a waiting source.
  std::function<std::unique_ptr<BodySource>(std::function<void()> wake)> stream;
};

// Answers requests. Called on the server's thread; `respond` is called once, on the same thread, now or later.
class Handler {
 public:
  virtual ~Handler() = default;
  using Respond = std::function<void(Response)>;
  virtual void Handle(Request request, Respond respond) = 0;
  // How long a body `target` may have.
  virtual std::size_t BodyLimit(std::string_view target) const = 0;
};

}  // namespace skerry::http
