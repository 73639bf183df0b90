// What a full publish shows, and when (client-core 12.1).
#include "support/catch.h"
#include "support/download_rig.h"

namespace skerry::test {
namespace {

using Outcome = store::PublishStart::Outcome;
using Rows = std::vector<std::string>;

TEST_CASE("a row appears when its checkpoint is complete, not before", "[store][C-103][C-120][C-154]") {
  DownloadRig rig;
  const auto before = rig.Checkpoint({"a"});
  CHECK_FALSE(rig.downloads->Progress());
  rig.Track(before);
  rig.Line("a", {PutList(1, "l1", "Groceries")});
  CHECK(rig.Lists().empty());
  rig.Flush();
  CHECK(rig.Lists().empty());
  const auto checkpoint = rig.Checkpoint({"a"});
  rig.Track(checkpoint);
  CHECK(rig.downloads->Progress());
  CHECK(rig.Complete(checkpoint) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|Groceries"});
  CHECK_FALSE(rig.downloads->Progress());
  CHECK(rig.local.OwnRows("SELECT count(*) FROM ps_pending") == Rows{"0"});
  rig.CheckSums();
}

TEST_CASE("a diff that fits into memory is published without passing through ps_pending", "[store]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "one")});
  rig.Sync({"a"});
  CHECK(rig.local.OwnRows("SELECT count(*) FROM ps_pending") == Rows{"0"});
  rig.Line("a", {PutList(2, "l1", "two")});
  rig.Flush();
  CHECK(rig.local.OwnRows("SELECT count(*) FROM ps_pending") == Rows{"1"});
  rig.Line("a", {PutList(3, "l1", "three"), PutList(4, "l2", "new")});
  rig.Sync({"a"});
  CHECK(rig.Lists() == Rows{"l1|three", "l2|new"});
  rig.CheckSums();
}

TEST_CASE("the newest operation over all buckets is the row, and removal gives way to the other bucket",
          "[store][P-060][P-061]") {
  DownloadRig rig;
  rig.Line("a", {PutList(5, "l1", "from a")});
  rig.Line("b", {PutList(7, "l1", "from b")});
  rig.Sync({"a", "b"});
  CHECK(rig.Lists() == Rows{"l1|from b"});
  rig.Line("b", {Remove(8, "lists", "l1")});
  rig.Sync({"a", "b"});
  CHECK(rig.Lists() == Rows{"l1|from a"});
  rig.Line("a", {Remove(9, "lists", "l1")});
  rig.Sync({"a", "b"});
  CHECK(rig.Lists().empty());
  rig.CheckSums();
}

TEST_CASE("rows of different subkeys do not replace each other", "[store][P-060]") {
  DownloadRig rig;
  rig.Line("a", {WithSubkey(PutList(1, "l1", "s1"), "s1"), WithSubkey(PutList(2, "l1", "s2"), "s2")});
  rig.Sync({"a"});
  CHECK(rig.Lists() == Rows{"l1|s2"});
  rig.Line("a", {WithSubkey(Remove(3, "lists", "l1"), "s2")});
  rig.Sync({"a"});
  CHECK(rig.Lists() == Rows{"l1|s1"});
  rig.CheckSums();
}

TEST_CASE("an absent subkey is the text null", "[store][C-104]") {
  DownloadRig rig;
  rig.Line("a", {WithSubkey(PutList(1, "l1", "text"), "null"), Remove(2, "lists", "l1")});
  rig.Sync({"a"});
  CHECK(rig.Lists().empty());
}

TEST_CASE("PUT and REMOVE in one line leave a fresh bucket without row and without work", "[store]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "x"), Remove(2, "lists", "l1")});
  CHECK(rig.Sync({"a"}) == Outcome::kStarted);
  CHECK(rig.Lists().empty());
  CHECK(rig.local.UpdatedRows().empty());
  CHECK(rig.local.OwnRows("SELECT count(*) FROM ps_oplog") == Rows{"0"});
  rig.CheckSums();
}

TEST_CASE("CLEAR voids what stood before it, in the oplog and in the same line", "[store][C-100]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "old"), PutList(2, "l2", "old")});
  rig.Sync({"a"});
  rig.Line("a", {PutList(3, "l3", "void"), Clear(4), PutList(5, "l2", "new")});
  rig.Sync({"a"});
  CHECK(rig.Lists() == Rows{"l2|new"});
  rig.CheckSums();
}

TEST_CASE("a PUT without data deletes the row", "[store][C-105]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "x")});
  rig.Sync({"a"});
  Op empty = Put(2, "lists", "l1", "");
  empty.data.reset();
  rig.Line("a", {empty});
  rig.Sync({"a"});
  CHECK(rig.Lists().empty());
  rig.CheckSums();
}

TEST_CASE("operations without type or id count in the sum and show nothing", "[store][C-104]") {
  DownloadRig rig;
  Op nameless = PutList(1, "l1", "x");
  nameless.row.reset();
  rig.Line("a", {nameless, Move(2), PutList(3, "", "the empty id is an id")});
  CHECK(rig.Sync({"a"}) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"|the empty id is an id"});
  rig.CheckSums();
}

TEST_CASE("data of a bucket in no checkpoint is kept and published with the next full one", "[store][C-102]") {
  DownloadRig rig;
  rig.Line("early", {PutList(1, "l1", "early")});
  rig.Line("a", {PutList(2, "l2", "a")});
  rig.Sync({"a"});
  CHECK(rig.Lists() == Rows{"l1|early", "l2|a"});
}

TEST_CASE("a type without a table waits in ps_untyped and moves into the table that a schema adds", "[store]") {
  DownloadRig rig;
  rig.Line("a", {Put(1, "notes", "n1", R"({"body":"hello"})"), Put(2, "notes", "n2", R"({"body":"bye"})")});
  rig.Sync({"a"});
  CHECK(rig.local.OwnRows("SELECT * FROM ps_untyped ORDER BY id") ==
        Rows{R"(notes|n1|{"body":"hello"})", R"(notes|n2|{"body":"bye"})"});
  rig.Line("a", {Remove(3, "notes", "n2")});
  rig.Sync({"a"});
  CHECK(rig.local.OwnRows("SELECT id FROM ps_untyped") == Rows{"n1"});
  rig.ApplySchema(R"({"tables":[{"name":"notes","columns":[{"name":"body","type":"text"}]}]})");
  CHECK(rig.local.OwnRows("SELECT id, body FROM notes") == Rows{"n1|hello"});
}

TEST_CASE("local-only tables never receive synced rows", "[store]") {
  DownloadRig rig(OneTable("a text", R"(,"local_only":true)"));
  rig.Line("a", {Put(1, "t", "r1", R"({"a":"x"})")});
  rig.Sync({"a"});
  CHECK(rig.local.OwnRows("SELECT * FROM t").empty());
  CHECK(rig.local.OwnRows("SELECT id FROM ps_untyped") == Rows{"r1"});
}

TEST_CASE("published rows are not queued, nor what the app's triggers do with them", "[store][C-068][C-121]") {
  DownloadRig rig;
  rig.local.Must(
      "CREATE TRIGGER copy AFTER INSERT ON lists BEGIN INSERT INTO todos(id, text) VALUES(NEW.id, NEW.name); END");
  rig.Line("a", {PutList(1, "l1", "x")});
  rig.Sync({"a"});
  CHECK(rig.local.OwnRows("SELECT id, text FROM todos") == Rows{"l1|x"});
  CHECK(rig.local.Queue().empty());
  rig.local.Must("UPDATE lists SET name = 'mine'");
  CHECK(rig.local.Queue().size() == 1);
}

TEST_CASE("an update keeps the row's rowid and fires UPDATE triggers", "[store]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "x"), PutList(2, "l2", "y")});
  rig.Sync({"a"});
  const Rows before = rig.local.OwnRows("SELECT rowid FROM lists WHERE id = 'l1'");
  rig.local.Must("CREATE TABLE seen(what TEXT)");
  rig.local.Must(
      "CREATE TRIGGER on_update AFTER UPDATE ON lists BEGIN INSERT INTO seen VALUES(OLD.name || NEW.name); END");
  rig.Line("a", {PutList(3, "l1", "z")});
  rig.Sync({"a"});
  CHECK(rig.local.OwnRows("SELECT rowid FROM lists WHERE id = 'l1'") == before);
  CHECK(rig.local.OwnRows("SELECT what FROM seen") == Rows{"xz"});
}

TEST_CASE("foreign keys are judged at the end of a publish", "[store][C-094]") {
  DownloadRig rig;
  rig.local.OwnSql(
      "CREATE TABLE links(list TEXT REFERENCES lists(id) ON DELETE CASCADE); PRAGMA foreign_keys = ON;"
      "CREATE TRIGGER link AFTER INSERT ON todos BEGIN INSERT INTO links VALUES(NEW.list_id); END");
  // By type, lists come before todos; by id within todos, nothing is in order.
  rig.Line("a", {Put(1, "todos", "t1", R"({"list_id":"l1"})"), PutList(2, "l1", "x")});
  CHECK(rig.Sync({"a"}) == Outcome::kStarted);
  rig.Line("a", {Put(3, "todos", "t2", R"({"list_id":"none"})")});
  const auto checkpoint = rig.Checkpoint({"a"});
  rig.Track(checkpoint);
  CHECK_FALSE(rig.TryComplete(checkpoint).ok());
  CHECK(rig.local.OwnRows("SELECT id FROM todos") == Rows{"t1"});
  rig.Line("a", {PutList(4, "none", "late")});
  CHECK(rig.Sync({"a"}) == Outcome::kStarted);
  CHECK(rig.local.OwnRows("SELECT id FROM todos ORDER BY id") == Rows{"t1", "t2"});
}

}  // namespace
}  // namespace skerry::test
