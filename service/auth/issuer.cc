#include "auth/issuer.h"

#include <openssl/evp.h>

#include "auth/base64url.h"
#include "base/json.h"

namespace skerry::auth {
namespace {

constexpr std::string_view kKid = "development";

std::string Hmac(const std::string& secret, std::string_view text) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const auto* made = EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, secret.data(), secret.size(), bytes,
                               text.size(), mac, sizeof mac, &size);
  SKERRY_CHECK(made != nullptr, "HMAC-SHA256 is always there");
  return {reinterpret_cast<char*>(mac), size};
}

}  // namespace

Issuer::Issuer(std::string audience, std::chrono::seconds lifetime, Random& random)
    : audience_(std::move(audience)), lifetime_(lifetime) {
  while (secret_.size() < 32) {
    std::uint64_t bits = random.Next();
    for (int i = 0; i < 8; ++i, bits >>= 8) secret_.push_back(static_cast<char>(bits & 0xff));
  }
}

Result<Key> Issuer::VerificationKey() const {
  std::string jwk;
  JsonWriter json(jwk);
  json.BeginObject().Key("kty").String("oct").Key("alg").String("HS256").Key("kid").String(kKid);
  json.Key("k").String(EncodeBase64Url(secret_)).EndObject();
  return Key::FromJwk(jwk);
}

Issuer::Issued Issuer::Issue(std::string_view user, std::chrono::microseconds now) const {
  const auto issued_at = std::chrono::floor<std::chrono::seconds>(now);
  const auto expires_at = issued_at + lifetime_;
  std::string header;
  JsonWriter(header)
      .BeginObject()
      .Key("alg")
      .String("HS256")
      .Key("typ")
      .String("JWT")
      .Key("kid")
      .String(kKid)
      .EndObject();
  std::string claims;
  JsonWriter json(claims);
  json.BeginObject().Key("sub").String(user).Key("aud").String(audience_);
  json.Key("iat").Int(issued_at.count()).Key("exp").Int(expires_at.count()).EndObject();
  std::string text = EncodeBase64Url(header) + "." + EncodeBase64Url(claims);
  const std::string mac = Hmac(secret_, text);
  return {text + "." + EncodeBase64Url(mac), expires_at};
}

}  // namespace skerry::auth
