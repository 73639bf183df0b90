// Which keys a configuration may hold.
#include "auth/key.h"

#include "support/catch.h"
#include "unit/service_auth/signer.h"

namespace skerry::auth {
namespace {

using test::Signer;

std::string Fault(const std::string& jwk) {
  const auto key = Key::FromJwk(jwk);
  return key.ok() ? "" : key.error().message;
}

}  // namespace

TEST_CASE("a key that could not verify safely is a configuration error", "[auth][P-013]") {
  const Signer rsa = Signer::Rsa("RS256");
  CHECK(Fault(rsa.Jwk(R"("kid":"k",)")).empty());
  CHECK(Fault(rsa.Jwk()) == "a key without kid: an RSA key needs a 'kid'");
  CHECK(Fault(Signer::Rsa("RS256", 1024).Jwk(R"("kid":"k",)")) == "key 'k': an RSA key must have at least 2048 bits");
  CHECK(Fault(R"({"kty":"RSA","kid":"k","n":"AQ","e":"AQAB"})") == "key 'k': an RSA key must have at least 2048 bits");
  CHECK(Fault(R"({"kty":"oct","kid":"k","k":"c2hvcnQ"})") == "key 'k': an HMAC secret must have at least 32 bytes");
  CHECK(Fault(R"({"kty":"oct","kid":"k"})") == "key 'k': member 'k' is missing");
  CHECK(Fault(R"({"kty":"oct","kid":"k","k":"not base64!"})") == "key 'k': member 'k' is not base64url");
  CHECK(Fault(R"({"kty":"dsa","kid":"k"})") == "key 'k': 'kty' is 'dsa', expected oct, RSA, EC or OKP");
  CHECK(Fault(R"({"kty":"OKP","kid":"k","crv":"X25519","x":"AA"})") ==
        "key 'k': the curve 'X25519' is not one of Ed25519, Ed448");
}

TEST_CASE("a key says what it is for, and nothing else is done with it", "[auth][P-014]") {
  const Signer signer = Signer::Ec("ES256");
  CHECK(Fault(signer.Jwk(R"("kid":"k","use":"sig","key_ops":["verify"],)")).empty());
  CHECK(Fault(signer.Jwk(R"("kid":"k","use":"enc",)")) == "key 'k': 'use' is 'enc', only 'sig' can verify tokens");
  CHECK(Fault(signer.Jwk(R"("kid":"k","key_ops":["sign"],)")) == "key 'k': 'key_ops' does not list 'verify'");
  CHECK(Fault(signer.Jwk(R"("kid":"k","alg":"HS256",)")) ==
        "key 'k': 'alg' is 'HS256', which a key of this type cannot verify");
  CHECK(Fault(signer.Jwk(R"("kid":"k","alg":"ES384",)")) ==
        "key 'k': 'alg' is 'ES384', which a key of this type cannot verify");
  CHECK(Fault(signer.Jwk(R"("kid":"k","kid":"l",)")) == "a key has its member 'kid' twice");
}

TEST_CASE("a point that is not on its curve is refused", "[auth]") {
  std::string jwk = Signer::Ec("ES256").Jwk(R"("kid":"k",)");
  const std::size_t y = jwk.find(R"("y":")") + 5;
  jwk[y] = jwk[y] == 'A' ? 'B' : 'A';
  CHECK_THAT(Fault(jwk), Catch::StartsWith("key 'k': the point ('x', 'y') is not"));
  CHECK(Fault(R"({"kty":"EC","kid":"k","crv":"P-256","x":"AQ","y":"AQ"})") ==
        "key 'k': 'x' and 'y' must have 32 bytes each on P-256");
  CHECK(Fault(R"({"kty":"EC","kid":"k","crv":"secp256k1","x":"AQ","y":"AQ"})") ==
        "key 'k': the curve 'secp256k1' is not one of P-256, P-384, P-521");
}

TEST_CASE("a secret written with padding is the same secret", "[auth]") {
  CHECK(Fault(R"({"kty":"oct","kid":"k","k":"c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M="})").empty());
}

}  // namespace skerry::auth
