// Publishing by priority (client-core 12.2).
#include "support/catch.h"
#include "support/download_rig.h"

namespace skerry::test {
namespace {

using Outcome = store::PublishStart::Outcome;
using Rows = std::vector<std::string>;
using store::PrioritySynced;

TEST_CASE("rows appear priority by priority", "[store][C-124][C-127][C-181][C-182][P-081]") {
  DownloadRig rig;
  const std::vector<BucketSpec> buckets = {{"p0", 0}, {"p1", 1}, {"p2", 2}, {"p3", 3}};
  for (const BucketSpec& each : buckets) rig.Line(each.name, {PutList(each.priority + 1, each.name, "x")});
  const bool flushed = GENERATE(false, true);
  if (flushed) rig.Flush();
  const auto checkpoint = rig.Checkpoint(buckets);
  rig.Track(checkpoint);
  Rows expected;
  for (bucket::Priority priority = 0; priority < 3; ++priority) {
    rig.now.wall = std::chrono::microseconds(100 + priority);
    CHECK(rig.Complete(checkpoint, priority) == Outcome::kStarted);
    expected.push_back("p" + std::to_string(priority) + "|x");
    CHECK(rig.Lists() == expected);
    const auto state = Require(store::ReadSyncState(*rig.local.db));
    CHECK(state == std::vector{PrioritySynced{priority, rig.now.wall}});
    CHECK(store::LookUp(state, priority)->last_synced_at == rig.now.wall);
    CHECK(store::LookUp(state, 0)->priority == priority);
    CHECK_FALSE(store::LookUp(state, priority + 1));
    CHECK(rig.downloads->Progress());
  }
  CHECK(rig.Complete(checkpoint) == Outcome::kStarted);
  CHECK(rig.Lists().size() == 4);
  const auto state = Require(store::ReadSyncState(*rig.local.db));
  REQUIRE(state.size() == 1);
  CHECK(state[0].priority == bucket::kFullSyncPriority);
  CHECK(store::LookUp(state, 2));
  rig.CheckSums();
}

TEST_CASE("a partial publish keeps entries of less urgent priorities", "[store][C-127]") {
  DownloadRig rig;
  rig.Sync({{"p0", 0}, {"p3", 3}});
  const auto checkpoint = rig.Checkpoint({{"p0", 0}, {"p3", 3}});
  rig.Complete(checkpoint, 1);
  const auto state = Require(store::ReadSyncState(*rig.local.db));
  REQUIRE(state.size() == 2);
  CHECK(state[0].priority == 1);
  CHECK(state[1].priority == bucket::kFullSyncPriority);
}

TEST_CASE("removals wait for the next full publish", "[store][C-125]") {
  DownloadRig rig;
  const std::vector<BucketSpec> buckets = {{"a", 1}, {"b", 3}};
  rig.Line("a", {PutList(1, "l1", "x"), PutList(2, "l2", "x")});
  rig.Sync(buckets);
  SECTION("REMOVE") {
    rig.Line("a", {Remove(3, "lists", "l1"), PutList(4, "l2", "new")});
    const auto checkpoint = rig.Checkpoint(buckets);
    rig.Track(checkpoint);
    CHECK(rig.Complete(checkpoint, 1) == Outcome::kStarted);
    CHECK(rig.Lists() == Rows{"l1|x", "l2|new"});
    CHECK(rig.Complete(checkpoint) == Outcome::kStarted);
    CHECK(rig.Lists() == Rows{"l2|new"});
  }
  SECTION("CLEAR") {
    rig.Line("a", {Clear(3), PutList(4, "l2", "new")});
    const auto checkpoint = rig.Checkpoint(buckets);
    rig.Track(checkpoint);
    CHECK(rig.Complete(checkpoint, 1) == Outcome::kStarted);
    CHECK(rig.Lists() == Rows{"l1|x", "l2|new"});
    CHECK(rig.Complete(checkpoint) == Outcome::kStarted);
    CHECK(rig.Lists() == Rows{"l2|new"});
  }
  SECTION("a bucket that left") {
    rig.Line("b", {PutList(3, "l3", "b")});
    const auto checkpoint = rig.Checkpoint({{"b", 1}});
    rig.Track(checkpoint);
    CHECK(rig.Complete(checkpoint, 1) == Outcome::kStarted);
    CHECK(rig.Lists() == Rows{"l1|x", "l2|x", "l3|b"});
    CHECK(rig.Complete(checkpoint) == Outcome::kStarted);
    CHECK(rig.Lists() == Rows{"l3|b"});
  }
  CHECK(rig.local.UpdatedRows().empty());
  rig.CheckSums();
}

TEST_CASE("a partial publish chooses among its buckets, and the next full one sets it right", "[store][C-124][P-061]") {
  DownloadRig rig;
  const std::vector<BucketSpec> buckets = {{"a", 0}, {"b", 3}};
  rig.Line("b", {PutList(7, "l1", "op 7 of b")});
  rig.Sync(buckets);
  CHECK(rig.Lists() == Rows{"l1|op 7 of b"});
  rig.Line("a", {PutList(5, "l1", "op 5 of a")});
  const auto checkpoint = rig.Checkpoint(buckets);
  rig.Track(checkpoint);
  CHECK(rig.Complete(checkpoint, 0) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|op 5 of a"});
  CHECK(rig.Complete(checkpoint) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|op 7 of b"});
  rig.CheckSums();
}

TEST_CASE("a partial publish reduces only its own buckets and leaves write checkpoints alone", "[store][C-126]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "a")});
  rig.Line("b", {PutList(2, "l2", "b")});
  rig.Flush();
  rig.Line("b", {PutList(3, "l3", "b")});
  const auto checkpoint = rig.Checkpoint({{"a", 1}, {"b", 3}}, 5);
  rig.Track(checkpoint);
  CHECK(rig.Complete(checkpoint, 1) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|a"});
  CHECK(rig.local.OwnRows("SELECT DISTINCT bucket FROM ps_oplog") == Rows{"1"});
  CHECK(rig.local.KeyValue("last_seen_checkpoint_request_id").empty());
  CHECK(rig.local.KeyValue("last_applied_checkpoint_request_id").empty());
  rig.CheckSums();
  CHECK(rig.Complete(checkpoint) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|a", "l2|b", "l3|b"});
}

TEST_CASE("only buckets of the priority are validated", "[store][C-124]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "a")});
  auto checkpoint = rig.Checkpoint({{"a", 1}, {"b", 3}});
  checkpoint.buckets[1].checksum = bucket::Checksum(99);  // Not downloaded yet.
  rig.Track(checkpoint);
  CHECK(rig.Complete(checkpoint, 1) == Outcome::kStarted);
  CHECK(rig.Complete(checkpoint) == Outcome::kMismatch);
}

}  // namespace
}  // namespace skerry::test
