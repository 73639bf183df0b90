// Makes keys and signs tokens the way an application's backend would, with OpenSSL. Every test has keys of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace skerry::test {

class Signer {
 public:
  // `algorithm` as in a token's header; for EdDSA `curve` is "Ed25519" or "Ed448".
  static Signer Hmac(std::string_view algorithm, std::string secret);
  static Signer Rsa(std::string_view algorithm, int bits = 2048);
  static Signer Ec(std::string_view algorithm);
  static Signer Ed(std::string_view curve);

  // The public part (or the secret) as a JWK; `extra` is put in front of the other members, e.g. R"("kid":"a",)".
  std::string Jwk(std::string_view extra = {}) const;
  // The public key as PEM text: what an attacker would use as an HMAC secret.
  std::string Pem() const;

  std::string Sign(std::string_view text) const;
  // A whole token. The header names this signer's algorithm and `kid` unless that is empty.
  std::string Token(std::string_view claims_json, std::string_view kid = {}) const;
  std::string TokenWithHeader(std::string_view header_json, std::string_view claims_json) const;

  // The signature in OpenSSL's own form: DER for ECDSA.
  std::string SignNative(std::string_view text) const;

 private:
  std::string algorithm_;
  std::string curve_;
  std::string secret_;
  std::shared_ptr<evp_pkey_st> pkey_;
};

}  // namespace skerry::test
