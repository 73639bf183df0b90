// The stream of changes of one slot: XLogData and keepalives in, what is durable out.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "replication/postgres/connection.h"
#include "replication/postgres/lsn.h"

namespace skerry::replication::pg {

class ChangeStream {
 public:
  using Clock = std::chrono::steady_clock;

  // Streams what committed at `from` and later. Postgres keeps it until it is told otherwise.
  static Result<std::unique_ptr<ChangeStream>> Open(const ConnectionKeywords& keywords, const std::string& slot,
                                                    Lsn from);

  enum class Read { kMessage, kKeepalive, kNothingYet };
  // kMessage: `message` is one of pgoutput, valid until the next call. A stream that ends is an error.
  Result<Read> Next(std::string_view& message);
  // Everything that committed before this was sent, if the last read was a keepalive.
  Lsn end() const { return end_; }

  // The server waits for an answer: it may be about to shut down, which it does when everything is acknowledged.
  bool is_asked() const { return must_answer_; }

  // From the next Tend() on, Postgres may forget what is before `durable`.
  void Acknowledge(Lsn durable);
  // Answers the server where it is due. An error if it has been silent for too long, unless nobody listened.
  Status Tend(bool has_listened);
  // When to call Tend() at the latest.
  std::chrono::milliseconds UntilNextTend() const;

  int socket() const { return connection_->socket(); }

 private:
  ChangeStream(std::unique_ptr<Connection> connection, Lsn from)
      : connection_(std::move(connection)), end_(from), heard_at_(Clock::now()), told_at_(heard_at_) {}
  Status SendStatus(bool wants_answer);

  std::unique_ptr<Connection> connection_;
  Lsn end_;
  Lsn durable_{};  // 0 acknowledges nothing.
  Lsn told_{};
  bool must_answer_ = false;
  Clock::time_point heard_at_;
  Clock::time_point told_at_;
};

// Whether the stream ended because a change was made while there was no publication. Postgres looks it up as of that
// change, so making it again does not help the slot.
bool IsOfMissingPublication(const Error& error);

}  // namespace skerry::replication::pg
