#include "bucket/checkpoint.h"

#include "support/catch.h"

namespace skerry::bucket {
namespace {

BucketState State(std::string name, std::uint32_t checksum, Priority priority = kDefaultPriority) {
  BucketState state;
  state.name = std::move(name);
  state.checksum = Checksum{checksum};
  state.count = 1;
  state.priority = priority;
  state.reasons = {{.is_default = true, .index = 0}};
  return state;
}

Checkpoint Example() {
  Checkpoint checkpoint;
  checkpoint.last_op_id = OpId{10};
  checkpoint.write_checkpoint = WriteCheckpoint{4};
  checkpoint.buckets = {State("a", 1), State("b", 2), State("c", 3, 1)};
  checkpoint.streams = {{.name = "s", .is_default = true}};
  return checkpoint;
}

std::vector<std::string> Names(const std::vector<BucketState>& buckets) {
  std::vector<std::string> names;
  for (const BucketState& state : buckets) names.push_back(state.name);
  return names;
}

TEST_CASE("a diff removes, then replaces and adds, and leaves the rest alone", "[bucket][P-054][P-055]") {
  Checkpoint checkpoint = Example();
  CheckpointDiff diff;
  diff.last_op_id = OpId{12};
  diff.removed_buckets = {"a", "unknown"};
  diff.updated_buckets = {State("d", 9), State("b", 7, 0)};
  Apply(checkpoint, diff);

  CHECK(checkpoint.last_op_id == OpId{12});
  REQUIRE(Names(checkpoint.buckets) == std::vector<std::string>{"b", "c", "d"});
  CHECK(checkpoint.buckets[0].checksum == Checksum{7});
  CHECK(checkpoint.buckets[0].priority == 0);
  CHECK(checkpoint.buckets[1].checksum == Checksum{3});
  CHECK(checkpoint.buckets[1].priority == 1);
  CHECK(checkpoint.buckets[1].reasons.size() == 1);
  CHECK(checkpoint.streams.size() == 1);
}

TEST_CASE("a bucket both removed and updated by one diff is there afterwards", "[bucket][P-054]") {
  Checkpoint checkpoint = Example();
  CheckpointDiff diff;
  diff.removed_buckets = {"b"};
  diff.updated_buckets = {State("b", 8)};
  Apply(checkpoint, diff);
  REQUIRE(Names(checkpoint.buckets) == std::vector<std::string>{"a", "c", "b"});
  CHECK(checkpoint.buckets[2].checksum == Checksum{8});
}

TEST_CASE("of two updates of one bucket the last one counts", "[bucket][P-054]") {
  Checkpoint checkpoint;
  CheckpointDiff diff;
  diff.updated_buckets = {State("a", 1), State("b", 2), State("a", 3)};
  Apply(checkpoint, diff);
  REQUIRE(Names(checkpoint.buckets) == std::vector<std::string>{"a", "b"});
  CHECK(checkpoint.buckets[0].checksum == Checksum{3});
}

TEST_CASE("a diff without a write checkpoint takes the old one away", "[bucket][P-054]") {
  Checkpoint checkpoint = Example();
  Apply(checkpoint, CheckpointDiff{});
  CHECK_FALSE(checkpoint.write_checkpoint.has_value());
}

TEST_CASE("no line is due when nothing the client sees has changed", "[bucket][service]") {
  const Checkpoint before = Example();
  Checkpoint after = before;
  CHECK_FALSE(Difference(before, after).has_value());
  after.last_op_id = OpId{11};  // Something else was replicated.
  CHECK_FALSE(Difference(before, after).has_value());
  std::swap(after.buckets[0], after.buckets[2]);
  CHECK_FALSE(Difference(before, after).has_value());
}

TEST_CASE("a line is due for every change of a bucket", "[bucket][service][P-086]") {
  const Checkpoint before = Example();
  Checkpoint after = before;
  BucketState& b = after.buckets[1];
  SECTION("checksum") { b.checksum = Checksum{5}; }
  SECTION("count") { b.count = 2; }
  SECTION("count unknown") { b.count.reset(); }
  SECTION("priority") { b.priority = 0; }
  SECTION("reasons") { b.reasons.push_back({.is_default = false, .index = 0}); }
  const auto diff = Difference(before, after);
  REQUIRE(diff.has_value());
  CHECK(Names(diff->updated_buckets) == std::vector<std::string>{"b"});
  CHECK(diff->removed_buckets.empty());
  CHECK(diff->write_checkpoint == WriteCheckpoint{4});
}

TEST_CASE("a line is due for a new write checkpoint alone", "[bucket][service]") {
  const Checkpoint before = Example();
  Checkpoint after = before;
  after.write_checkpoint = WriteCheckpoint{5};
  const auto diff = Difference(before, after);
  REQUIRE(diff.has_value());
  CHECK(diff->write_checkpoint == WriteCheckpoint{5});
  CHECK(diff->updated_buckets.empty());
  CHECK(diff->removed_buckets.empty());
}

TEST_CASE("applying the difference of two checkpoints leads from one to the other", "[bucket][service]") {
  Checkpoint before = Example();
  Checkpoint after = Example();
  after.last_op_id = OpId{20};
  after.write_checkpoint.reset();
  after.buckets = {State("c", 4, 2), State("e", 5), State("b", 2)};
  const auto diff = Difference(before, after);
  REQUIRE(diff.has_value());
  CHECK(diff->removed_buckets == std::vector<std::string>{"a"});
  CHECK(Names(diff->updated_buckets) == std::vector<std::string>{"c", "e"});
  Apply(before, *diff);
  CHECK_FALSE(Difference(before, after).has_value());
  CHECK_FALSE(Difference(after, before).has_value());
  CHECK(before.last_op_id == OpId{20});
}

}  // namespace
}  // namespace skerry::bucket
