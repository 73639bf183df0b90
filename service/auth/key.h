// One verification key, made from an entry of `client_auth.jwks.keys`.
//
// A key knows its own family, and verification follows the key, never the token: an RSA public key cannot be used as an
// HMAC secret, whatever a token's header says.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "auth/algorithm.h"
#include "base/result.h"

struct evp_pkey_st;

namespace skerry::auth {

class Key {
 public:
  // From the JSON text of one JWK. kConfig for anything that could not verify a signature safely: unknown kty or curve,
  // RSA below 2048 bits or without kid (P-013), an HMAC secret below 32 bytes, `use` other than "sig", `key_ops`
  // without "verify", an `alg` of another family.
  static Result<Key> FromJwk(std::string_view jwk_json);

  // Empty for a wildcard key.
  const std::string& kid() const { return kid_; }

  // Whether this key may check a token that names `algorithm` (the JWK's own `alg` if it has one, else its family, and
  // for ECDSA its curve).
  bool Accepts(const Algorithm& algorithm) const;

  // Whether `signature` over `signed_text` is this key's. False for an algorithm that the key does not accept.
  bool Verify(const Algorithm& algorithm, std::string_view signed_text, std::string_view signature) const;

 private:
  struct FreePkey {
    void operator()(evp_pkey_st* pkey) const;
  };

  Family family_ = Family::kHmac;
  std::string kid_;
  std::string alg_;     // Empty: any of the family.
  std::string curve_;   // ECDSA only.
  std::string secret_;  // HMAC only.
  std::unique_ptr<evp_pkey_st, FreePkey> public_key_;
};

}  // namespace skerry::auth
