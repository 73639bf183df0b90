#include "watch/result_diff.h"

#include "base/random.h"
#include "support/catch.h"

namespace skerry {
namespace {

using Hashes = std::vector<std::uint64_t>;
using Runs = std::vector<watch::Run>;

Runs RunsOf(const Hashes& before, const Hashes& after) {
  watch::ResultDiff diff(before);
  for (const std::uint64_t hash : after) diff.Add(hash);
  return diff.runs();
}

}  // namespace

TEST_CASE("an equal result is one run", "[watch][diff]") {
  CHECK(RunsOf({1, 2, 3}, {1, 2, 3}) == Runs{{0, 3}});
  CHECK(RunsOf({}, {}).empty());
}

TEST_CASE("inserted, removed and changed rows keep the others", "[watch][diff]") {
  CHECK(RunsOf({1, 3}, {1, 2, 3}) == Runs{{0, 1}, {-1, 1}, {1, 1}});
  CHECK(RunsOf({1, 2, 3}, {1, 3}) == Runs{{0, 1}, {2, 1}});
  CHECK(RunsOf({1, 2, 3}, {1, 9, 3}) == Runs{{0, 1}, {-1, 1}, {2, 1}});
  CHECK(RunsOf({1, 2, 3}, {0, 1, 2, 3}) == Runs{{-1, 1}, {0, 3}});
  CHECK(RunsOf({1, 2, 3}, {}).empty());
}

TEST_CASE("a moved row is not sent again", "[watch][diff]") {
  CHECK(RunsOf({1, 2, 3, 4}, {4, 1, 2, 3}) == Runs{{3, 1}, {0, 3}});
}

TEST_CASE("any result is rebuilt from its runs", "[watch][diff][property]") {
  SeededRandom random(99);
  for (int round = 0; round < 2000; ++round) {
    Hashes before(random.Next() % 20), after(random.Next() % 20);
    for (auto& hash : before) hash = random.Next() % 12;  // Repeats on purpose.
    for (auto& hash : after) hash = random.Next() % 12;
    watch::ResultDiff diff(before);
    Hashes sent;
    for (const std::uint64_t hash : after) {
      if (diff.Add(hash)) sent.push_back(hash);
    }
    Hashes rebuilt;
    std::size_t next = 0;
    for (const watch::Run& run : diff.runs()) {
      for (std::uint32_t i = 0; i < run.count; ++i) {
        rebuilt.push_back(run.from < 0 ? sent.at(next++) : before.at(static_cast<std::size_t>(run.from) + i));
      }
    }
    REQUIRE(rebuilt == after);
    REQUIRE(next == sent.size());
    for (const std::uint64_t hash : sent) REQUIRE(std::find(before.begin(), before.end(), hash) == before.end());
    REQUIRE(diff.IsEqual() == (before == after));
    REQUIRE(std::move(diff).TakeHashes() == after);
  }
}

}  // namespace skerry
