// Endpoint and token as the app's connector gave them: kept until they are refused, expire, or another connector comes.
//
// One fetch at a time serves everybody who waits; a token fetched ahead of its predecessor's expiry is kept for the
// next stream (docs/protocol.md#tokens). The token lives here only: never in the database, a log or an error text.
#pragma once

#include <optional>
#include <string>

#include "sync/event.h"
#include "sync/outbox.h"

namespace skerry::sync {

class Credentials {
 public:
  struct Value {
    std::string endpoint;
    std::string token;
  };

  explicit Credentials(Outbox& outbox) : outbox_(outbox) {}

  const std::optional<Value>& cached() const { return cached_; }
  // Asks the host, unless an answer is under way.
  void Fetch();
  // The cached value is no good any more.
  void Invalidate();
  // Another connector: nothing of the old one counts, an answer under way neither.
  void Forget();

  // The answer to a fetch. nullopt: nobody waits for this id any more. Else kDone, or why the answer is unusable.
  std::optional<Status> Handle(const CredentialsArrived& event);
  std::optional<Status> Handle(const CredentialsFailed& event);

 private:
  Outbox& outbox_;
  std::optional<Value> cached_;
  std::optional<RequestId> awaited_;
  bool invalid_ = false;
};

}  // namespace skerry::sync
