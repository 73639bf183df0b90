// What the log says of one sync stream: a line when it opens and one when it ends; one for each checkpoint only where
// details are asked for, because a busy source has hundreds of them a minute for each client.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "http/event_log.h"
#include "protocol/line.h"

namespace skerry::http {

// Who reads the stream. The client chose its id, so it may be anything and of any length.
struct StreamOwner {
  std::string user_id;
  std::string client_id;
  std::string user_agent;
};

struct StreamTotals {
  std::int64_t checkpoints = 0;
  std::int64_t operations = 0;
  std::int64_t bytes = 0;  // As sent.
};

// Borrows the log.
class StreamLog {
 public:
  StreamLog(const StreamOwner& owner, EventLog& log, TimePoint now);

  void Opened() const;
  // A line other than data was sent; `totals` with it.
  void Sent(const protocol::Line& line, const StreamTotals& totals, TimePoint now);
  // `how`: "closed by the client".
  void Ended(std::string_view how, const StreamTotals& totals, TimePoint now) const;

 private:
  void Checkpoint(OpId op, std::size_t buckets, std::size_t removed, const StreamTotals& totals, TimePoint now);

  StreamOwner owner_;
  std::string named_;  // "stream of alice/phone"
  EventLog& log_;
  TimePoint opened_;
  // At the checkpoint that is being sent.
  TimePoint started_;
  StreamTotals before_;
};

// At most `limit` bytes, whole characters, with dots for what is missing.
std::string Shortened(std::string_view text, std::size_t limit);

}  // namespace skerry::http
