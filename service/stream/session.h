// One sync stream: pulled for its lines, one at a time, so that back-pressure is the caller not pulling
// (docs/protocol.md, sections 6, 9 and 11).
//
// Sees no clock, socket or thread: the time is an argument, and what was published comes through the Hub. The order of
// lines is a function of these and of storage.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <variant>

#include "base/random.h"
#include "base/time.h"
#include "protocol/line.h"
#include "protocol/request.h"
#include "rules/request_evaluator.h"
#include "storage/storage.h"
#include "stream/chunk_cache.h"
#include "stream/download.h"
#include "stream/identity.h"
#include "stream/keepalive.h"
#include "stream/view.h"

namespace skerry::stream {

class Hub;

struct SessionOptions {
  rules::Limits limits;
  storage::ScanLimit chunk;
  std::size_t interrupt_after = 1000;  // Operations sent before a newer checkpoint may cut a phase short (P-082).
};

// What every session of a service shares. Everything outlives the sessions.
struct SessionHost {
  std::shared_ptr<const rules::Plan> plan;  // Of the hub's latest deployment.
  storage::Reader& reader;
  ChunkCache& chunks;
  Hub& hub;
  Random& random;
  SessionOptions options;
};

// Nothing to send before `until` (monotonic clock) unless the wake function is called.
struct Waiting {
  std::chrono::milliseconds until{0};
};
struct Ended {};
// A line to encode, a data line that is encoded already and may be on its way to others too, or none.
using Step = std::variant<protocol::Line, std::shared_ptr<const SharedLine>, Waiting, Ended>;

class Session {
 public:
  // kInvalidArgument for a request whose parameters are not objects. `wake` is called, from the hub's thread, when a
  // waiting session may have something to send; it must not call back into the session.
  static Result<std::unique_ptr<Session>> Open(const SessionHost& host, Identity identity,
                                               const protocol::StreamRequest& request, protocol::EncodeOptions encoding,
                                               TimePoint now, std::function<void()> wake);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The next line. An error (storage, or kLimit for PSYNC_S2305)
  // ends the stream without a line.
  Result<Step> Next(TimePoint now);

  struct Counters {
    std::int64_t operations = 0;
    std::int64_t checkpoints = 0;
  };
  const Counters& counters() const { return counters_; }

  // For the hub.
  const std::string& user_key() const { return view_.user_key(); }
  void OnPublished(const storage::Published& published);
  void LookAgain();

 private:
  Session(const SessionHost& host, View view, const protocol::StreamRequest& request, protocol::EncodeOptions encoding,
          Keepalive keepalive, std::function<void()> wake);
  Result<std::optional<protocol::Line>> Look();

  const SessionHost& host_;
  View view_;
  Download download_;
  Keepalive keepalive_;
  std::function<void()> wake_;
  bool has_news_ = true;
  bool has_ended_ = false;
  Counters counters_;
};

}  // namespace skerry::stream
