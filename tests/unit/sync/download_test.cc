#include <filesystem>

#include "sqlite/connection.h"
#include "support/catch.h"
#include "support/sync_host.h"

namespace skerry {

using test::Json;
using test::SyncHost;

namespace {

Json List(int op, std::string_view id, std::string_view name, std::uint32_t checksum = 10) {
  return test::Put(op, "lists", id, {{"id", id}, {"name", name}}, checksum);
}

}  // namespace

TEST_CASE("a completed checkpoint becomes visible at once", "[sync][download][scenario-1][C-103][C-154]") {
  SyncHost host;
  host.Open();
  host.Send({test::Checkpoint(1, Json::array({test::Bucket("a", 10, 1)})),
             test::Data("a", Json::array({List(1, "l1", "one")}))});
  CHECK(host.Names().empty());
  CHECK(host.Status()["downloading"] == true);
  host.Send({test::Complete(1)});
  CHECK(host.Names() == Json::parse(R"([["one"]])"));
  CHECK(host.Status()["downloadProgress"].is_null());
  CHECK(host.QueueCount() == 0);
}

TEST_CASE("pending local writes hold a checkpoint back until they are acknowledged",
          "[sync][download][scenario-2][scenario-5][C-140]") {
  SyncHost host;
  host.Execute("INSERT INTO lists(id, name) VALUES ('mine', 'local')");
  host.Open();
  host.Send({test::Checkpoint(1, Json::array({test::Bucket("a", 10, 1)}), "1"),
             test::Data("a", Json::array({List(1, "l1", "one")})), test::Complete(1)});
  CHECK(host.Names() == Json::parse(R"([["local"]])"));
  REQUIRE(host.AnswerUpload());
  host.AnswerWriteCheckpoint(1);
  // The local row was not in the checkpoint: the backend rejected it (C-123).
  CHECK(host.Names() == Json::parse(R"([["one"]])"));
}

TEST_CASE("a checkpoint without acknowledgement stays back after the upload", "[sync][download][scenario-6]") {
  SyncHost host;
  host.Execute("INSERT INTO lists(id, name) VALUES ('mine', 'local')");
  host.Open();
  REQUIRE(host.AnswerUpload());
  host.AnswerWriteCheckpoint(1);
  host.Send({test::Checkpoint(1, Json::array({test::Bucket("a", 10, 1)})),
             test::Data("a", Json::array({List(1, "mine", "one")})), test::Complete(1)});
  CHECK(host.Names() == Json::parse(R"([["local"]])"));
  host.Send({test::Diff(1, Json::array(), Json::array(), "1"), test::Complete(1)});
  CHECK(host.Names() == Json::parse(R"([["one"]])"));
}

TEST_CASE("a second local write keeps the checkpoint back", "[sync][download][scenario-7]") {
  SyncHost host;
  host.Execute("INSERT INTO lists(id, name) VALUES ('mine', 'local')");
  host.Open();
  host.Send({test::Checkpoint(1, Json::array({test::Bucket("a", 10, 1)}), "1"),
             test::Data("a", Json::array({List(1, "mine", "one")})), test::Complete(1)});
  REQUIRE(host.AnswerUpload());
  host.Execute("UPDATE lists SET name = 'newer'");
  host.AnswerWriteCheckpoint(1);
  CHECK(host.Names() == Json::parse(R"([["newer"]])"));
  host.Settle();
  host.Advance(1500);
  CHECK(host.AnswerUpload());
}

TEST_CASE("a bucket with a wrong checksum is downloaded again, alone", "[sync][download][scenario-13][C-131][P-076]") {
  SyncHost host;
  host.Open();
  host.Send({test::Checkpoint(2, Json::array({test::Bucket("good", 10, 1), test::Bucket("bad", 99, 1)})),
             test::Data("good", Json::array({List(1, "l1", "one")})),
             test::Data("bad", Json::array({List(2, "l2", "two")}))});
  host.instructions().clear();
  host.Send({test::Complete(2)});
  CHECK(host.Names().empty());
  CHECK(host.Take("closeStream")["id"] == host.stream);
  CHECK(host.Status()["connected"] == false);
  CHECK(host.Status()["downloadError"]["code"] == "checksum_mismatch");
  CHECK(host.Status()["downloadError"]["message"].get<std::string>().find(
            "Checksums didn't match, failed for: bad (expected 0x00000063, got 0x0000000a") == 0);
  host.Advance(2000);
  host.Reopen();
  CHECK(host.request["buckets"] == Json::parse(R"([{"name":"good","after":"1"}])"));
  host.Send({test::Checkpoint(2, Json::array({test::Bucket("good", 10, 1), test::Bucket("bad", 10, 1)})),
             test::Data("bad", Json::array({List(2, "l2", "two")})), test::Complete(2)});
  CHECK(host.Names() == Json::parse(R"([["one"],["two"]])"));
  CHECK_FALSE(host.Status().contains("downloadError"));
}

TEST_CASE("lines out of order or malformed end the iteration, not the client",
          "[sync][download][scenario-15][P-051][P-053]") {
  const auto bad =
      GENERATE(as<std::string>(), R"({"checkpoint_diff":{"last_op_id":"1","updated_buckets":[],"removed_buckets":[]}})",
               R"({"checkpoint_complete":{"last_op_id":"1"}})",
               R"({"partial_checkpoint_complete":{"last_op_id":"1","priority":1}})", "garbage", "{",
               R"({"checkpoint":{"last_op_id":1,"buckets":[]}})", R"({"data":{},"checkpoint":{}})",
               R"({"data":{"bucket":"a","data":[{"op_id":"1","op":"TWIST","checksum":0}]}})",
               R"({"checkpoint":{"last_op_id":"1","buckets":[{"bucket":"a","checksum":1.5}],"streams":[]}})");
  SyncHost host;
  host.Open();
  host.instructions().clear();
  host.StreamBytes(host.stream, bad + "\n");
  INFO(bad);
  CHECK(host.Status()["connected"] == false);
  CHECK(host.Status()["downloadError"]["code"] == "protocol");
  CHECK_FALSE(host.Take("closeStream").is_null());
  host.Advance(2000);
  host.Reopen();
  host.Send({test::Checkpoint(1, Json::array({test::Bucket("a", 10, 1)})),
             test::Data("a", Json::array({List(1, "l1", "one")})), test::Complete(1)});
  CHECK(host.Names() == Json::parse(R"([["one"]])"));
}

TEST_CASE("unknown lines pass and change nothing", "[sync][download]") {
  SyncHost host;
  host.Open();
  host.StreamBytes(host.stream, "{\"future\":{\"deep\":[1,{\"x\":null}]}}\n");
  CHECK(host.Status()["connected"] == true);
}

TEST_CASE("a row shows the newest of the buckets that hold it", "[sync][download][scenario-8][P-060][P-061]") {
  SyncHost host;
  host.Open();
  host.Send({test::Checkpoint(7, Json::array({test::Bucket("A", 10, 1), test::Bucket("B", 10, 1)})),
             test::Data("A", Json::array({List(5, "l", "from A")})),
             test::Data("B", Json::array({List(7, "l", "from B")})), test::Complete(7)});
  CHECK(host.Names() == Json::parse(R"([["from B"]])"));
  host.Send({test::Diff(8, Json::array({test::Bucket("B", 15, 2)})),
             test::Data("B", Json::array({test::Remove(8, "lists", "l", 5)})), test::Complete(8)});
  CHECK(host.Names() == Json::parse(R"([["from A"]])"));
  host.Send({test::Diff(9, Json::array({test::Bucket("A", 15, 2)})),
             test::Data("A", Json::array({test::Remove(9, "lists", "l", 5)})), test::Complete(9)});
  CHECK(host.Names().empty());
}

TEST_CASE("a bucket that leaves takes its rows along", "[sync][download][scenario-16][C-111]") {
  SyncHost host;
  host.Open();
  host.Send({test::Checkpoint(2, Json::array({test::Bucket("A", 10, 1), test::Bucket("B", 10, 1)})),
             test::Data("A", Json::array({List(1, "a", "a")})), test::Data("B", Json::array({List(2, "b", "b")})),
             test::Complete(2)});
  CHECK(host.Names().size() == 2);
  host.Send({test::Diff(3, Json::array(), Json::array({"A"}))});
  CHECK(host.Names().size() == 2);
  host.Send({test::Complete(3)});
  CHECK(host.Names() == Json::parse(R"([["b"]])"));
}

TEST_CASE("a busy database keeps the iteration, and the same line succeeds later",
          "[sync][download][scenario-14][C-114]") {
  const auto path = std::filesystem::temp_directory_path() / "skerry-busy-test.db";
  const auto remove = [&path] {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + end);
  };
  remove();
  {
    test::ClientHost host(Json::object({{"path", path.string()}}));
    host.ApplySchema(test::ListsSchema());
    const std::uint32_t stream = test::ConnectAndOpen(host);
    sqlite::OpenOptions options;
    options.path = path.string();
    auto other = sqlite::Connection::Open(options);
    REQUIRE(other.ok());
    const std::string lines = test::Checkpoint(1, Json::array({test::Bucket("a", 10, 1)})).dump() + "\n" +
                              test::Data("a", Json::array({List(1, "l1", "one")})).dump() + "\n" +
                              test::Complete(1).dump() + "\n";
    REQUIRE((*other)->Execute("BEGIN IMMEDIATE").ok());
    host.StreamBytes(stream, lines);
    host.Advance(500);
    CHECK(host.Status()["connected"] == true);
    CHECK_FALSE(host.Status().contains("downloadError"));
    CHECK(host.Read("SELECT count(*) FROM lists").rows[0][0] == 0);
    REQUIRE((*other)->Execute("ROLLBACK").ok());
    host.Advance(500);
    CHECK(host.Read("SELECT name FROM lists").rows == Json::parse(R"([["one"]])"));
    CHECK(host.Status()["connected"] == true);
    REQUIRE(host.Call(client::Op::kInfo, ""));
    CHECK(host.ReplyJson()["buckets"][0]["countAtLast"] == 1);
  }
  remove();
}

TEST_CASE("a publish in slices keeps the lines behind it in order", "[sync][download]") {
  SyncHost host;
  host.auto_work = false;
  host.Open();
  Json operations = Json::array();
  for (int i = 1; i <= 3000; ++i) operations.push_back(List(i, std::to_string(i), "n", 1));
  std::string lines = test::Checkpoint(3000, Json::array({test::Bucket("a", 3000, 3000)})).dump() + "\n";
  lines += test::Data("a", operations).dump() + "\n" + test::Complete(3000).dump() + "\n";
  lines += test::Diff(3001, Json::array({test::Bucket("a", 3001, 3001)})).dump() + "\n";
  lines +=
      test::Data("a", Json::array({List(3001, "last", "after", 1)})).dump() + "\n" + test::Complete(3001).dump() + "\n";
  host.StreamBytes(host.stream, lines);
  CHECK((host.flags() & client::kFlagWork) != 0);
  CHECK((host.flags() & client::kFlagBusy) != 0);
  CHECK_FALSE(host.Event({{"event", "online"}}));
  CHECK(host.FailingExecute("INSERT INTO lists(id) VALUES ('x')")["code"] == "lock_timeout");
  int slices = 0;
  while ((host.flags() & client::kFlagWork) != 0) {
    REQUIRE(host.Call(client::Op::kWork, ""));
    ++slices;
    REQUIRE(slices < 1000);
  }
  CHECK(host.Read("SELECT count(*) FROM lists").rows[0][0] == 3001);
  CHECK(host.Read("SELECT name FROM lists WHERE id = 'last'").rows[0][0] == "after");
}

TEST_CASE("disconnecting in the middle of a publish rolls it back", "[sync][download][C-120]") {
  // Large enough that one slice cannot finish it, whatever the slice holds.
  SyncHost host;
  host.auto_work = false;
  host.Open();
  Json operations = Json::array();
  for (int i = 1; i <= 20000; ++i) operations.push_back(List(i, std::to_string(i), "n", 1));
  host.StreamBytes(host.stream, test::Checkpoint(20000, Json::array({test::Bucket("a", 20000, 20000)})).dump() + "\n" +
                                    test::Data("a", operations).dump() + "\n" + test::Complete(20000).dump() + "\n");
  REQUIRE((host.flags() & client::kFlagWork) != 0);
  CHECK(host.Event({{"event", "disconnect"}}));
  CHECK((host.flags() & (client::kFlagWork | client::kFlagBusy)) == 0);
  CHECK(host.Read("SELECT count(*) FROM lists").rows[0][0] == 0);
  host.auto_work = true;
  host.Open();
  host.Send({test::Checkpoint(20000, Json::array({test::Bucket("a", 20000, 20000)})), test::Complete(20000)});
  CHECK(host.Read("SELECT count(*) FROM lists").rows[0][0] == 20000);
}

TEST_CASE("keepalives: nothing, a new token ahead of time, the end",
          "[sync][download][scenario-17][P-103][P-104][P-105]") {
  SyncHost host;
  host.Open();
  host.Send({test::Checkpoint(0, Json::array()), test::Complete(0)});
  host.instructions().clear();
  host.Send({test::KeepAlive(60)});
  CHECK(host.Take("fetchCredentials").is_null());

  host.Send({test::KeepAlive(30)});
  const Json fetch = host.Take("fetchCredentials");
  REQUIRE_FALSE(fetch.is_null());
  CHECK(fetch["invalidate"] == false);
  CHECK(host.Status()["connected"] == true);
  host.Event({{"event", "credentials"}, {"id", fetch["id"]}, {"endpoint", "https://sync.test"}, {"token", "token-2"}});
  // The stream is renewed with the token just fetched, without a second fetch and without showing it.
  CHECK(host.Take("closeStream")["id"] == host.stream);
  CHECK(host.Take("fetchCredentials").is_null());
  CHECK(host.Status()["connected"] == true);
  const Json open = host.Take("openStream");
  CHECK(open["token"] == "token-2");
  host.instructions().push_back(open);
  host.Reopen();

  host.Send({test::KeepAlive(0)});
  CHECK(host.Status()["connected"] == false);
  host.Advance(2000);
  CHECK(host.Take("fetchCredentials")["invalidate"] == true);
}

TEST_CASE("a failed prefetch is tried at the next keepalive", "[sync][download][P-104]") {
  SyncHost host;
  host.Open();
  host.Send({test::KeepAlive(20)});
  const Json first = host.Take("fetchCredentials");
  host.Event({{"event", "credentialsFailed"}, {"id", first["id"]}, {"message", "offline"}});
  CHECK(host.Status()["connected"] == true);
  host.Send({test::KeepAlive(10)});
  CHECK_FALSE(host.Take("fetchCredentials").is_null());
}

TEST_CASE("a partial checkpoint shows its priority first", "[sync][download][C-124][C-127]") {
  SyncHost host;
  host.Open();
  host.Send({test::Checkpoint(2, Json::array({test::Bucket("urgent", 10, 1, 1), test::Bucket("late", 10, 1, 3)})),
             test::Data("urgent", Json::array({List(1, "a", "first")})), test::Partial(2, 1)});
  CHECK(host.Names() == Json::parse(R"([["first"]])"));
  CHECK(host.Status()["hasSynced"] == false);
  CHECK(host.Status()["priorityStatusEntries"][0]["priority"] == 1);
  host.Send({test::Data("late", Json::array({List(2, "b", "second")})), test::Complete(2)});
  CHECK(host.Names().size() == 2);
  CHECK(host.Status()["hasSynced"] == true);
  CHECK(host.Status()["priorityStatusEntries"].size() == 1);
}

TEST_CASE("priority 0 is shown although local writes wait", "[sync][download][scenario-3][C-129]") {
  SyncHost host;
  host.Execute("INSERT INTO lists(id, name) VALUES ('mine', 'local')");
  host.Open();
  host.Send({test::Checkpoint(2, Json::array({test::Bucket("now", 10, 1, 0), test::Bucket("late", 10, 1, 3)})),
             test::Data("now", Json::array({List(1, "a", "urgent")})), test::Partial(2, 0)});
  CHECK(host.Names() == Json::parse(R"([["local"],["urgent"]])"));
}

TEST_CASE("published rows wake the watches that read them", "[sync][download][watch]") {
  SyncHost host;
  REQUIRE(host.Watch(1, "SELECT name FROM lists"));
  host.PullWatches();
  host.Open();
  host.Send({test::Checkpoint(1, Json::array({test::Bucket("a", 10, 1)})),
             test::Data("a", Json::array({List(1, "l1", "one")}))});
  CHECK(host.PullWatches().empty());
  host.Send({test::Complete(1)});
  const auto messages = host.PullWatches();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].rows.rows == Json::parse(R"([["one"]])"));
}

TEST_CASE("64-bit integers arrive exactly", "[sync][download][scenario-21][P-066]") {
  SyncHost host;
  host.Open();
  host.Send({test::Checkpoint(1, Json::array({test::Bucket("a", 10, 1)})),
             Json::parse(R"({"data":{"bucket":"a","data":[{"op_id":"1","op":"PUT","object_type":"todos","object_id":"t",
               "checksum":10,"data":"{\"id\":\"t\",\"done\":9223372036854775807}"}]}})"),
             test::Complete(1)});
  CHECK(host.Read("SELECT done FROM todos").rows[0][0] == 9223372036854775807LL);
}

TEST_CASE("clearing needs a disconnect, keeps the client id and starts from nothing", "[sync][download][C-200]") {
  SyncHost host;
  host.Open();
  host.Send({test::Checkpoint(1, Json::array({test::Bucket("a", 10, 1)})),
             test::Data("a", Json::array({List(1, "l1", "one")})), test::Complete(1)});
  host.Execute("INSERT INTO notes(id, text) VALUES ('n', 'local')");
  host.Call(client::Op::kInfo, "");
  const Json before = host.ReplyJson();
  CHECK_FALSE(host.Call(client::Op::kClear, R"({"clearLocal":false})"));
  host.Event({{"event", "disconnect"}});
  REQUIRE(host.Watch(1, "SELECT name FROM lists"));
  host.PullWatches();
  REQUIRE(host.Call(client::Op::kClear, R"({"clearLocal":false})"));
  CHECK(host.PullWatches().size() == 1);
  CHECK(host.Names().empty());
  CHECK(host.Read("SELECT count(*) FROM notes").rows[0][0] == 1);
  host.Settle();
  CHECK(host.Status()["hasSynced"] == false);
  host.Call(client::Op::kInfo, "");
  CHECK(host.ReplyJson()["clientId"] == before["clientId"]);
  CHECK(host.ReplyJson()["buckets"].empty());
  REQUIRE(host.Call(client::Op::kClear, R"({"clearLocal":true})"));
  CHECK(host.Read("SELECT count(*) FROM notes").rows[0][0] == 0);
}

TEST_CASE("the schema cannot change while connected, and the same schema is no change", "[sync][C-024]") {
  SyncHost host;
  host.Open();
  host.ApplySchema(test::ListsSchema());
  Json other = test::ListsSchema();
  other["tables"].erase(2);
  CHECK_FALSE(host.Call(client::Op::kSchema, other.dump()));
  CHECK(host.ReplyJson()["message"] == "Cannot update schema while connected");
}

}  // namespace skerry
