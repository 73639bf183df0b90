// Which keys of a remote set are used, for how long, and when they are fetched again; and the tokens they decide on.
#include "auth/remote_keys.h"

#include "auth/verifier.h"
#include "support/catch.h"
#include "unit/service_auth/signer.h"

namespace skerry::auth {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::Signer;

constexpr std::int64_t kNow = 1'800'000'000;

std::string Set(const std::vector<std::string>& jwks) {
  std::string json = R"({"keys":[)";
  for (const std::string& jwk : jwks) json += (json.back() == '[' ? "" : ",") + jwk;
  return json + "]}";
}

std::string Claims(std::int64_t life, const std::string& audience) {
  return R"({"sub":"alice","iat":)" + std::to_string(kNow) + R"(,"exp":)" + std::to_string(kNow + life) +
         R"(,"aud":")" + audience + "\"}";
}

// A verifier with one remote set, and what it says.
struct World {
  std::shared_ptr<RemoteKeys> remote = std::make_shared<RemoteKeys>();
  std::vector<KeyGroup> groups;
  int misses = 0;

  std::string Verdict(const std::string& token, milliseconds now = milliseconds(0)) {
    std::vector<KeyGroup> all = std::move(groups);
    groups.clear();
    all.push_back({.keys = {}, .remote = remote});
    const Verifier verifier(std::move(all), {{"app"}}, [this] { ++misses; });
    Refusal refusal;
    const auto verified = verifier.Verify(token, {now, seconds(kNow)}, refusal);
    return verified ? "user " + verified->user_id : refusal.code + ": " + refusal.description;
  }
  void Store(const std::vector<std::string>& jwks, milliseconds now = milliseconds(0)) {
    auto keys = ParseKeySet(Set(jwks));
    REQUIRE(keys.ok());
    remote->Store(*std::move(keys), now);
  }
};

}  // namespace

TEST_CASE("of a remote key set only public keys for signatures are used", "[auth][jwks][P-014]") {
  const Signer rsa = Signer::Rsa("RS256");
  const Signer ec = Signer::Ec("ES256");
  const Signer ed = Signer::Ed("Ed25519");
  const Signer secret = Signer::Hmac("HS256", std::string(32, 's'));
  const auto keys =
      ParseKeySet(Set({rsa.Jwk(R"("kid":"r",)"), secret.Jwk(R"("kid":"s",)"), ec.Jwk(R"("kid":"e","use":"sig",)"),
                       ec.Jwk(R"("kid":"other","use":"enc",)"), ec.Jwk(R"("kid":"signs","key_ops":["sign"],)"),
                       ed.Jwk(), rsa.Jwk(), R"({"kty":"unknown"})", "7"}));
  REQUIRE(keys.ok());
  std::vector<std::string> kids;
  for (const Key& key : *keys) kids.push_back(key.kid());
  CHECK(kids == std::vector<std::string>{"r", "e", ""});
  for (const char* wrong : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[)", R"({"keys":[]} x)"}) {
    INFO(wrong);
    CHECK_FALSE(ParseKeySet(wrong).ok());
  }
}

TEST_CASE("a remote key decides on its tokens, and no other", "[auth][jwks]") {
  const Signer key = Signer::Ec("ES256");
  const Signer other = Signer::Ec("ES256");
  World world;
  world.Store({key.Jwk(R"("kid":"k1",)")});
  CHECK(world.Verdict(key.Token(Claims(3600, "app"), "k1")) == "user alice");
  CHECK(world.Verdict(other.Token(Claims(3600, "app"), "k1")) == "PSYNC_S2101: signature verification failed");
  CHECK(world.misses == 0);
}

TEST_CASE("a remote RSA key is no secret for HMAC, and a remote secret is no key", "[auth][jwks][hostile]") {
  const Signer rsa = Signer::Rsa("RS256");
  World world;
  const Signer secret = Signer::Hmac("HS256", std::string(32, 's'));
  world.Store({rsa.Jwk(R"("kid":"k1",)"), secret.Jwk(R"("kid":"k2",)")});
  const Signer forger = Signer::Hmac("HS256", rsa.Pem());
  CHECK(world.Verdict(forger.Token(Claims(3600, "app"), "k1")) == "PSYNC_S2101: Unexpected token algorithm HS256");
  CHECK_THAT(world.Verdict(secret.Token(Claims(3600, "app"), "k2")),
             Catch::Contains("Could not find an appropriate key"));
}

TEST_CASE("a token with an unknown kid makes the set be fetched, ten times and then once a minute",
          "[auth][jwks][P-015]") {
  const Signer key = Signer::Ec("ES256");
  World world;
  world.Store({key.Jwk(R"("kid":"old",)")});
  const std::string token = key.Token(Claims(3600, "app"), "new");
  milliseconds now{0};
  for (int i = 0; i < 50; ++i) {
    now += milliseconds(10);
    CHECK_THAT(world.Verdict(token, now), Catch::Contains("Could not find an appropriate key"));
    if (world.remote->Due() <= now) world.Store({key.Jwk(R"("kid":"old",)")}, now);
  }
  CHECK(world.misses == 10);
  now += minutes(2);
  for (int i = 0; i < 50; ++i) {
    now += milliseconds(10);
    world.Verdict(token, now);
    if (world.remote->Due() <= now) world.Store({key.Jwk(R"("kid":"old",)")}, now);
  }
  CHECK(world.misses == 12);
  world.Store({key.Jwk(R"("kid":"new",)")}, now);  // The rotation arrives.
  CHECK(world.Verdict(token, now) == "user alice");
}

TEST_CASE("many misses at once ask for one fetch", "[auth][jwks][P-015]") {
  RemoteKeys keys;
  keys.Store({}, milliseconds(1000));
  CHECK(keys.Miss(milliseconds(2000)));
  CHECK_FALSE(keys.Miss(milliseconds(2000)));
  CHECK_FALSE(keys.Miss(milliseconds(2001)));
}

TEST_CASE("keys are fetched again after five minutes and believed for an hour without success", "[auth][jwks][P-015]") {
  const Signer key = Signer::Ec("ES256");
  const std::string token = key.Token(Claims(3600, "app"), "k1");
  World world;
  CHECK(world.Verdict(token) == "PSYNC_S2204: JWKS request failed");  // Nothing was fetched yet.
  world.Store({key.Jwk(R"("kid":"k1",)")}, milliseconds(1000));
  CHECK(world.remote->Due() == milliseconds(1000) + minutes(5));
  world.remote->Fail({}, minutes(6));
  CHECK(world.remote->Due() == minutes(6) + seconds(1));
  world.remote->Fail({}, minutes(7));
  CHECK(world.remote->Due() == minutes(7) + seconds(2));
  for (int i = 0; i < 20; ++i) world.remote->Fail({}, minutes(8));
  CHECK(world.remote->Due() == minutes(9));
  CHECK(world.Verdict(token, minutes(59)) == "user alice");
  CHECK(world.Verdict(token, minutes(61)) == "PSYNC_S2204: JWKS request failed");
  world.remote->Fail({"PSYNC_S2203", "IPs in this range are not supported"}, minutes(62));
  CHECK(world.Verdict(token, minutes(62)) == "PSYNC_S2203: IPs in this range are not supported");
}

TEST_CASE("a static key is used before a remote one of the same kid", "[auth][jwks]") {
  const Signer ours = Signer::Ec("ES256");
  const Signer theirs = Signer::Ec("ES256");
  const auto verdict = [&](const Signer& signer) {
    World world;
    world.Store({theirs.Jwk(R"("kid":"k",)")});
    auto key = Key::FromJwk(ours.Jwk(R"("kid":"k",)"));
    KeyGroup group;
    group.keys.push_back(*std::move(key));
    world.groups.push_back(std::move(group));
    return world.Verdict(signer.Token(Claims(3600, "app"), "k"));
  };
  CHECK(verdict(ours) == "user alice");
  CHECK(verdict(theirs) == "PSYNC_S2101: signature verification failed");
}

TEST_CASE("Supabase's keys have their own audience and a week", "[auth][supabase]") {
  const Signer secret = Signer::Hmac("HS256", std::string(40, 'p'));
  const auto verdict = [&](std::int64_t life, const std::string& audience) {
    World world;
    auto key = Key::FromJwk(secret.Jwk());
    KeyGroup group;
    group.keys.push_back(*std::move(key));
    world.groups.push_back(SupabaseRules(std::move(group)));
    return world.Verdict(secret.Token(Claims(life, audience)));
  };
  CHECK(verdict(7 * 86'400 + 1200, "authenticated") == "user alice");
  CHECK_THAT(verdict(7 * 86'400 + 1201, "authenticated"),
             Catch::StartsWith("PSYNC_S2104") && Catch::Contains("606000"));
  CHECK_THAT(verdict(3600, "app"), Catch::StartsWith("PSYNC_S2105"));
}

}  // namespace skerry::auth
