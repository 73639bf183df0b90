#include "auth/verifier.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "auth/token.h"
#include "base/json.h"

namespace skerry::auth {
namespace {

constexpr std::string_view kUnauthorized = "PSYNC_S2101";
constexpr std::string_view kExpired = "PSYNC_S2103";
constexpr std::string_view kLifetime = "PSYNC_S2104";
constexpr std::string_view kAudience = "PSYNC_S2105";
constexpr std::string_view kRequired = "PSYNC_S2106";

constexpr std::string_view kMalformed = "Token is not a well-formed JWT. Check the token format.";
constexpr std::string_view kNoKey =
    "Could not find an appropriate key in the keystore. The key is missing or no key matched the token KID";

// The key with the token's kid is *the* key: a wrong signature there never falls through to another one. Only a token
// whose kid nobody has, or that has none, is tried with the keys without kid.
const Key* SelectKey(const std::vector<Key>& keys, const Token& token, const Algorithm& algorithm, Refusal& refusal) {
  if (token.kid && !token.kid->empty()) {
    const auto same = std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.kid() == *token.kid; });
    if (same != keys.end()) {
      if (!same->Accepts(algorithm)) {
        refusal = {kUnauthorized, "Unexpected token algorithm " + token.algorithm};
        return nullptr;
      }
      if (!same->Verify(algorithm, token.signed_text, token.signature)) {
        refusal = {kUnauthorized, "signature verification failed"};
        return nullptr;
      }
      return &*same;
    }
  }
  for (const Key& key : keys) {
    if (key.kid().empty() && key.Verify(algorithm, token.signed_text, token.signature)) return &key;
  }
  refusal = {kUnauthorized, std::string(kNoKey)};
  return nullptr;
}

// `sub` as a SQLite value in text form (3.2): text as it is, booleans as 1 and 0, numbers as JavaScript prints them,
// the rest as JSON.
std::string UserId(std::string_view sub_json) {
  JsonReader reader(sub_json);
  switch (reader.Peek()) {
    case JsonKind::kString: {
      std::string_view text;
      return reader.ReadString(text) ? std::string(text) : std::string();
    }
    case JsonKind::kTrue:
      return "1";
    case JsonKind::kFalse:
      return "0";
    case JsonKind::kNumber: {
      std::int64_t integer = 0;
      if (reader.ReadInt64(integer)) return std::to_string(integer);
      JsonReader real(sub_json);
      double value = 0;
      std::string text;
      if (real.ReadDouble(value)) AppendJsonDouble(text, value);
      return text;
    }
    default:
      return std::string(sub_json);
  }
}

const char* FirstMissing(const Claims& claims) {
  if (!claims.sub_json) return "sub";
  if (!claims.iat) return "iat";
  return claims.exp ? nullptr : "exp";
}

std::string Seconds(double value) {
  if (value < 9e15) return std::to_string(static_cast<std::int64_t>(value));
  std::string text;
  AppendJsonDouble(text, value);
  return text;
}

// The claims' own rules, in the order in which a PowerSync Service tests them.
std::optional<Refusal> CheckClaims(const Claims& claims, const VerifierOptions& options, double now) {
  if (const char* missing = FirstMissing(claims); missing != nullptr) {
    return Refusal{kUnauthorized, std::string("JWT payload is missing a required claim \"") + missing + '"'};
  }
  const double tolerance = static_cast<double>(options.clock_tolerance.count());
  if (claims.nbf && *claims.nbf > now + tolerance) return Refusal{kUnauthorized, "JWT is not active yet"};
  if (*claims.exp <= now - tolerance) return Refusal{kExpired, "JWT has expired"};

  const auto allowed = [&](const std::string& audience) {
    return std::find(options.audiences.begin(), options.audiences.end(), audience) != options.audiences.end();
  };
  if (std::none_of(claims.audiences.begin(), claims.audiences.end(), allowed)) {
    return Refusal{kAudience, "Unexpected \"aud\" claim value: " + claims.aud_json.value_or("undefined")};
  }
  // A token issued in the future would get round the limit on exp - iat, so the time left is limited as well.
  const double limit = static_cast<double>(options.max_lifetime.count());
  const double lifetime = *claims.exp - *claims.iat;
  if (const double longest = std::max(lifetime, *claims.exp - now - tolerance); longest > limit) {
    return Refusal{kLifetime, "Token must expire in a maximum of " + Seconds(limit) + " seconds, got " +
                                  Seconds(lifetime > limit ? lifetime : longest) + "s"};
  }
  if (!claims.parameters_are_object) return Refusal{kUnauthorized, "Payload parameters must be an object"};
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> Verifier::FromHeader(std::optional<std::string_view> header, Refusal& refusal) {
  refusal = {kRequired, "Authentication required"};
  if (!header) return std::nullopt;
  for (const std::string_view scheme : {std::string_view("Token "), std::string_view("Bearer ")}) {
    if (header->substr(0, scheme.size()) != scheme) continue;
    const std::string_view token = header->substr(scheme.size());
    const auto is_space = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
    if (!token.empty() && std::none_of(token.begin(), token.end(), is_space)) return token;
  }
  return std::nullopt;
}

std::optional<VerifiedToken> Verifier::Verify(std::string_view text, std::chrono::microseconds now,
                                              Refusal& refusal) const {
  const auto token = ParseToken(text);
  if (!token) {
    refusal = {kUnauthorized, std::string(kMalformed)};
    return std::nullopt;
  }
  const Algorithm* algorithm = FindAlgorithm(token->algorithm);
  if (algorithm == nullptr) {
    refusal = {kUnauthorized, "Unexpected token algorithm " + token->algorithm};
    return std::nullopt;
  }
  if (SelectKey(keys_, *token, *algorithm, refusal) == nullptr) return std::nullopt;

  const auto claims = ParseClaims(token->payload_json);
  if (!claims) {
    refusal = {kUnauthorized, std::string(kMalformed)};
    return std::nullopt;
  }
  const double now_seconds = static_cast<double>(now.count()) / 1e6;
  if (auto failed = CheckClaims(*claims, options_, now_seconds)) {
    refusal = *std::move(failed);
    return std::nullopt;
  }
  VerifiedToken verified;
  verified.user_id = UserId(*claims->sub_json);
  verified.payload_json = token->payload_json;
  verified.expires_at = std::chrono::microseconds(static_cast<std::int64_t>(std::floor(*claims->exp * 1e6)));
  return verified;
}

}  // namespace skerry::auth
