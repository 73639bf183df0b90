// Laws of the bucket algebra over random histories; a failure prints the seed that made it.
#include "property/history.h"
#include "support/catch.h"

namespace skerry::bucket {
namespace {

ReducedBucket Reduce(const std::vector<Operation>& ops) {
  ReducedBucket bucket;
  for (const Operation& op : ops) bucket.Apply(op);
  return bucket;
}

Checksum Sum(const std::vector<Operation>& ops) {
  Checksum sum;
  for (const Operation& op : ops) sum += op.checksum;
  return sum;
}

void RequireSame(const ReducedBucket& a, const ReducedBucket& b) {
  REQUIRE(a.puts() == b.puts());
  REQUIRE(a.remainder() == b.remainder());
  REQUIRE(a.standing() == b.standing());
}

constexpr std::uint64_t kSeeds = 400;

TEST_CASE("a reduced bucket keeps the checksum of its whole history", "[bucket][property][P-072][C-100]") {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    INFO("seed " << seed);
    SeededRandom random(seed);
    const test::History history(random, random.Next() % 40);
    const ReducedBucket bucket = Reduce(history.operations());
    REQUIRE(bucket.checksum() == Sum(history.operations()));
    Checksum standing;
    for (const auto& [id, put] : bucket.puts()) standing += put.checksum;
    REQUIRE(bucket.standing() == standing);
  }
}

TEST_CASE("compaction never changes the reduced bucket", "[bucket][property][P-062][P-071]") {
  std::size_t clears = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    INFO("seed " << seed);
    SeededRandom random(seed);
    const test::History history(random, 1 + random.Next() % 40);
    const ReducedBucket whole = Reduce(history.operations());
    std::vector<Operation> ops = history.operations();
    for (int round = 0; round < 3; ++round) {
      ops = test::Compact(std::move(ops), random);
      REQUIRE(Sum(ops) == Sum(history.operations()));
      RequireSame(Reduce(ops), whole);
      clears += ops.front().kind == OpKind::kClear ? 1 : 0;
    }
  }
  CHECK(clears > kSeeds / 4);  // Or the law was tried on too little.
}

TEST_CASE("syncing to a cut and then onward equals syncing at once, whatever was compacted meanwhile",
          "[bucket][property][P-062]") {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    INFO("seed " << seed);
    SeededRandom random(seed);
    const test::History history(random, 1 + random.Next() % 40);
    std::vector<Operation> served = history.operations();
    ReducedBucket client;
    std::int64_t position = 0;
    const std::int64_t end = Raw(served.back().id);
    while (position < end) {
      const std::int64_t cut = position + 1 + static_cast<std::int64_t>(random.Next() % 20);
      for (const Operation& op : served) {
        if (Raw(op.id) > position && Raw(op.id) <= cut) client.Apply(op);
      }
      position = cut;
      served = test::Compact(std::move(served), random);
    }
    RequireSame(client, Reduce(history.operations()));
  }
}

}  // namespace
}  // namespace skerry::bucket
