// Clear and resync (client-core 18).
#include "support/catch.h"
#include "support/download_rig.h"

namespace skerry::test {
namespace {

using Outcome = store::PublishStart::Outcome;
using Rows = std::vector<std::string>;

constexpr char kSchema[] = R"({"tables":[
  {"name":"lists","columns":[{"name":"name","type":"text"}]},
  {"name":"drafts","local_only":true,"columns":[{"name":"name","type":"text"}]}]})";

void Fill(DownloadRig& rig) {
  rig.Line("a", {PutList(1, "l1", "server"), Put(2, "other", "o1", "{}")});
  rig.Sync({"a"}, 3);
  rig.local.Must("INSERT INTO lists(id, name) VALUES('mine', 'local')");
  rig.local.Must("INSERT INTO drafts(id, name) VALUES('d1', 'draft')");
  auto write = Require(sqlite::WriteTransaction::Begin(*rig.local.db));
  Require(store::Subscribe(write, {"s", {}}, std::chrono::seconds(60), {}, rig.now.wall));
  Require(write.Commit());
  Require(rig.downloads->Stop());
}

Rows Count(DownloadRig& rig, std::string_view table) {
  return rig.local.OwnRows("SELECT count(*) FROM " + std::string(table));
}

TEST_CASE("a hard clear leaves the client id and nothing else of the user", "[store][C-200]") {
  DownloadRig rig(kSchema);
  Fill(rig);
  const std::string client_id = rig.local.KeyValue("client_id");
  const bool clear_local = GENERATE(false, true);
  Require(rig.downloads->Clear({clear_local, false}));
  for (const char* table : {"lists", "ps_oplog", "ps_buckets", "ps_pending", "ps_crud", "ps_untyped", "ps_updated_rows",
                            "ps_stream_subscriptions", "ps_sync_state"}) {
    INFO(table);
    CHECK(Count(rig, table) == Rows{"0"});
  }
  CHECK(Count(rig, "drafts") == Rows{clear_local ? "0" : "1"});
  CHECK(rig.local.OwnRows("SELECT key FROM ps_kv") == Rows{"client_id"});
  CHECK(rig.local.KeyValue("client_id") == client_id);
  CHECK(rig.downloads->Positions().empty());

  rig.Forget("a");
  Require(rig.downloads->Start());
  rig.Line("a", {PutList(7, "l7", "again")});
  CHECK(rig.Sync({"a"}) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l7|again"});
}

TEST_CASE("a soft clear empties the tables and shows the download again without a new one", "[store][C-201]") {
  DownloadRig rig(kSchema);
  Fill(rig);
  Require(rig.downloads->Clear({true, true}));
  CHECK(rig.Lists().empty());
  CHECK(rig.local.Queue().empty());
  rig.Restart();
  REQUIRE(rig.downloads->Positions().size() == 1);
  CHECK(Raw(rig.downloads->Positions()[0].after) == 2);
  CHECK(rig.Sync({"a"}) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|server"});
  CHECK(rig.local.OwnRows("SELECT id FROM ps_untyped") == Rows{"o1"});
  rig.CheckSums();
}

TEST_CASE("after a soft clear nothing of a bucket appears that another user does not have", "[store][C-202]") {
  DownloadRig rig(kSchema);
  Fill(rig);
  Require(rig.downloads->Clear({true, true}));
  rig.Restart();
  rig.Line("b", {PutList(9, "l9", "other user")});
  CHECK(rig.Sync({"b"}) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l9|other user"});
  CHECK(Count(rig, "ps_oplog") == Rows{"1"});
}

TEST_CASE("a soft clear is published by priority too", "[store][C-201][C-124]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "a"), PutList(2, "both", "a")});
  rig.Line("b", {PutList(3, "l3", "b"), PutList(4, "both", "b")});
  rig.Sync({{"a", 1}, {"b", 3}});
  Require(rig.downloads->Stop());
  Require(rig.downloads->Clear({true, true}));
  rig.Restart();
  const auto checkpoint = rig.Checkpoint({{"a", 1}, {"b", 3}});
  rig.Track(checkpoint);
  CHECK(rig.Complete(checkpoint, 1) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"both|a", "l1|a"});
  CHECK(rig.Complete(checkpoint) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"both|b", "l1|a", "l3|b"});
}

TEST_CASE("a resync writes every row again, and a REMOVE before it leaves no stale row", "[store][C-203]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "one"), PutList(2, "l2", "two")});
  rig.Sync({"a"});
  Require(rig.downloads->Stop());
  Require(rig.downloads->Resync(true));
  CHECK(Require(store::ReadSyncState(*rig.local.db)).empty());
  rig.local.OwnSql("UPDATE lists SET name = 'damaged'");
  rig.Restart();
  rig.Line("a", {Remove(3, "lists", "l2")});
  CHECK(rig.Sync({"a"}) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|one"});
  rig.CheckSums();
}

TEST_CASE("clear and resync ask for a disconnect first", "[store][C-203]") {
  DownloadRig rig;
  CHECK_FALSE(rig.downloads->Clear({}).ok());
  CHECK_FALSE(rig.downloads->Resync(false).ok());
  Require(rig.downloads->Stop());
  CHECK(rig.downloads->Resync(false).ok());
}

}  // namespace
}  // namespace skerry::test
