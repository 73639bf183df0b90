// Server data waits for local writes (client-core 12.4, 13).
#include "store/gate.h"

#include "support/catch.h"
#include "support/download_rig.h"

namespace skerry::test {
namespace {

using Outcome = store::PublishStart::Outcome;
using Rows = std::vector<std::string>;

TEST_CASE("a full checkpoint is held back while a local write waits", "[store][C-140]") {
  DownloadRig rig;
  rig.local.Must("INSERT INTO lists(id, name) VALUES('mine', 'local')");
  rig.Line("a", {PutList(1, "l1", "server")});
  const auto checkpoint = rig.Checkpoint({"a"});
  rig.Track(checkpoint);
  CHECK(rig.Complete(checkpoint) == Outcome::kGateClosed);
  CHECK(rig.Lists() == Rows{"mine|local"});
  CHECK(rig.downloads->Progress());
  // The download position moved all the same, with the operations it covers (trap 10).
  CHECK(rig.local.OwnRows("SELECT last_op, last_applied_op FROM ps_buckets") == Rows{"1|0"});
  CHECK(rig.local.OwnRows("SELECT count(*) FROM ps_pending") == Rows{"1"});
  rig.CheckSums();
}

TEST_CASE("priority 0 is published ahead of local writes", "[store][C-129]") {
  DownloadRig rig;
  rig.local.Must("INSERT INTO lists(id, name) VALUES('mine', 'local')");
  rig.Line("a", {PutList(1, "l1", "server")});
  const auto checkpoint = rig.Checkpoint({{"a", 0}, {"b", 3}});
  rig.Track(checkpoint);
  CHECK(rig.Complete(checkpoint, 0) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|server", "mine|local"});
  CHECK(rig.local.Queue().size() == 1);
}

TEST_CASE("other priorities wait for local writes", "[store][C-128]") {
  DownloadRig rig;
  rig.local.Must("INSERT INTO lists(id, name) VALUES('mine', 'local')");
  rig.Line("a", {PutList(1, "l1", "server")});
  const auto checkpoint = rig.Checkpoint({{"a", 1}, {"b", 3}});
  rig.Track(checkpoint);
  CHECK(rig.Complete(checkpoint, 1) == Outcome::kGateClosed);
  CHECK(rig.Lists() == Rows{"mine|local"});
}

TEST_CASE("a checkpoint with the awaited write checkpoint opens the gate", "[store][C-140][C-123]") {
  DownloadRig rig;
  rig.local.Must("INSERT INTO lists(id, name) VALUES('mine', 'local')");
  rig.EmptyQueue();
  rig.SetTarget(7);
  rig.Line("a", {PutList(1, "l1", "server")});
  CHECK(rig.Sync({"a"}) == Outcome::kGateClosed);
  CHECK(rig.Sync({"a"}, 6) == Outcome::kGateClosed);
  CHECK(rig.Lists() == Rows{"mine|local"});
  // The service has seen the write and does not have the row: it was rejected.
  CHECK(rig.Sync({"a"}, 7) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|server"});
  CHECK(rig.local.UpdatedRows().empty());
  CHECK(rig.local.KeyValue("last_seen_checkpoint_request_id") == "7");
  CHECK(rig.local.KeyValue("last_applied_checkpoint_request_id") == "7");
}

TEST_CASE("a kept checkpoint is published once the upload's id is known", "[store]") {
  DownloadRig rig;
  rig.local.Must("INSERT INTO lists(id, name) VALUES('l1', 'local')");
  rig.EmptyQueue();
  rig.Line("a", {PutList(1, "l1", "server")});
  const auto checkpoint = rig.Checkpoint({"a"}, 1);
  rig.Track(checkpoint);
  CHECK(rig.Complete(checkpoint) == Outcome::kGateClosed);  // The target is "unknown".
  rig.SetTarget(1);
  CHECK(Require(store::ReachesTarget(*rig.local.db, checkpoint.write_checkpoint)));
  CHECK(rig.Complete(checkpoint) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|server"});
}

TEST_CASE("a checkpoint without write checkpoint does not reach a target", "[store]") {
  DownloadRig rig;
  CHECK(Require(store::ReachesTarget(*rig.local.db, std::nullopt)));
  rig.SetTarget(1);
  CHECK_FALSE(Require(store::ReachesTarget(*rig.local.db, std::nullopt)));
  CHECK_FALSE(Require(store::ReachesTarget(*rig.local.db, WriteCheckpoint{0})));
  CHECK(Require(store::ReachesTarget(*rig.local.db, WriteCheckpoint{1})));
}

TEST_CASE("what was seen before a local write does not count for it", "[store][C-140]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "server")});
  rig.Sync({"a"}, 9);
  rig.local.Must("UPDATE lists SET name = 'local'");
  rig.EmptyQueue();
  rig.SetTarget(5);
  CHECK_FALSE(Require(store::IsGateOpen(*rig.local.db)));
  CHECK(rig.Sync({"a"}) == Outcome::kGateClosed);
  CHECK(rig.Sync({"a"}, 9) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|server"});
}

TEST_CASE("a second local write keeps the checkpoint back", "[store]") {
  DownloadRig rig;
  rig.local.Must("INSERT INTO lists(id, name) VALUES('mine', 'one')");
  rig.EmptyQueue();
  const auto checkpoint = rig.Checkpoint({"a"}, 1);
  rig.Track(checkpoint);
  CHECK(rig.Complete(checkpoint) == Outcome::kGateClosed);
  rig.local.Must("UPDATE lists SET name = 'two'");
  CHECK_FALSE(Require(store::ReachesTarget(*rig.local.db, checkpoint.write_checkpoint)));
  CHECK(rig.Complete(checkpoint) == Outcome::kGateClosed);
  CHECK(rig.Lists() == Rows{"mine|two"});
}

TEST_CASE("insert-only entries close the gate while they wait", "[store][C-142]") {
  DownloadRig rig(OneTable("a text", R"(,"insert_only":true)"));
  CHECK(Require(store::IsGateOpen(*rig.local.db)));
  rig.local.Must("INSERT INTO t(id, a) VALUES('x', 'y')");
  CHECK_FALSE(Require(store::IsGateOpen(*rig.local.db)));
  CHECK(rig.local.KeyValue("target_checkpoint_request_id").empty());
  rig.EmptyQueue();
  CHECK(Require(store::IsGateOpen(*rig.local.db)));
}

}  // namespace
}  // namespace skerry::test
