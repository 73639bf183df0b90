// Decides whether a token is believed (docs/protocol.md, section 3.2).
//
// Sees no clock: the time is an argument. Immutable after construction but for the remote key sets that it asks, so one
// serves every request.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/key.h"
#include "auth/remote_keys.h"
#include "base/time.h"

namespace skerry::auth {

// A user whose token was verified.
struct VerifiedToken {
  std::string user_id;                      // `sub` as text: scopes write checkpoints ("null" for null).
  std::string payload_json;                 // All claims, one JSON object without a member twice.
  std::chrono::microseconds expires_at{0};  // Wall clock. The tolerance is not in it.
};

// Why a token was refused, in the words that a PowerSync Service uses.
struct Refusal {
  std::string code;
  std::string description;
};

struct VerifierOptions {
  std::vector<std::string> audiences;  // Empty: nobody is let in.
  std::chrono::seconds max_lifetime{86'400};
  std::chrono::seconds clock_tolerance{60};
};

// Keys that come together: static ones, or those of a remote set. Their tokens may have rules of their own (Supabase).
struct KeyGroup {
  std::vector<Key> keys;
  std::shared_ptr<RemoteKeys> remote;
  std::vector<std::string> audiences;    // Empty: those of the verifier.
  std::chrono::seconds max_lifetime{0};  // 0: that of the verifier.
};
// What Supabase issues: audience "authenticated", for up to a week and twenty minutes.
KeyGroup SupabaseRules(KeyGroup group);

class Verifier {
 public:
  Verifier(std::vector<Key> keys, VerifierOptions options);
  // `on_miss` is called when a token should make a remote key set be fetched at once.
  Verifier(std::vector<KeyGroup> groups, VerifierOptions options, std::function<void()> on_miss = {});

  // The token of an Authorization header (P-010, P-011), or nullopt and `refusal`. `header` is nullopt if the request
  // has none.
  static std::optional<std::string_view> FromHeader(std::optional<std::string_view> header, Refusal& refusal);

  // nullopt and `refusal` unless every rule holds at `now`.
  std::optional<VerifiedToken> Verify(std::string_view text, TimePoint now, Refusal& refusal) const;

 private:
  std::vector<KeyGroup> groups_;
  VerifierOptions options_;
  std::function<void()> on_miss_;
};

}  // namespace skerry::auth
