// When a stream speaks of its token's life (docs/protocol.md, section 11).
#include "stream/keepalive.h"

#include <cmath>
#include <vector>

#include "support/catch.h"

namespace skerry::stream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kStart{1'800'000'000};

TimePoint At(milliseconds since_start) { return {milliseconds(5000) + since_start, kStart + since_start}; }

struct Said {
  double second;
  std::int64_t left;
};

// Everything that is said until 0, when each deadline is kept to the millisecond.
std::vector<Said> Listen(seconds life, Random& random) {
  Keepalive keepalive(kStart + life, At(milliseconds(0)), random);
  std::vector<Said> said;
  milliseconds now{0};
  while (said.size() < 100'000) {
    if (const auto left = keepalive.Due(At(now))) {
      said.push_back({static_cast<double>(now.count()) / 1000, left->count()});
      if (left->count() == 0) break;
    }
    now = keepalive.Deadline(At(now)) - milliseconds(5000);
  }
  return said;
}

}  // namespace

TEST_CASE("a long stream is kept alive every 20 seconds, give or take 10 %", "[stream][P-100]") {
  SeededRandom random(7);
  const auto said = Listen(seconds(3600), random);
  double before = 0;
  std::size_t regular = 0;
  for (const Said& line : said) {
    if (line.left <= 20) break;
    CHECK(line.second - before >= 18);
    CHECK(line.second - before <= 22);
    CHECK(line.left == static_cast<std::int64_t>(std::ceil(3600 - line.second)));
    before = line.second;
    ++regular;
  }
  CHECK(regular >= 3560 / 22);
}

TEST_CASE("a stream warns 20 seconds before its token expires and says 0 at expiry", "[stream][P-100][P-102]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SeededRandom random(seed);
    const auto said = Listen(seconds(45), random);
    INFO("seed " << seed);
    REQUIRE(said.size() >= 3);
    CHECK(said.back().left == 0);
    CHECK(said.back().second == 45);
    std::size_t warnings = 0;
    for (const Said& line : said) warnings += line.second == 25 && line.left == 20 ? 1 : 0;
    CHECK(warnings == 1);
  }
}

TEST_CASE("a token with less than 20 seconds left gets one line: 0 at expiry", "[stream][P-101]") {
  SeededRandom random(1);
  const auto said = Listen(seconds(5), random);
  REQUIRE(said.size() == 1);
  CHECK(said[0].second == 5);
  CHECK(said[0].left == 0);
}

TEST_CASE("a token past its expiry, within the tolerance, is 0 at once", "[stream][P-101]") {
  SeededRandom random(1);
  Keepalive keepalive(kStart - seconds(30), At(milliseconds(0)), random);
  CHECK(keepalive.Due(At(milliseconds(0))) == seconds(0));
}

TEST_CASE("a clock that jumps forward expires the token, one that jumps back does not repeat lines", "[stream]") {
  SeededRandom random(1);
  Keepalive keepalive(kStart + seconds(3600), At(milliseconds(0)), random);
  TimePoint jumped = At(milliseconds(1));
  jumped.wall -= std::chrono::hours(2);
  CHECK_FALSE(keepalive.Due(jumped).has_value());
  CHECK(keepalive.Deadline(jumped) <= jumped.monotonic + seconds(22));
  jumped.wall += std::chrono::hours(5);
  CHECK(keepalive.Due(jumped) == seconds(0));
}

}  // namespace skerry::stream
