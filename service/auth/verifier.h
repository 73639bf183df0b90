// Decides whether a token is believed (docs/protocol.md, section 3.2).
//
// Sees no clock: the time of day is an argument. Immutable after construction, so one serves every request.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/key.h"

namespace skerry::auth {

// A user whose token was verified.
struct VerifiedToken {
  std::string user_id;                      // `sub` as text: scopes write checkpoints ("null" for null).
  std::string payload_json;                 // All claims, one JSON object without a member twice.
  std::chrono::microseconds expires_at{0};  // Wall clock. The tolerance is not in it.
};

// Why a token was refused, in the words that a PowerSync Service uses. `code` is a literal.
struct Refusal {
  std::string_view code;
  std::string description;
};

struct VerifierOptions {
  std::vector<std::string> audiences;  // Empty: nobody is let in.
  std::chrono::seconds max_lifetime{86'400};
  std::chrono::seconds clock_tolerance{60};
};

class Verifier {
 public:
  Verifier(std::vector<Key> keys, VerifierOptions options) : keys_(std::move(keys)), options_(std::move(options)) {}

  // The token of an Authorization header (P-010, P-011), or nullopt and `refusal`. `header` is nullopt if the request
  // has none.
  static std::optional<std::string_view> FromHeader(std::optional<std::string_view> header, Refusal& refusal);

  // nullopt and `refusal` unless every rule holds at the wall clock time `now`.
  std::optional<VerifiedToken> Verify(std::string_view text, std::chrono::microseconds now, Refusal& refusal) const;

 private:
  std::vector<Key> keys_;
  VerifierOptions options_;
};

}  // namespace skerry::auth
