#include "random_app.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;

namespace {

// Two source rows with one output id are two rows for a bucket and one for the client, which keeps the newest: which
// one that is, plain SQL cannot say.
Rows WithoutData(Rows rows) {
  for (auto& [row, data] : rows) data.clear();
  return rows;
}

// Runs one random app under one random config and compares what random users hold. Gives how many rows they held.
std::size_t CompareWithSql(std::uint64_t seed, bool unique_ids) {
  RandomApp random(seed, unique_ids);
  const std::string setup = random.Setup();
  const std::string streams = random.Streams();
  Service service(setup, streams);
  std::size_t rows = 0;
  for (int round = 0; round < 8; ++round) {
    for (int transactions = 0; transactions < 4; ++transactions) {
      // A statement that breaks a constraint leaves its transaction open: the app gives up.
      if (!service.app->Execute(random.Transaction()).ok() && service.app->InTransaction()) {
        Must(service.app->Execute("ROLLBACK"));
      }
    }
    if (round % 4 == 3) {
      service.Stop();
      service.Start();
    } else {
      service.Poll();
    }
    for (int requests = 0; requests < 3; ++requests) {
      const RandomApp::Request request = random.NextRequest();
      INFO("seed " << seed << " round " << round << " request " << request.ToText() << "\n" << streams);
      const Rows actual = service.Download(request.token, request.subscriptions);
      const Rows expected = random.Expected(*service.app, request);
      rows += expected.size();
      if (unique_ids) {
        REQUIRE(actual == expected);
      } else {
        REQUIRE(WithoutData(actual) == WithoutData(expected));
      }
    }
  }
  return rows;
}

}  // namespace

TEST_CASE("S2: a user sees what plain SQL over the whole source selects", "[ingest][property][S1][S2][S3][S4][I1]") {
  std::size_t rows = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) rows += CompareWithSql(seed, /*unique_ids=*/true);
  CHECK(rows > 800);  // The comparison is not one of nothing with nothing.
}

TEST_CASE("S2: keys of every kind decide the same way", "[ingest][property][S2][S5]") {
  std::size_t rows = 0;
  for (std::uint64_t seed = 1001; seed <= 1040; ++seed) rows += CompareWithSql(seed, /*unique_ids=*/false);
  CHECK(rows > 800);
}
