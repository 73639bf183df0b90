#include "support/catch.h"
#include "support/sync_host.h"

namespace skerry {

using test::Json;
using test::SyncHost;

namespace {

void Insert(SyncHost& host, std::string_view id) {
  host.Execute("INSERT INTO lists(id) VALUES (?)", Json::array({id}));
  host.Settle();
}

}  // namespace

TEST_CASE("writes made offline wait for the connection", "[sync][upload]") {
  SyncHost host;
  Insert(host, "a");
  CHECK(host.Take("upload").is_null());
  CHECK(host.Status()["uploadQueueCount"] == 1);
  host.Open();
  CHECK(host.Status()["uploading"] == true);
  REQUIRE(host.AnswerUpload());
  CHECK(host.Status()["uploading"] == false);
  const Json ask = host.Take("writeCheckpoint");
  CHECK(ask["token"] == "token-1");
  host.Call(client::Op::kInfo, "");
  CHECK(ask["url"] ==
        "https://sync.test/write-checkpoint2.json?client_id=" + host.ReplyJson()["clientId"].get<std::string>());
}

TEST_CASE("a write while connected is uploaded at once, the next after the throttle", "[sync][upload]") {
  SyncHost host;
  host.Open();
  Insert(host, "a");
  REQUIRE(host.AnswerUpload());
  host.AnswerWriteCheckpoint(1);
  Insert(host, "b");
  CHECK(host.Take("upload").is_null());
  host.Advance(999);
  CHECK(host.Take("upload").is_null());
  host.Advance(1);
  CHECK(host.AnswerUpload());
}

TEST_CASE("a run goes on until the queue is empty", "[sync][upload]") {
  SyncHost host;
  host.Open();
  Insert(host, "a");
  Json upload = host.Take("upload");
  Insert(host, "b");
  CHECK(host.Take("upload").is_null());
  REQUIRE(host.Call(client::Op::kCrudComplete, R"({"lastId":1})"));
  host.Event({{"event", "uploadDone"}, {"id", upload["id"]}});
  CHECK(host.AnswerUpload());
  CHECK_FALSE(host.Take("writeCheckpoint").is_null());
}

TEST_CASE("a failed upload is shown, kept and tried again", "[sync][upload][P-134]") {
  SyncHost host;
  host.Open();
  Insert(host, "a");
  for (int i = 0; i < 3; ++i) {
    const Json upload = host.Take("upload");
    REQUIRE_FALSE(upload.is_null());
    host.Event({{"event", "uploadFailed"}, {"id", upload["id"]}, {"message", "backend is down"}});
    CHECK(host.Status()["uploadError"]["name"] == "UploadError");
    CHECK(host.Status()["uploadError"]["message"] == "backend is down");
    CHECK(host.Status()["uploading"] == false);
    CHECK(host.QueueCount() == 1);
    host.Advance(10000);
  }
  REQUIRE(host.AnswerUpload());
  CHECK_FALSE(host.Status().contains("uploadError"));
}

TEST_CASE("an upload that completes nothing is warned of and delayed", "[sync][upload]") {
  SyncHost host;
  host.Open();
  Insert(host, "a");
  const Json upload = host.Take("upload");
  host.instructions().clear();
  host.Event({{"event", "uploadDone"}, {"id", upload["id"]}});
  CHECK(host.Take("log")["line"].get<std::string>().find("Potentially previously uploaded CRUD entries") == 0);
  CHECK(host.Status()["uploadError"]["message"] == "Delaying due to previously encountered CRUD item.");
  CHECK(host.Take("upload").is_null());
  host.Advance(2000);
  CHECK(host.AnswerUpload());
}

TEST_CASE("after a lost connection a failed upload waits for the next stream", "[sync][upload]") {
  SyncHost host;
  host.Open();
  Insert(host, "a");
  const Json upload = host.Take("upload");
  host.Event({{"event", "streamFailed"}, {"id", host.stream}, {"message", "gone"}});
  host.Event({{"event", "uploadFailed"}, {"id", upload["id"]}, {"message", "gone"}});
  host.Advance(900);
  CHECK(host.Take("upload").is_null());
  host.Advance(2000);
  host.Reopen();
  CHECK(host.AnswerUpload());
}

TEST_CASE("at most one uploadData runs, also across a reconnect", "[sync][upload]") {
  SyncHost host;
  host.Open();
  Insert(host, "a");
  const Json upload = host.Take("upload");
  host.Event({{"event", "disconnect"}});
  host.Open();
  CHECK(host.Take("upload").is_null());
  REQUIRE(host.Call(client::Op::kCrudComplete, R"({"lastId":1})"));
  host.Event({{"event", "uploadDone"}, {"id", upload["id"]}});
  CHECK_FALSE(host.Take("writeCheckpoint").is_null());
}

TEST_CASE("a refused write checkpoint is an upload error and is tried again with a new token", "[sync][upload]") {
  SyncHost host;
  host.Open();
  Insert(host, "a");
  REQUIRE(host.AnswerUpload());
  Json ask = host.Take("writeCheckpoint");
  host.Event({{"event", "writeCheckpoint"}, {"id", ask["id"]}, {"status", 401}, {"body", "no"}});
  CHECK(host.Status()["uploadError"]["status"] == 401);
  host.Advance(2000);
  const Json fetch = host.Take("fetchCredentials");
  CHECK(fetch["invalidate"] == true);
  host.Event({{"event", "credentials"}, {"id", fetch["id"]}, {"endpoint", "https://sync.test"}, {"token", "token-2"}});
  ask = host.Take("writeCheckpoint");
  CHECK(ask["token"] == "token-2");
  CHECK(host.Status()["connected"] == true);
}

TEST_CASE("answers that are no write checkpoint are errors", "[sync][upload]") {
  const auto body =
      GENERATE(as<std::string>(), "", "{}", "[]", R"({"data":{}})", R"({"data":{"write_checkpoint":"x"}})",
               R"({"data":{"write_checkpoint":"-3"}})", R"({"data":{"write_checkpoint":7}})");
  SyncHost host;
  host.Open();
  Insert(host, "a");
  REQUIRE(host.AnswerUpload());
  const Json ask = host.Take("writeCheckpoint");
  host.Event({{"event", "writeCheckpoint"}, {"id", ask["id"]}, {"status", 200}, {"body", body}});
  INFO(body);
  CHECK(host.Status()["uploadError"]["code"] == "protocol");
  host.Advance(2000);
  host.AnswerWriteCheckpoint(3);
  CHECK_FALSE(host.Status().contains("uploadError"));
}

TEST_CASE("connecting without local writes shows no upload", "[sync][upload]") {
  SyncHost host;
  host.Open();
  host.Send({test::Checkpoint(0, Json::array()), test::Complete(0)});
  for (const Json& status : host.TakeAll("status")) CHECK(status["status"]["uploading"] == false);
  CHECK(host.Take("writeCheckpoint").is_null());
}

TEST_CASE("a write checkpoint given by the app is the target", "[sync][upload][C-083]") {
  SyncHost host;
  host.Open();
  Insert(host, "a");
  const Json upload = host.Take("upload");
  REQUIRE(host.Call(client::Op::kCrudComplete, R"({"lastId":1,"checkpoint":"5"})"));
  host.Event({{"event", "uploadDone"}, {"id", upload["id"]}});
  CHECK(host.Take("writeCheckpoint").is_null());
  host.Send({test::Checkpoint(1, Json::array(), "4"), test::Complete(1)});
  CHECK(host.Read("SELECT count(*) FROM lists").rows[0][0] == 1);
  host.Send({test::Diff(1, Json::array(), Json::array(), "5"), test::Complete(1)});
  CHECK(host.Read("SELECT count(*) FROM lists").rows[0][0] == 0);
}

}  // namespace skerry
