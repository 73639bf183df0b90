#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine.h"
#include "sqlite/connection.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;
using Lines = std::vector<std::string>;

namespace {

constexpr char kB[] = "1#my_boats|0[\"u1\"]";
const std::string kAlke = R"({"id":"b1","name":"Alke"})";
const std::string kAlke2 = R"({"id":"b1","name":"Alke II"})";
const std::string kBrigg = R"({"id":"b2","name":"Brigg"})";

}  // namespace

TEST_CASE("W01 W02 W05: a bucket's sum and count follow its operations", "[storage][W01][W02][W05][P-072]") {
  Engine engine;
  engine.Deploy();
  CHECK(engine.Total(kB).count == 0);
  CHECK(engine.Total(kB).checksum.value() == 0);
  Must(engine.writer->Begin());
  engine.Set("boats", "[\"b1\"]", {{kB, "boats", "b1", kAlke}});
  engine.Set("boats", "[\"b2\"]", {{kB, "boats", "b2", kBrigg}});
  const auto first = Must(engine.writer->Publish("01"));
  CHECK(Raw(first.checkpoint.op) == 2);
  CHECK(first.checkpoint.position == "01");
  CHECK(first.changes.buckets == Lines{kB});
  CHECK(engine.Total(kB).checksum.value() == 1864767825u);
  CHECK(engine.Total(kB).count == 2);

  Must(engine.writer->Begin());
  engine.Set("boats", "[\"b1\"]", {{kB, "boats", "b1", kAlke2}});
  Must(engine.writer->Publish("02"));
  CHECK(engine.Total(kB).checksum.value() == 911310907u);

  Must(engine.writer->Begin());
  engine.Set("boats", "[\"b2\"]", {});
  Must(engine.writer->Publish("03"));
  CHECK(engine.Total(kB).count == 4);
  CHECK(Raw(engine.Total(kB).last_op) == 4);
  CHECK(engine.Log(kB) ==
        Lines{"1 PUT boats/b1 " + kAlke, "2 PUT boats/b2 " + kBrigg, "3 PUT boats/b1 " + kAlke2, "4 REMOVE boats/b2"});

  // The sum is the sum of what is sent, and the subkey is one per source row.
  const storage::Chunk chunk = Must(engine.reader->Scan(kB, OpId{0}, OpId{4}, {}));
  bucket::Checksum sum;
  for (const bucket::Operation& op : chunk.operations) sum += op.checksum;
  CHECK(sum == engine.Total(kB).checksum);
  CHECK(chunk.operations[0].subkey == chunk.operations[2].subkey);
  CHECK(chunk.operations[1].subkey == chunk.operations[3].subkey);
  CHECK(chunk.operations[0].subkey != chunk.operations[1].subkey);
  CHECK(chunk.operations[0].subkey->substr(0, 37) == std::string(kTableId) + "/");
}

TEST_CASE("W03: a row that is what it was writes nothing", "[storage][W03]") {
  Engine engine;
  engine.Deploy();
  Must(engine.writer->Begin());
  engine.Set("boats", "[\"b1\"]", {{kB, "boats", "b1", kAlke}}, {{0, "[\"u1\"]", "[[\"b1\"]]"}});
  Must(engine.writer->Publish("01"));
  Must(engine.writer->Begin());
  engine.Set("boats", "[\"b1\"]", {{kB, "boats", "b1", kAlke}}, {{0, "[\"u1\"]", "[[\"b1\"]]"}});
  const auto again = Must(engine.writer->Publish("02"));
  CHECK(Raw(again.checkpoint.op) == 1);
  CHECK(again.checkpoint.serial == 3);
  CHECK(again.changes.buckets.empty());
  CHECK(again.changes.index_keys.empty());
  CHECK_FALSE(again.changes.everything);
}

TEST_CASE("W04: a row that changes its bucket is put there and removed here, in one checkpoint", "[storage][W04]") {
  Engine engine;
  engine.Deploy();
  Must(engine.writer->Begin());
  engine.Set("boats", "[\"b1\"]", {{kB, "boats", "b1", kAlke}});
  Must(engine.writer->Publish("01"));
  Must(engine.writer->Begin());
  engine.Set("boats", "[\"b1\"]", {{"other", "boats", "b1", kAlke}});
  Must(engine.writer->Publish("02"));
  CHECK(engine.Log("other") == Lines{"2 PUT boats/b1 " + kAlke});
  CHECK(engine.Log(kB) == Lines{"1 PUT boats/b1 " + kAlke, "3 REMOVE boats/b1"});
}

TEST_CASE("W07: a row that changes its output id is put first, then removed, under one subkey", "[storage][W07]") {
  Engine engine;
  engine.Deploy();
  Must(engine.writer->Begin());
  engine.Set("boats", "[1]", {{kB, "boats", "old", "{}"}});
  Must(engine.writer->Publish("01"));
  Must(engine.writer->Begin());
  engine.Set("boats", "[1]", {{kB, "boats", "new", "{}"}});
  Must(engine.writer->Publish("02"));
  CHECK(engine.Log(kB) == Lines{"1 PUT boats/old {}", "2 PUT boats/new {}", "3 REMOVE boats/old"});
  const storage::Chunk chunk = Must(engine.reader->Scan(kB, OpId{0}, OpId{3}, {}));
  CHECK(chunk.operations[1].subkey == chunk.operations[2].subkey);
}

TEST_CASE("a snapshot stays at its checkpoint while the writer goes on", "[storage][G1][I7]") {
  Engine engine;
  engine.Deploy();
  Must(engine.writer->Begin());
  engine.Set("boats", "[1]", {{kB, "boats", "1", "{}"}}, {{0, "[\"u1\"]", "[[\"b1\"]]"}});
  Must(engine.writer->Publish("01"));
  auto before = Must(engine.reader->Open());

  Must(engine.writer->Begin());
  engine.Set("boats", "[2]", {{kB, "boats", "2", "{}"}}, {{0, "[\"u1\"]", "[[\"b2\"]]"}});
  engine.Set("boats", "[1]", {});
  auto other = Must(storage::OpenSqliteReader(engine.path));
  CHECK(Must(other->Open())->checkpoint().position == "01");  // Nothing of an open batch is seen.
  Must(engine.writer->Publish("02"));

  const std::string keys[] = {"[\"u1\"]"};
  const std::string buckets[] = {kB};
  CHECK(before->checkpoint().position == "01");
  CHECK(Must(before->Lookup(0, keys, 10)) == Lines{"[[\"b1\"]]"});
  CHECK(Must(before->Totals(buckets))[0].count == 1);
  before.reset();
  const auto after = Must(engine.reader->Open());
  CHECK(Must(after->Lookup(0, keys, 10)) == Lines{"[[\"b2\"]]"});
  CHECK(Must(after->Totals(buckets))[0].count == 3);
}

TEST_CASE("a lookup stops at its limit", "[storage]") {
  Engine engine;
  engine.Deploy();
  Must(engine.writer->Begin());
  for (int i = 0; i < 5; ++i) engine.Set("boats", std::to_string(i), {}, {{0, "[\"u1\"]", "[[1]]"}});
  engine.Set("boats", "x", {}, {{0, "[\"u2\"]", "[[2]]"}, {1, "[\"u1\"]", "[[3]]"}});
  Must(engine.writer->Publish("01"));
  const auto snapshot = Must(engine.reader->Open());
  const std::string keys[] = {"[\"u1\"]", "[\"u2\"]"};
  CHECK(Must(snapshot->Lookup(0, keys, 6)).size() == 6);
  const auto refused = snapshot->Lookup(0, keys, 5);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::kLimit);
}

TEST_CASE("a scan is cut by count and by bytes and goes on where it stopped", "[storage][P-083]") {
  Engine engine;
  engine.Deploy();
  Must(engine.writer->Begin());
  for (int i = 0; i < 25; ++i) {
    engine.Set("boats", std::to_string(i), {{kB, "boats", std::to_string(i), std::string(100, 'x')}});
  }
  Must(engine.writer->Publish("01"));
  for (const storage::ScanLimit limit : {storage::ScanLimit{10, 1 << 20}, storage::ScanLimit{1000, 1000}}) {
    OpId after{0};
    std::size_t total = 0;
    for (int round = 0; round < 3; ++round) {
      const storage::Chunk chunk = Must(engine.reader->Scan(kB, after, OpId{25}, limit));
      CHECK(chunk.operations.size() == (round < 2 ? 10u : 5u));
      CHECK(chunk.has_more == (round < 2));
      for (const bucket::Operation& op : chunk.operations) CHECK(Raw(op.id) == static_cast<std::int64_t>(++total));
      after = chunk.next_after;
    }
    CHECK(total == 25);
  }
  CHECK(Must(engine.reader->Scan(kB, OpId{0}, OpId{7}, {})).operations.size() == 7);
  const storage::Chunk none = Must(engine.reader->Scan("nobody", OpId{3}, OpId{25}, {}));
  CHECK(none.operations.empty());
  CHECK(none.next_after == OpId{3});
  // The texts survive the move of the chunk.
  storage::Chunk chunk = Must(engine.reader->Scan(kB, OpId{0}, OpId{1}, {}));
  const storage::Chunk moved = std::move(chunk);
  CHECK(moved.operations[0].object_type == "boats");
}

TEST_CASE("what changed since a checkpoint is listed, or is everything", "[storage]") {
  Engine engine;
  engine.Deploy();
  const storage::Checkpoint start = engine.writer->checkpoint();
  Must(engine.writer->Begin());
  engine.Set("boats", "[1]", {{kB, "boats", "1", "{}"}}, {{0, "[\"u1\"]", "[[1]]"}});
  const auto one = Must(engine.writer->Publish("01"));
  CHECK(one.changes.index_keys == std::vector<std::pair<std::uint32_t, std::string>>{{0, "[\"u1\"]"}});
  Must(engine.writer->Begin());
  engine.Set("boats", "[1]", {{"other", "boats", "1", "{}"}}, {{0, "[\"u2\"]", "[[1]]"}});
  Must(engine.writer->Publish("02"));
  {
    const auto snapshot = Must(engine.reader->Open());
    const storage::Changes all = Must(snapshot->ChangesSince(start));
    CHECK(all.buckets.size() == 2);
    CHECK(all.index_keys == std::vector<std::pair<std::uint32_t, std::string>>{{0, "[\"u1\"]"}, {0, "[\"u2\"]"}});
    CHECK(Must(snapshot->ChangesSince(snapshot->checkpoint())).buckets.empty());
  }
  Must(engine.writer->Begin());
  for (int i = 0; i < 1001; ++i) engine.Set("crew", std::to_string(i), {{"b" + std::to_string(i), "crew", "1", "{}"}});
  CHECK(Must(engine.writer->Publish("03")).changes.everything);
  CHECK(Must(Must(engine.reader->Open())->ChangesSince(start)).everything);

  const storage::Checkpoint here = engine.writer->checkpoint();
  Must(engine.writer->Begin());
  for (int i = 0; i < 1001; ++i) engine.Set("crew", std::to_string(i), {}, {{1, std::to_string(i), "[[]]"}});
  CHECK(Must(engine.writer->Publish("04")).changes.everything);
  CHECK(Must(Must(engine.reader->Open())->ChangesSince(here)).everything);
}

TEST_CASE("copying a table again removes the rows that did not come, and only writes what differs", "[storage]") {
  Engine engine;
  engine.Deploy();
  Must(engine.writer->Begin());
  Must(engine.writer->BeginCopy("boats"));
  for (const char* id : {"1", "2", "3"}) engine.Set("boats", id, {{kB, "boats", id, "{}"}});
  Must(engine.writer->EndCopy("boats"));
  engine.Set("crew", "9", {{kB, "crew", "9", "{}"}});
  Must(engine.writer->Publish("01"));
  Must(engine.writer->Begin());
  Must(engine.writer->BeginCopy("boats"));
  engine.Set("boats", "1", {{kB, "boats", "1", "{}"}});
  engine.Set("boats", "3", {{kB, "boats", "3", "{\"a\":1}"}});
  engine.Set("boats", "4", {{kB, "boats", "4", "{}"}});
  Must(engine.writer->EndCopy("boats"));
  Must(engine.writer->Publish("02"));
  CHECK(engine.Log(kB) == Lines{"1 PUT boats/1 {}", "2 PUT boats/2 {}", "3 PUT boats/3 {}", "4 PUT crew/9 {}",
                                "5 PUT boats/3 {\"a\":1}", "6 PUT boats/4 {}", "7 REMOVE boats/2"});
}

TEST_CASE("W10: a table that goes takes all its rows along", "[storage][W10]") {
  Engine engine;
  engine.Deploy();
  Must(engine.writer->Begin());
  for (int i = 0; i < 2500; ++i) engine.Set("boats", std::to_string(i), {{kB, "boats", std::to_string(i), "{}"}});
  Must(engine.writer->Publish("01"));
  Must(engine.writer->Begin());
  Must(engine.writer->DropTable("boats"));
  Must(engine.writer->Publish("02"));
  CHECK(engine.Total(kB).count == 5000);
  CHECK(Must(engine.writer->Tables()).size() == 1);
  // A table of the same name with another identity gives other subkeys.
  Must(engine.writer->Begin());
  Must(engine.writer->PutTable({"boats", "other-id", "{}"}));
  engine.Set("boats", "1", {{kB, "boats", "1", "{}"}});
  Must(engine.writer->Publish("03"));
  const storage::Chunk last = Must(engine.reader->Scan(kB, OpId{5000}, OpId{5001}, {}));
  CHECK(last.operations[0].subkey->substr(0, 9) == "other-id/");
}

TEST_CASE("a new deployment replaces everything at once and never repeats an op id", "[storage][I2][I14][W25]") {
  Engine engine;
  engine.Deploy();
  Must(engine.writer->Begin());
  engine.Set("boats", "[1]", {{kB, "boats", "1", "{}"}}, {{0, "[\"u1\"]", "[[1]]"}});
  Must(engine.writer->Publish("05"));

  Must(engine.writer->Begin());
  Must(engine.writer->StartDeployment("plan 2", "source"));
  Must(engine.writer->PutTable({"boats", kTableId, "{}"}));
  engine.Set("boats", "[1]", {{"2#b", "boats", "1", "{}"}});
  CHECK(engine.Log(kB).size() == 1);  // Readers still see the old one.
  CHECK(engine.writer->deployment().number == 1);
  const auto published = Must(engine.writer->Publish("03"));
  CHECK(published.checkpoint.deployment == 2);
  CHECK(published.changes.everything);
  CHECK(engine.writer->deployment().plan == "plan 2");
  CHECK(engine.Log(kB).empty());
  CHECK(engine.Log("2#b") == Lines{"2 PUT boats/1 {}"});
  const std::string keys[] = {"[\"u1\"]"};
  CHECK(Must(Must(engine.reader->Open())->Lookup(0, keys, 10)).empty());
}

TEST_CASE("an abandoned batch leaves nothing behind, not even in memory", "[storage]") {
  Engine engine;
  engine.Deploy();
  Must(engine.writer->Begin());
  engine.Set("boats", "[1]", {{kB, "boats", "1", "{}"}});
  engine.writer->Rollback();
  Must(engine.writer->Begin());
  engine.Set("boats", "[2]", {{kB, "boats", "2", "{}"}});
  Must(engine.writer->Publish("01"));
  CHECK(engine.Log(kB) == Lines{"1 PUT boats/2 {}"});
  CHECK(engine.Total(kB).count == 1);
}

TEST_CASE("state, tables and op ids survive a restart", "[storage][I2]") {
  Engine engine;
  engine.Deploy("the plan", "the source");
  Must(engine.writer->Begin());
  engine.Set("boats", "[1]", {{kB, "boats", "1", "{}"}});
  Must(engine.writer->Publish("07"));
  engine.Reopen();
  CHECK(engine.writer->checkpoint().position == "07");
  CHECK(engine.writer->checkpoint().deployment == 1);
  CHECK(engine.writer->deployment().source == "the source");
  CHECK(Must(engine.writer->Tables()).size() == 2);
  Must(engine.writer->Begin());
  engine.Set("boats", "[1]", {{kB, "boats", "1", "{\"a\":1}"}});
  Must(engine.writer->Publish("08"));
  CHECK(engine.Log(kB) == Lines{"1 PUT boats/1 {}", "2 PUT boats/1 {\"a\":1}"});
}

TEST_CASE("a process killed inside a batch leaves the last checkpoint", "[storage][I1][W23]") {
  TempDir dir;
  const std::string path = dir / "storage.db";
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    auto writer = Must(storage::OpenSqliteWriter(path));
    Must(writer->Begin());
    Must(writer->StartDeployment("p", "s"));
    Must(writer->PutTable({"boats", kTableId, "{}"}));
    Must(writer->Publish("01"));
    Must(writer->Begin());
    const std::string data(1000, 'x');
    // Far more than the page cache, so that pages of the batch reach the file's log.
    for (int i = 0; i < 100'000; ++i) {
      const std::string key = std::to_string(i);
      storage::RowState state;
      state.memberships.push_back({kB, "boats", key, data});
      Must(writer->SetRow("boats", key, state));
    }
    (void)!write(pipe_ends[1], "x", 1);
    for (;;) pause();
  }
  char byte = 0;
  REQUIRE(read(pipe_ends[0], &byte, 1) == 1);
  // While it lives nobody else may write.
  const auto second = storage::OpenSqliteWriter(path);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == ErrorCode::kStorageBusy);
  CHECK(second.error().message.find("in use by another skerryd") != std::string::npos);
  REQUIRE(kill(child, SIGKILL) == 0);
  waitpid(child, nullptr, 0);
  close(pipe_ends[0]);
  close(pipe_ends[1]);

  auto writer = Must(storage::OpenSqliteWriter(path));
  CHECK(writer->checkpoint().position == "01");
  auto reader = Must(storage::OpenSqliteReader(path));
  CHECK(Must(reader->Scan(kB, OpId{0}, OpId{1'000'000}, {})).operations.empty());
}

TEST_CASE("a file that is something else is refused and left alone", "[storage]") {
  TempDir dir;
  const std::string path = dir / "app.db";
  auto db = Must(sqlite::Connection::Open({.path = path}));
  Must(db->Execute("CREATE TABLE mine(id)"));
  const auto writer = storage::OpenSqliteWriter(path);
  REQUIRE_FALSE(writer.ok());
  CHECK(writer.error().code == ErrorCode::kStorageUnavailable);
  const auto reader = storage::OpenSqliteReader(path);
  REQUIRE_FALSE(reader.ok());
  CHECK(Must(db->QueryInt("SELECT count(*) FROM sqlite_schema")) == 1);
}

TEST_CASE("the texts of the active and the latest config are remembered", "[storage][W25][W26]") {
  Engine engine;
  engine.Deploy("plan 1");
  CHECK(Must(engine.writer->ConfigOf("plan 1")).empty());
  Must(engine.writer->KeepConfig("plan 1", "text 1"));
  Must(engine.writer->KeepConfig("plan 2", "text 2"));
  Must(engine.writer->KeepConfig("plan 3", "text 3"));
  engine.Reopen();
  CHECK(Must(engine.writer->ConfigOf("plan 1")) == "text 1");
  CHECK(Must(engine.writer->ConfigOf("plan 2")).empty());
  CHECK(Must(engine.writer->ConfigOf("plan 3")) == "text 3");
  engine.Deploy("plan 3");
  Must(engine.writer->KeepConfig("plan 3", "text 3, with a comment"));
  CHECK(Must(engine.writer->ConfigOf("plan 1")).empty());
  CHECK(Must(engine.writer->ConfigOf("plan 3")) == "text 3, with a comment");
}
