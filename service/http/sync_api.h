// The routes of a sync service: the stream, write checkpoints, probes (docs/protocol.md, section 2).
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "auth/verifier.h"
#include "http/compressor.h"
#include "http/event_log.h"
#include "http/message.h"
#include "http/metrics.h"
#include "storage/storage.h"
#include "stream/session.h"

namespace skerry::http {

// Who stores write checkpoints: the writer's thread, seen from the server's.
class WriteCheckpoints {
 public:
  virtual ~WriteCheckpoints() = default;
  using Done = std::function<void(Result<WriteCheckpoint>)>;
  // `done` is called on the server's thread.
  virtual void Request(storage::WriteCheckpointRequest request, Done done) = 0;
};

// What the probes report; written by the writer's thread, read by the server's.
struct Health {
  std::atomic<bool> started{false};
  std::atomic<bool> ready{false};
  // Wall clock of the writer's last step, and whether it is in the middle of one: each waits for the source, which may
  // be away, within bounds. A source that is away is no reason to end the process.
  std::atomic<std::int64_t> touched_at_ms{0};
  std::atomic<bool> is_at_work{false};
};

struct SyncApiOptions {
  std::size_t max_streams = 200;              // Beyond: 429 with an empty body.
  std::size_t max_checkpoint_requests = 200;  // Waiting at one moment: 100 running and 100 queued.
  std::size_t max_body_bytes = 1 << 20;       // P-023
};

class SyncApi final : public Handler {
 public:
  using Clock = std::function<TimePoint()>;
  // Everything is borrowed and outlives the api.
  SyncApi(const stream::SessionHost& sessions, const auth::Verifier& verifier, WriteCheckpoints& write_checkpoints,
          const Health& health, Metrics& metrics, SyncApiOptions options, Clock clock, EventLog& log);

  void Handle(Request request, Respond respond) override;
  std::size_t BodyLimit(std::string_view) const override { return options_.max_body_bytes; }

 private:
  Response OpenStream(const Request& request);
  void RequestWriteCheckpoint(const Request& request, Respond respond);
  void SupplyWriteCheckpoint(const Request& request, Respond respond);
  void StoreWriteCheckpoint(storage::WriteCheckpointRequest request, std::string_view answer_name, Respond respond);
  Response Probe(std::string_view path) const;
  std::optional<auth::VerifiedToken> Authorize(const Request& request, Response& refused) const;

  const stream::SessionHost& sessions_;
  const auth::Verifier& verifier_;
  WriteCheckpoints& write_checkpoints_;
  const Health& health_;
  Metrics& metrics_;
  SyncApiOptions options_;
  Clock clock_;
  EventLog& log_;
  CompressionState compression_;
  std::size_t waiting_requests_ = 0;
};

// Adds the headers that let any page call the service with a token (P-005).
void AddCors(Response& response);
// The answer to a preflight.
Response Preflight();

}  // namespace skerry::http
