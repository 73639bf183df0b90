#include "sync/credentials.h"

#include "support/catch.h"

namespace skerry {
namespace {

sync::FetchCredentials TakeFetch(sync::Outbox& outbox) {
  auto instructions = outbox.Take();
  REQUIRE(instructions.size() == 1);
  return std::get<sync::FetchCredentials>(instructions[0]);
}

}  // namespace

TEST_CASE("one fetch serves everybody who waits", "[sync][credentials]") {
  sync::Outbox outbox;
  sync::Credentials credentials(outbox);
  credentials.Fetch();
  credentials.Fetch();
  const auto fetch = TakeFetch(outbox);
  CHECK_FALSE(fetch.invalidate);
  auto answer = credentials.Handle(sync::CredentialsArrived{fetch.id, "https://x", "t"});
  REQUIRE(answer);
  CHECK(answer->ok());
  CHECK(credentials.cached()->token == "t");
}

TEST_CASE("an answer that nobody waits for is ignored", "[sync][credentials]") {
  sync::Outbox outbox;
  sync::Credentials credentials(outbox);
  credentials.Fetch();
  const auto old = TakeFetch(outbox);
  credentials.Forget();
  CHECK_FALSE(credentials.Handle(sync::CredentialsArrived{old.id, "https://x", "t"}));
  CHECK_FALSE(credentials.cached());
}

TEST_CASE("unusable credentials are named", "[sync][credentials]") {
  struct Case {
    std::string endpoint, token, message;
  };
  const std::vector<Case> cases = {
      {"", "t", "PowerSync endpoint not configured"},
      {"https://x/", "t", "A trailing forward slash \"/\" was found in the fetchCredentials endpoint: \"https://x/\""},
      {"https://x", "", "Not signed in"}};
  for (const Case& one : cases) {
    sync::Outbox outbox;
    sync::Credentials credentials(outbox);
    credentials.Fetch();
    auto answer = credentials.Handle(sync::CredentialsArrived{TakeFetch(outbox).id, one.endpoint, one.token});
    REQUIRE(answer);
    REQUIRE_FALSE(answer->ok());
    CHECK(answer->error().code == ErrorCode::kCredentials);
    CHECK(answer->error().message.substr(0, one.message.size()) == one.message);
    CHECK_FALSE(credentials.cached());
  }
}

TEST_CASE("a refused token is asked for anew", "[sync][credentials]") {
  sync::Outbox outbox;
  sync::Credentials credentials(outbox);
  credentials.Fetch();
  (void)credentials.Handle(sync::CredentialsArrived{TakeFetch(outbox).id, "https://x", "t"});
  credentials.Invalidate();
  CHECK_FALSE(credentials.cached());
  credentials.Fetch();
  CHECK(TakeFetch(outbox).invalidate);
}

}  // namespace skerry
