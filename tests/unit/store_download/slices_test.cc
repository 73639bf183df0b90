// A publish runs in slices of one transaction: readers see all or nothing, an abort leaves no trace (C-120).
#include <cstdio>

#include "support/catch.h"
#include "support/download_rig.h"

namespace skerry::test {
namespace {

using Rows = std::vector<std::string>;
using store::PublishStep;

struct TemporaryFile {
  std::string path = std::string(std::tmpnam(nullptr)) + ".db";
  ~TemporaryFile() {
    for (const char* suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
  }
};

std::int64_t CountLists(sqlite::Connection& db) {
  return Require(db.QueryInt("SELECT count(*) FROM lists")).value_or(-1);
}

TEST_CASE("between slices another connection sees the old state", "[store][C-120]") {
  TemporaryFile file;
  DownloadRig rig(kTodoSchema, {file.path});
  auto reader = Require(sqlite::Connection::Open({.path = file.path, .read_only = true}));
  std::vector<Op> rows;
  for (int i = 0; i < 50; ++i) rows.push_back(PutList(i + 1, "l" + std::to_string(i), "x"));
  rig.Line("a", rows);
  const auto checkpoint = rig.Checkpoint({"a"});
  rig.Track(checkpoint);
  Require(rig.downloads->BeginPublish(checkpoint, std::nullopt, {}));
  int slices = 0;
  for (;;) {
    ++slices;
    if (Require(rig.downloads->ContinuePublish(10)) == PublishStep::kDone) break;
    CHECK(CountLists(*reader) == 0);
    CHECK(rig.downloads->IsPublishing());
  }
  CHECK(slices > 5);
  CHECK(CountLists(*reader) == 50);
}

TEST_CASE("an aborted publish changes nothing and can be begun again", "[store][C-120]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "old")});
  rig.Sync({"a"});
  rig.Line("a", {PutList(2, "l1", "new"), PutList(3, "l2", "new")});
  rig.Flush();
  rig.Line("a", {PutList(4, "l3", "new")});
  const auto checkpoint = rig.Checkpoint({"a"}, 5);
  rig.Track(checkpoint);
  Require(rig.downloads->BeginPublish(checkpoint, std::nullopt, {}));
  CHECK(Require(rig.downloads->ContinuePublish(1)) == PublishStep::kMore);
  rig.downloads->AbortPublish();
  CHECK_FALSE(rig.downloads->IsPublishing());
  CHECK_FALSE(rig.local.db->InTransaction());
  CHECK(rig.Lists() == Rows{"l1|old"});
  CHECK(rig.local.OwnRows("SELECT count(*) FROM ps_pending") == Rows{"1"});
  CHECK(rig.local.KeyValue("last_seen_checkpoint_request_id").empty());
  CHECK(rig.Complete(checkpoint) == store::PublishStart::Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|new", "l2|new", "l3|new"});
  rig.CheckSums();
}

TEST_CASE("a row that cannot be read names itself, rolls back and leaves the store usable", "[store][C-093]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "good"), Put(2, "lists", "l2", R"({"name":)")});
  const auto checkpoint = rig.Checkpoint({"a"});
  rig.Track(checkpoint);
  const auto failed = rig.TryComplete(checkpoint);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == ErrorCode::kProtocol);
  CHECK(failed.error().message.find("row l2 of lists") != std::string::npos);
  CHECK(rig.Lists().empty());
  CHECK_FALSE(rig.local.db->InTransaction());
  rig.local.Must("INSERT INTO todos(id) VALUES('still works')");
  rig.EmptyQueue();
  rig.SetTarget(0);
  rig.Line("a", {PutList(3, "l2", "repaired")});
  CHECK(rig.Sync({"a"}) == store::PublishStart::Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l1|good", "l2|repaired"});
}

TEST_CASE("many batches come to the same as one, with the indexes in place", "[store][C-100]") {
  const std::size_t batch_bytes = GENERATE(std::size_t{1} << 20, std::size_t{32} << 20);
  // In small buffers most operations go through ps_pending, in a large one none does.
  const std::size_t buffer_bytes = GENERATE(std::size_t{1} << 20, std::size_t{32} << 20);
  DownloadRig rig(kTodoSchema, {":memory:"}, {.buffer_bytes = buffer_bytes, .batch_bytes = batch_bytes});
  const std::string filler(600, 'f');
  SeededRandom random(1);
  const std::size_t count = 12'000;
  std::int64_t op = 0;
  std::map<std::string, std::string> expected;
  while (static_cast<std::size_t>(op) < count) {
    std::vector<Op> line;
    for (int i = 0; i < 500; ++i) {
      const std::string id = std::to_string(random.Next() % 8'000);
      if (random.Next() % 10 == 0) {
        line.push_back(Remove(++op, "todos", id));
        expected.erase(id);
      } else {
        ++op;
        line.push_back(
            Put(op, "todos", id, R"({"list_id":"l","text":")" + filler + R"(","done":)" + std::to_string(op) + "}"));
        expected[id] = std::to_string(op);
      }
    }
    rig.Line("a", line);
    if (rig.downloads->WantsFlush()) rig.Flush();
  }
  const bool went_through_table = rig.local.OwnRows("SELECT count(*) > 0 FROM ps_pending") == Rows{"1"};
  CHECK(went_through_table == (buffer_bytes < std::size_t{32} << 20));
  const auto checkpoint = rig.Checkpoint({"a"});
  rig.Track(checkpoint);
  CHECK(rig.Complete(checkpoint, std::nullopt, 1000) == store::PublishStart::Outcome::kStarted);
  Rows wanted;
  for (const auto& [id, done] : expected) wanted.push_back(id + "|" + done);
  CHECK(rig.local.OwnRows("SELECT id, done FROM todos ORDER BY id") == wanted);
  CHECK(rig.local.OwnRows("PRAGMA integrity_check") == Rows{"ok"});
  const Rows plan = rig.local.OwnRows("EXPLAIN QUERY PLAN SELECT * FROM todos WHERE list_id = 'l'");
  CHECK(plan.at(0).find("USING INDEX") != std::string::npos);
  rig.CheckSums();
}

}  // namespace
}  // namespace skerry::test
