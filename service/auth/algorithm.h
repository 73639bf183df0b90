// The signature algorithms of P-010: a closed list. "none" and everything else is not in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace skerry::auth {

enum class Family : std::uint8_t { kHmac, kRsa, kEcdsa, kEddsa };

struct Algorithm {
  std::string_view name;  // As in a token's header.
  Family family;
  std::string_view digest;  // OpenSSL's name; empty for EdDSA, which brings its own.
  std::string_view curve;   // ECDSA only: the one curve of the algorithm, as a JWK names it.
};

// nullptr for an algorithm that is not accepted.
const Algorithm* FindAlgorithm(std::string_view name);

}  // namespace skerry::auth
