// The keys of one remote key set, as of its last successful fetch (docs/protocol.md, P-014 and P-015).
//
// Decides when to fetch; somebody else does it. Shared by the thread that verifies tokens and the one that fetches, and
// sees no clock: `now` is monotonic time. Keys are refreshed every five minutes, used for at most an hour without
// success, and fetched early when a token names a key that is not there, at most once a minute after the first ten.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "auth/key.h"

namespace skerry::auth {

// The usable keys of a JSON Web Key Set. Secrets, keys for other purposes and keys of kinds that are not known here are
// left out: what is published can verify only public-key signatures. kConfig if `json` is not a key set.
Result<std::vector<Key>> ParseKeySet(std::string_view json);

class RemoteKeys {
 public:
  using Time = std::chrono::milliseconds;
  using Keys = std::shared_ptr<const std::vector<Key>>;

  // Null if there are none or they are too old to be believed; failure() then says why.
  Keys Current(Time now) const;
  struct Failure {
    std::string code = "PSYNC_S2204";
    std::string description = "JWKS request failed";
  };
  Failure failure() const;

  // A token names a key that is not among them. True if that makes a fetch due at once.
  bool Miss(Time now);
  // When to fetch next.
  Time Due() const;
  void Store(std::vector<Key> keys, Time now);
  void Fail(Failure failure, Time now);

 private:
  mutable std::mutex mutex_;
  Keys keys_;
  Time stored_at_{0};
  Time due_{0};
  Failure failure_;
  int failures_ = 0;
  double early_fetches_ = 10;  // A bucket of ten that fills by one per minute.
  Time filled_at_{0};
};

}  // namespace skerry::auth
