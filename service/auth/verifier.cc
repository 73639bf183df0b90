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

// The keys of a group at this moment.
struct Present {
  const KeyGroup* group;
  RemoteKeys::Keys remote;
  const std::vector<Key>& keys() const { return remote != nullptr ? *remote : group->keys; }
};

// The key with the token's kid is *the* key: a wrong signature there never falls through to another one. Only a token
// whose kid nobody has, or that has none, is tried with the keys without kid. Gives the key's group.
const KeyGroup* SelectKey(const std::vector<Present>& groups, const Token& token, const Algorithm& algorithm,
                          Refusal& refusal) {
  if (token.kid && !token.kid->empty()) {
    for (const Present& group : groups) {
      const auto& keys = group.keys();
      const auto same = std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.kid() == *token.kid; });
      if (same == keys.end()) continue;
      if (!same->Accepts(algorithm)) {
        refusal = {std::string(kUnauthorized), "Unexpected token algorithm " + token.algorithm};
        return nullptr;
      }
      if (!same->Verify(algorithm, token.signed_text, token.signature)) {
        refusal = {std::string(kUnauthorized), "signature verification failed"};
        return nullptr;
      }
      return group.group;
    }
  }
  for (const Present& group : groups) {
    for (const Key& key : group.keys()) {
      if (key.kid().empty() && key.Verify(algorithm, token.signed_text, token.signature)) return group.group;
    }
  }
  refusal = {std::string(kUnauthorized), std::string(kNoKey)};
  return nullptr;
}

bool NamesAKey(const std::vector<Present>& groups, const Token& token) {
  return token.kid && std::any_of(groups.begin(), groups.end(), [&](const Present& group) {
           const auto& keys = group.keys();
           return std::any_of(keys.begin(), keys.end(), [&](const Key& key) { return key.kid() == *token.kid; });
         });
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
std::optional<Refusal> CheckClaims(const Claims& claims, const KeyGroup& group, const VerifierOptions& options,
                                   double now) {
  if (const char* missing = FirstMissing(claims); missing != nullptr) {
    return Refusal{std::string(kUnauthorized),
                   std::string("JWT payload is missing a required claim \"") + missing + '"'};
  }
  const double tolerance = static_cast<double>(options.clock_tolerance.count());
  if (claims.nbf && *claims.nbf > now + tolerance) return Refusal{std::string(kUnauthorized), "JWT is not active yet"};
  if (*claims.exp <= now - tolerance) return Refusal{std::string(kExpired), "JWT has expired"};

  const std::vector<std::string>& audiences = group.audiences.empty() ? options.audiences : group.audiences;
  const auto allowed = [&](const std::string& audience) {
    return std::find(audiences.begin(), audiences.end(), audience) != audiences.end();
  };
  if (std::none_of(claims.audiences.begin(), claims.audiences.end(), allowed)) {
    return Refusal{std::string(kAudience), "Unexpected \"aud\" claim value: " + claims.aud_json.value_or("undefined")};
  }
  // A token issued in the future would get round the limit on exp - iat, so the time left is limited as well.
  const auto longest_life = group.max_lifetime.count() > 0 ? group.max_lifetime : options.max_lifetime;
  const double limit = static_cast<double>(longest_life.count());
  const double lifetime = *claims.exp - *claims.iat;
  if (const double longest = std::max(lifetime, *claims.exp - now - tolerance); longest > limit) {
    return Refusal{std::string(kLifetime), "Token must expire in a maximum of " + Seconds(limit) + " seconds, got " +
                                               Seconds(lifetime > limit ? lifetime : longest) + "s"};
  }
  if (!claims.parameters_are_object) return Refusal{std::string(kUnauthorized), "Payload parameters must be an object"};
  return std::nullopt;
}

}  // namespace

KeyGroup SupabaseRules(KeyGroup group) {
  group.audiences = {"authenticated"};
  group.max_lifetime = std::chrono::hours(7 * 24) + std::chrono::minutes(20);
  return group;
}

Verifier::Verifier(std::vector<Key> keys, VerifierOptions options) : options_(std::move(options)) {
  groups_.push_back({.keys = std::move(keys)});
}
Verifier::Verifier(std::vector<KeyGroup> groups, VerifierOptions options, std::function<void()> on_miss)
    : groups_(std::move(groups)), options_(std::move(options)), on_miss_(std::move(on_miss)) {}

std::optional<std::string_view> Verifier::FromHeader(std::optional<std::string_view> header, Refusal& refusal) {
  refusal = {std::string(kRequired), "Authentication required"};
  if (!header) return std::nullopt;
  for (const std::string_view scheme : {std::string_view("Token "), std::string_view("Bearer ")}) {
    if (header->substr(0, scheme.size()) != scheme) continue;
    const std::string_view token = header->substr(scheme.size());
    const auto is_space = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
    if (!token.empty() && std::none_of(token.begin(), token.end(), is_space)) return token;
  }
  return std::nullopt;
}

std::optional<VerifiedToken> Verifier::Verify(std::string_view text, TimePoint now, Refusal& refusal) const {
  const auto token = ParseToken(text);
  if (!token) {
    refusal = {std::string(kUnauthorized), std::string(kMalformed)};
    return std::nullopt;
  }
  const Algorithm* algorithm = FindAlgorithm(token->algorithm);
  if (algorithm == nullptr) {
    refusal = {std::string(kUnauthorized), "Unexpected token algorithm " + token->algorithm};
    return std::nullopt;
  }
  std::vector<Present> present;
  const KeyGroup* missing = nullptr;
  for (const KeyGroup& group : groups_) {
    present.push_back({&group, group.remote != nullptr ? group.remote->Current(now.monotonic) : nullptr});
    if (group.remote != nullptr && present.back().remote == nullptr) missing = &group;
  }
  const KeyGroup* group = SelectKey(present, *token, *algorithm, refusal);
  if (group == nullptr) {
    if (NamesAKey(present, *token)) return std::nullopt;
    // Perhaps the key is new: the next request may find it.
    bool is_due = false;
    for (const KeyGroup& one : groups_) is_due |= one.remote != nullptr && one.remote->Miss(now.monotonic);
    if (is_due && on_miss_) on_miss_();
    if (missing != nullptr) {
      RemoteKeys::Failure failure = missing->remote->failure();
      refusal = {std::move(failure.code), std::move(failure.description)};
    }
    return std::nullopt;
  }

  const auto claims = ParseClaims(token->payload_json);
  if (!claims) {
    refusal = {std::string(kUnauthorized), std::string(kMalformed)};
    return std::nullopt;
  }
  const double now_seconds = static_cast<double>(now.wall.count()) / 1e6;
  if (auto failed = CheckClaims(*claims, *group, options_, now_seconds)) {
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
