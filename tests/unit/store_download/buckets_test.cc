// Buckets come, stay and go (client-core 11).
#include <cstdio>

#include "support/catch.h"
#include "support/download_rig.h"

namespace skerry::test {
namespace {

using Outcome = store::PublishStart::Outcome;
using Rows = std::vector<std::string>;

Rows Positions(const DownloadRig& rig) {
  Rows rows;
  for (const auto& position : rig.downloads->Positions()) {
    rows.push_back(position.name + ":" + std::to_string(Raw(position.after)));
  }
  return rows;
}

TEST_CASE("the request lists every bucket with its position, after a restart what was flushed", "[store][C-110]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "x"), PutList(2, "l2", "x")});
  rig.Line("b", {PutList(3, "l3", "x")});
  CHECK(Positions(rig) == Rows{"a:2", "b:3"});
  rig.Flush();
  rig.Line("a", {PutList(4, "l4", "x")});
  CHECK(Positions(rig) == Rows{"a:4", "b:3"});
  rig.Restart();
  CHECK(Positions(rig) == Rows{"a:2", "b:3"});
}

TEST_CASE("positions move to the checkpoint that was complete", "[store]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "x")});
  rig.Line("b", {PutList(9, "l2", "x")});
  rig.Sync({"a", "b"});
  CHECK(Positions(rig) == Rows{"a:9", "b:9"});
  rig.Restart();
  CHECK(Positions(rig) == Rows{"a:9", "b:9"});
}

TEST_CASE("an interrupted download goes on after a restart without loss or double count", "[store][C-101][C-151]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "x"), PutList(2, "l2", "x")});
  rig.Flush();
  rig.Restart();
  rig.Line("a", {PutList(3, "l3", "x")});
  CHECK(rig.Sync({"a"}) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|x", "l2|x", "l3|x"});
  rig.CheckSums();
}

TEST_CASE("Stop keeps what arrived", "[store]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "x")});
  Require(rig.downloads->Stop());
  rig.Restart();
  CHECK(Positions(rig) == Rows{"a:1"});
  CHECK(rig.Sync({"a"}) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|x"});
}

TEST_CASE("a bucket that is no longer named is deleted with what it held", "[store][C-111][C-112]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "a"), PutList(2, "l2", "a")});
  rig.Line("b", {PutList(3, "l2", "b")});
  rig.Sync({"a", "b"});
  rig.Line("b", {PutList(4, "l4", "in memory")});
  const auto checkpoint = rig.Checkpoint({"a"});
  rig.Track(checkpoint);
  CHECK(rig.local.UpdatedRows() == Rows{"lists l2"});
  CHECK(rig.Lists() == Rows{"l1|a", "l2|b"});
  CHECK(rig.Complete(checkpoint) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|a", "l2|a"});
  CHECK(rig.local.OwnRows("SELECT name FROM ps_buckets") == Rows{"a"});
  rig.CheckSums();
}

TEST_CASE("pending operations go with their bucket", "[store][C-112]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "a")});
  rig.Line("b", {PutList(2, "l2", "b")});
  rig.Flush();
  rig.Restart();
  const auto checkpoint = rig.Checkpoint({"a"});
  rig.Track(checkpoint);
  CHECK(rig.local.OwnRows("SELECT bucket FROM ps_pending") == Rows{"1"});
  CHECK(rig.Complete(checkpoint) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|a"});
}

TEST_CASE("a bucket that comes back starts from nothing", "[store][C-112]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "old")});
  rig.Sync({"a"});
  rig.Track(rig.Checkpoint({}));
  rig.Forget("a");
  rig.Line("a", {PutList(5, "l5", "new")});
  CHECK(rig.Sync({"a"}) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l5|new"});
  rig.CheckSums();
}

TEST_CASE("a flush that meets a busy database can be tried again", "[store][C-114]") {
  const std::string path = std::string(std::tmpnam(nullptr)) + ".db";
  {
    DownloadRig rig(kTodoSchema, {path});
    auto other = Require(sqlite::Connection::Open({path}));
    Require(other->Execute("BEGIN IMMEDIATE"));
    rig.Line("a", {PutList(1, "l1", "x")});
    const Status busy = rig.downloads->Flush();
    REQUIRE_FALSE(busy.ok());
    CHECK(busy.error().code == ErrorCode::kStorageBusy);
    CHECK_FALSE(rig.downloads->BeginPublish(rig.Checkpoint({"a"}), std::nullopt, {}).ok());
    CHECK_FALSE(rig.downloads->TrackCheckpoint(rig.Checkpoint({"a"}), {}).ok());
    Require(other->Execute("ROLLBACK"));
    CHECK(rig.Sync({"a"}) == Outcome::kStarted);
    CHECK(rig.Lists() == Rows{"l1|x"});
    rig.CheckSums();
  }
  for (const char* suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
}

}  // namespace
}  // namespace skerry::test
