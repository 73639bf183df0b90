// Which tokens are believed. The traps are those that other verifiers fell into; each token here is made with a real
// key.
#include "auth/verifier.h"

#include <string>
#include <vector>

#include "auth/base64url.h"
#include "support/catch.h"
#include "unit/service_auth/signer.h"

namespace skerry::auth {
namespace {

using test::Signer;

constexpr std::int64_t kNow = 1'800'000'000;
const std::string kSecret(32, 's');

std::string Claims(std::int64_t iat, std::int64_t exp, std::string rest = R"("sub":"alice","aud":"app")") {
  return R"({"iat":)" + std::to_string(iat) + R"(,"exp":)" + std::to_string(exp) + "," + rest + "}";
}
std::string GoodClaims() { return Claims(kNow, kNow + 3600); }

// What a verifier with these keys says: the user id, or "code: description".
std::string Verdict(const std::vector<std::string>& jwks, const std::string& token,
                    VerifierOptions options = {{"app"}}) {
  std::vector<Key> keys;
  for (const std::string& jwk : jwks) {
    auto key = Key::FromJwk(jwk);
    if (!key.ok()) return "config: " + key.error().message;
    keys.push_back(*std::move(key));
  }
  const Verifier verifier(std::move(keys), std::move(options));
  Refusal refusal;
  const auto verified = verifier.Verify(token, {std::chrono::milliseconds(0), std::chrono::seconds(kNow)}, refusal);
  return verified ? "user " + verified->user_id : std::string(refusal.code) + ": " + refusal.description;
}

std::string VerdictOnClaims(const std::string& claims, VerifierOptions options = {{"app"}}) {
  const Signer signer = Signer::Hmac("HS256", kSecret);
  return Verdict({signer.Jwk(R"("kid":"k",)")}, signer.Token(claims, "k"), std::move(options));
}

const std::string kMalformed = "PSYNC_S2101: Token is not a well-formed JWT. Check the token format.";
const std::string kBadSignature = "PSYNC_S2101: signature verification failed";
const std::string kNoKey =
    "PSYNC_S2101: Could not find an appropriate key in the keystore. The key is missing or no key matched the token "
    "KID";

}  // namespace

TEST_CASE("every accepted algorithm verifies its own signature and no altered one", "[auth][P-010]") {
  std::vector<Signer> signers;
  for (const char* name : {"HS256", "HS384", "HS512"}) signers.push_back(Signer::Hmac(name, std::string(64, 'x')));
  for (const char* name : {"RS256", "RS384", "RS512"}) signers.push_back(Signer::Rsa(name));
  for (const char* name : {"ES256", "ES384", "ES512"}) signers.push_back(Signer::Ec(name));
  for (const char* curve : {"Ed25519", "Ed448"}) signers.push_back(Signer::Ed(curve));

  for (const Signer& signer : signers) {
    const std::string token = signer.Token(GoodClaims(), "k");
    const std::string jwk = signer.Jwk(R"("kid":"k",)");
    INFO(jwk);
    CHECK(Verdict({jwk}, token) == "user alice");
    std::string altered = *DecodeBase64Url(token.substr(token.rfind('.') + 1));
    altered[altered.size() / 2] = static_cast<char>(altered[altered.size() / 2] ^ 1);
    CHECK(Verdict({jwk}, token.substr(0, token.rfind('.') + 1) + EncodeBase64Url(altered)) == kBadSignature);
  }
}

TEST_CASE("the algorithm none is never accepted", "[auth]") {
  const Signer signer = Signer::Hmac("HS256", kSecret);
  for (const char* name : {"none", "None", "NONE", "HS1", "PS256", "RSA-OAEP", ""}) {
    const std::string head = EncodeBase64Url(R"({"alg":")" + std::string(name) + R"(","kid":"k"})");
    const std::string unsigned_token = head + "." + EncodeBase64Url(GoodClaims()) + ".";
    INFO(name);
    CHECK_THAT(Verdict({signer.Jwk(R"("kid":"k",)")}, unsigned_token), Catch::StartsWith("PSYNC_S2101: "));
  }
}

TEST_CASE("a public RSA key cannot be used as an HMAC secret", "[auth]") {
  const Signer rsa = Signer::Rsa("RS256");
  const Signer forger = Signer::Hmac("HS256", rsa.Pem());
  CHECK(Verdict({rsa.Jwk(R"("kid":"k",)")}, forger.Token(GoodClaims(), "k")) ==
        "PSYNC_S2101: Unexpected token algorithm HS256");
  CHECK(Verdict({rsa.Jwk(R"("kid":"k","alg":"RS256",)")}, forger.Token(GoodClaims())) == kNoKey);
}

TEST_CASE("the key with the token's kid is final", "[auth]") {
  const Signer first = Signer::Hmac("HS256", kSecret);
  const Signer second = Signer::Hmac("HS256", std::string(32, 't'));
  const std::vector<std::string> keys = {first.Jwk(R"("kid":"a",)"), second.Jwk(R"("kid":"b",)"), second.Jwk()};
  CHECK(Verdict(keys, second.Token(GoodClaims(), "b")) == "user alice");
  CHECK(Verdict(keys, second.Token(GoodClaims(), "a")) == kBadSignature);  // Neither b nor the wildcard steps in.
  CHECK(Verdict(keys, first.Token(GoodClaims(), "b")) == kBadSignature);
}

TEST_CASE("a token whose kid nobody has, or without kid, is tried with the keys without kid", "[auth][P-013]") {
  const Signer named = Signer::Hmac("HS256", kSecret);
  const Signer other = Signer::Ec("ES256");
  const Signer wildcard = Signer::Ed("Ed25519");
  const std::vector<std::string> keys = {named.Jwk(R"("kid":"a",)"), other.Jwk(), wildcard.Jwk()};
  CHECK(Verdict(keys, wildcard.Token(GoodClaims())) == "user alice");
  CHECK(Verdict(keys, wildcard.Token(GoodClaims(), "unheard-of")) == "user alice");
  CHECK(Verdict(keys, named.Token(GoodClaims())) == kNoKey);
  CHECK(Verdict({named.Jwk(R"("kid":"a",)")}, named.Token(GoodClaims(), "unheard-of")) == kNoKey);
  for (const char* kid : {"../a", "a' OR '1'='1", "a%00", "A"}) {
    CHECK(Verdict({named.Jwk(R"("kid":"a",)")}, named.Token(GoodClaims(), kid)) == kNoKey);
  }
}

TEST_CASE("a key's own alg has to be the token's", "[auth]") {
  const Signer signer = Signer::Hmac("HS512", std::string(64, 'x'));
  CHECK(Verdict({signer.Jwk(R"("kid":"k","alg":"HS256",)")}, signer.Token(GoodClaims(), "k")) ==
        "PSYNC_S2101: Unexpected token algorithm HS512");
  CHECK(Verdict({signer.Jwk(R"("kid":"k","alg":"HS512",)")}, signer.Token(GoodClaims(), "k")) == "user alice");
}

TEST_CASE("an ECDSA signature is r and s of exact length, never DER", "[auth]") {
  const Signer signer = Signer::Ec("ES256");
  const std::string jwk = signer.Jwk(R"("kid":"k",)");
  const std::string text = EncodeBase64Url(R"({"alg":"ES256","kid":"k"})") + "." + EncodeBase64Url(GoodClaims());
  const std::string raw = signer.Sign(text);
  CHECK(Verdict({jwk}, text + "." + EncodeBase64Url(raw)) == "user alice");
  CHECK(Verdict({jwk}, text + "." + EncodeBase64Url(signer.SignNative(text))) == kBadSignature);
  CHECK(Verdict({jwk}, text + "." + EncodeBase64Url(raw + '\0')) == kBadSignature);
  CHECK(Verdict({jwk}, text + "." + EncodeBase64Url(raw.substr(1))) == kBadSignature);
  CHECK(Verdict({jwk}, text + "." + EncodeBase64Url(std::string(64, '\0'))) == kBadSignature);
  CHECK(Verdict({jwk}, text + ".") == kBadSignature);
}

TEST_CASE("an algorithm belongs to one curve", "[auth]") {
  const Signer p384 = Signer::Ec("ES384");
  const std::string token = p384.TokenWithHeader(R"({"alg":"ES256","kid":"k"})", GoodClaims());
  CHECK(Verdict({p384.Jwk(R"("kid":"k",)")}, token) == "PSYNC_S2101: Unexpected token algorithm ES256");
}

TEST_CASE("text that is not a well-formed token is named as such", "[auth]") {
  const Signer signer = Signer::Hmac("HS256", kSecret);
  const std::vector<std::string> keys = {signer.Jwk(R"("kid":"k",)")};
  const std::string token = signer.Token(GoodClaims(), "k");
  REQUIRE(Verdict(keys, token) == "user alice");
  const std::vector<std::string> malformed = {
      "",
      ".",
      "..",
      "...",
      "a",
      "not.a.token",
      token + ".",
      token + ".x",
      token.substr(0, token.rfind('.')),
      " " + token,
      token + "=",
      "." + token,
      signer.TokenWithHeader("[]", GoodClaims()),
      signer.TokenWithHeader(R"({"kid":"k"})", GoodClaims()),
      signer.TokenWithHeader(R"({"alg":5,"kid":"k"})", GoodClaims()),
      signer.TokenWithHeader(R"({"alg":"HS256","kid":7})", GoodClaims()),
      signer.TokenWithHeader(R"({"alg":"HS256","kid":"k"} x)", GoodClaims()),
      signer.TokenWithHeader(R"({"alg":"HS256","kid":"k","crit":["exp"]})", GoodClaims()),
      signer.Token("[1]", "k"),
      signer.Token("{", "k"),
      signer.Token("", "k"),
      signer.Token(std::string(200, '[') + std::string(200, ']'), "k")};
  for (const std::string& text : malformed) {
    INFO(text);
    CHECK(Verdict(keys, text) == kMalformed);
  }
}

TEST_CASE("a member that stands twice makes a token malformed", "[auth]") {
  const Signer signer = Signer::Hmac("HS256", kSecret);
  const std::vector<std::string> keys = {signer.Jwk(R"("kid":"k",)")};
  CHECK(Verdict(keys, signer.TokenWithHeader(R"({"alg":"HS256","alg":"HS256","kid":"k"})", GoodClaims())) ==
        kMalformed);
  const std::string twice = Claims(kNow, kNow + 60, R"("sub":"alice","sub":"bob","aud":"app")");
  CHECK(Verdict(keys, signer.Token(twice, "k")) == kMalformed);
  const std::string escaped = Claims(kNow, kNow + 60, R"("sub":"alice","\u0073ub":"bob","aud":"app")");
  CHECK(Verdict(keys, signer.Token(escaped, "k")) == kMalformed);
}

TEST_CASE("base64url that is not canonical is refused", "[auth]") {
  CHECK(DecodeBase64Url("") == "");
  CHECK(DecodeBase64Url("-_8") == "\xfb\xff");
  CHECK(DecodeBase64Url("AA") == std::string(1, '\0'));
  for (const char* text : {"A", "AB", "AAB", "AA==", "+/8", "A A", "AAAAA", "A\nAA"}) {
    INFO(text);
    CHECK_FALSE(DecodeBase64Url(text).has_value());
  }
  // The last character of a signature of 32 bytes has two spare bits: three other texts would decode alike.
  const Signer signer = Signer::Hmac("HS256", kSecret);
  std::string token = signer.Token(GoodClaims(), "k");
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  token.back() = alphabet[alphabet.find(token.back()) + 1];
  CHECK(Verdict({signer.Jwk(R"("kid":"k",)")}, token) == kMalformed);
  for (int byte = 0; byte < 256; ++byte) {
    const std::string bytes(static_cast<std::size_t>(byte % 7), static_cast<char>(byte));
    CHECK(DecodeBase64Url(EncodeBase64Url(bytes)) == bytes);
  }
}

TEST_CASE("sub, iat, exp and aud are required", "[auth]") {
  CHECK(VerdictOnClaims(R"({"iat":1800000000,"exp":1800000060,"aud":"app"})") ==
        "PSYNC_S2101: JWT payload is missing a required claim \"sub\"");
  CHECK(VerdictOnClaims(R"({"sub":"alice","exp":1800000060,"aud":"app"})") ==
        "PSYNC_S2101: JWT payload is missing a required claim \"iat\"");
  CHECK(VerdictOnClaims(R"({"sub":"alice","iat":1800000000,"aud":"app"})") ==
        "PSYNC_S2101: JWT payload is missing a required claim \"exp\"");
  CHECK(VerdictOnClaims(R"({"sub":"alice","iat":1800000000,"exp":1800000060})") ==
        "PSYNC_S2105: Unexpected \"aud\" claim value: undefined");
}

TEST_CASE("times are numbers", "[auth]") {
  for (const char* time : {"\"1800000060\"", "null", "true", "[]", "1e999"}) {
    INFO(time);
    CHECK(VerdictOnClaims(R"({"sub":"a","aud":"app","iat":1800000000,"exp":)" + std::string(time) + "}") == kMalformed);
  }
  CHECK(VerdictOnClaims(R"({"sub":"a","aud":"app","iat":1800000000.5,"exp":1.80000006e9})") == "user a");
}

TEST_CASE("exp and nbf have a tolerance of 60 seconds", "[auth]") {
  CHECK(VerdictOnClaims(Claims(kNow - 600, kNow)) == "user alice");
  CHECK(VerdictOnClaims(Claims(kNow - 600, kNow - 59)) == "user alice");
  CHECK(VerdictOnClaims(Claims(kNow - 600, kNow - 60)) == "PSYNC_S2103: JWT has expired");
  CHECK(VerdictOnClaims(Claims(kNow - 600, -1)) == "PSYNC_S2103: JWT has expired");
  const std::string rest = R"("sub":"alice","aud":"app","nbf":)";
  CHECK(VerdictOnClaims(Claims(kNow, kNow + 600, rest + std::to_string(kNow + 60))) == "user alice");
  CHECK(VerdictOnClaims(Claims(kNow, kNow + 600, rest + std::to_string(kNow + 61))) ==
        "PSYNC_S2101: JWT is not active yet");
}

TEST_CASE("a token lives at most a day, also one that says it was issued in the future", "[auth]") {
  CHECK(VerdictOnClaims(Claims(kNow, kNow + 86'400)) == "user alice");
  CHECK(VerdictOnClaims(Claims(kNow, kNow + 100'000)) ==
        "PSYNC_S2104: Token must expire in a maximum of 86400 seconds, got 100000s");
  CHECK(VerdictOnClaims(Claims(kNow + 1'000'000, kNow + 1'000'100)) ==
        "PSYNC_S2104: Token must expire in a maximum of 86400 seconds, got 1000040s");
  CHECK_THAT(VerdictOnClaims(R"({"sub":"a","aud":"app","iat":1e300,"exp":1e300})"), Catch::StartsWith("PSYNC_S2104: "));
  CHECK_THAT(VerdictOnClaims(R"({"sub":"a","aud":"app","iat":0,"exp":1e18})"), Catch::StartsWith("PSYNC_S2104: "));
}

TEST_CASE("aud has to name an allowed audience", "[auth]") {
  const auto with = [](const std::string& aud) { return Claims(kNow, kNow + 60, R"("sub":"alice","aud":)" + aud); };
  CHECK(VerdictOnClaims(with(R"(["elsewhere","app"])")) == "user alice");
  CHECK(VerdictOnClaims(with(R"([1,null,"app"])")) == "user alice");
  CHECK(VerdictOnClaims(with(R"("elsewhere")")) == "PSYNC_S2105: Unexpected \"aud\" claim value: \"elsewhere\"");
  CHECK(VerdictOnClaims(with(R"(["a","b"])")) == "PSYNC_S2105: Unexpected \"aud\" claim value: [\"a\",\"b\"]");
  CHECK(VerdictOnClaims(with("[]")) == "PSYNC_S2105: Unexpected \"aud\" claim value: []");
  CHECK(VerdictOnClaims(with(R"({"app":1})")) == "PSYNC_S2105: Unexpected \"aud\" claim value: {\"app\":1}");
  CHECK_THAT(VerdictOnClaims(with(R"("app")"), VerifierOptions{}), Catch::StartsWith("PSYNC_S2105: "));
}

TEST_CASE("sub of any type becomes the user id as text", "[auth]") {
  const auto user = [](const std::string& sub) {
    return VerdictOnClaims(Claims(kNow, kNow + 60, R"("aud":"app","sub":)" + sub));
  };
  CHECK(user(R"("caf\u00e9")") == "user caf\xc3\xa9");
  CHECK(user("42") == "user 42");
  CHECK(user("1.5") == "user 1.5");
  CHECK(user("true") == "user 1");
  CHECK(user("false") == "user 0");
  CHECK(user("null") == "user null");
  CHECK(user(R"(["a",1])") == R"(user ["a",1])");
}

TEST_CASE("the parameters claim is an object or absent", "[auth]") {
  const auto with = [](const std::string& parameters) {
    return VerdictOnClaims(Claims(kNow, kNow + 60, R"("sub":"alice","aud":"app","parameters":)" + parameters));
  };
  CHECK(with("{}") == "user alice");
  CHECK(with("null") == "user alice");
  CHECK(with("[]") == "PSYNC_S2101: Payload parameters must be an object");
  CHECK(with("\"x\"") == "PSYNC_S2101: Payload parameters must be an object");
}

TEST_CASE("an Authorization header is a scheme, one space and a token", "[auth][P-010][P-011]") {
  Refusal refusal;
  CHECK(Verifier::FromHeader("Token abc", refusal) == "abc");
  CHECK(Verifier::FromHeader("Bearer abc", refusal) == "abc");
  for (const char* header : {"", "Token", "Token ", "Token  abc", "token abc", "BEARER abc", "Basic abc", "Token a b",
                             "abc", " Token abc", "Token abc ", "Token\tabc"}) {
    INFO(header);
    CHECK_FALSE(Verifier::FromHeader(header, refusal).has_value());
    CHECK(refusal.code == "PSYNC_S2106");
    CHECK(refusal.description == "Authentication required");
  }
  CHECK_FALSE(Verifier::FromHeader(std::nullopt, refusal).has_value());
}

}  // namespace skerry::auth
