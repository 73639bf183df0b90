#include "sync/status.h"

#include "support/catch.h"
#include "support/sync_host.h"

namespace skerry {

using test::Json;
using test::SyncHost;

TEST_CASE("a status is complete JSON", "[sync][status][C-180]") {
  sync::SyncStatus status;
  status.connected = true;
  status.download_error = sync::Show({ErrorCode::kSyncHttp, "HTTP Unauthorized: no"}, 401);
  status.priorities = {{1, std::chrono::microseconds(2'000'500)},
                       {bucket::kFullSyncPriority, std::chrono::microseconds(1'000'000)}};
  status.progress = store::DownloadProgress{{{1, {2, 4}}, {3, {1, 6}}}};
  sync::StreamStatus stream;
  stream.row.key = {"todos", R"({"list":"a"})"};
  stream.row.ttl = std::chrono::seconds(60);
  stream.priority = 3;
  stream.progress = store::ProgressCount{1, 6};
  status.streams = {stream};
  status.queue_count = 2;
  CHECK(Json::parse(sync::ToJson(status)) == Json::parse(R"({
    "connected":true,"connecting":false,"downloading":true,"uploading":false,
    "downloadError":{"name":"SyncError","code":"sync_http","message":"HTTP Unauthorized: no","status":401},
    "hasSynced":true,"lastSyncedAt":1000,
    "priorityStatusEntries":[{"priority":1,"hasSynced":true,"lastSyncedAt":2000},
                             {"priority":2147483647,"hasSynced":true,"lastSyncedAt":1000}],
    "downloadProgress":{"total":10,"downloaded":3,"priorities":[{"priority":1,"total":4,"downloaded":2},{"priority":3,"total":6,"downloaded":1}]},
    "streams":[{"name":"todos","parameters":{"list":"a"},"priority":3,"active":false,"isDefault":false,
                "hasExplicitSubscription":true,"expiresAt":null,"hasSynced":false,"lastSyncedAt":null,
                "progress":{"total":6,"downloaded":1}}],
    "uploadQueueCount":2})"));
}

TEST_CASE("a long error page is cut between characters", "[sync][status][P-120]") {
  std::string page(1999, 'x');
  page += "\xe6\x97\xa5 and more";
  const Error error = sync::HttpError(502, "", page);
  CHECK(error.message == "HTTP 502: " + std::string(1999, 'x'));
  CHECK(sync::HttpError(401, "Unauthorized", "no").message == "HTTP Unauthorized: no");
}

TEST_CASE("a status is told only when it differs, counts at most every 100 ms", "[sync][status][C-180]") {
  SyncHost host;
  host.Open();
  host.Send({test::Checkpoint(100, Json::array({test::Bucket("a", 0, 100)}))});
  host.instructions().clear();
  for (int i = 1; i <= 50; ++i) {
    host.Send({test::Data("a", Json::array({test::Put(i, "lists", std::to_string(i), Json::object(), 1)}))});
  }
  CHECK(host.TakeAll("status").size() <= 1);
  CHECK(host.TakeAll("timer").size() <= 1);
  host.Advance(100);
  const auto told = host.TakeAll("status");
  REQUIRE(told.size() == 1);
  CHECK(told[0]["status"]["downloadProgress"]["downloaded"] == 50);
  CHECK(told[0]["status"]["downloadProgress"]["total"] == 100);
  host.Advance(1000);
  CHECK(host.TakeAll("status").empty());
}

TEST_CASE("progress survives a lost connection and restarts after compaction",
          "[sync][status][C-150][C-151][scenario-19]") {
  SyncHost host;
  host.Open();
  Json operations = Json::array();
  for (int i = 1; i <= 5; ++i) operations.push_back(test::Put(i, "lists", std::to_string(i), Json::object(), 1));
  host.Send({test::Checkpoint(10, Json::array({test::Bucket("a", 10, 10)})), test::Data("a", operations)});
  host.Event({{"event", "streamFailed"}, {"id", host.stream}, {"message", "gone"}});
  CHECK(host.Status()["downloadProgress"].is_null());
  host.Advance(2000);
  host.Reopen();
  CHECK(host.request["buckets"] == Json::parse(R"([{"name":"a","after":"5"}])"));
  host.Send({test::Checkpoint(12, Json::array({test::Bucket("a", 12, 12)}))});
  CHECK(host.Status()["downloadProgress"]["downloaded"] == 5);
  CHECK(host.Status()["downloadProgress"]["total"] == 12);
  host.Send({test::Diff(13, Json::array({test::Bucket("a", 9, 4)}))});
  CHECK(host.Status()["downloadProgress"]["downloaded"] == 0);
  CHECK(host.Status()["downloadProgress"]["total"] == 4);
}

TEST_CASE("stored sync state is shown without a connection", "[sync][status][C-185]") {
  SyncHost host;
  host.Open();
  host.Send({test::Checkpoint(1, Json::array({test::Bucket("a", 7, 1)})),
             test::Data("a", Json::array({test::Put(1, "lists", "l", {{"name", "x"}}, 7)})), test::Complete(1)});
  CHECK(host.Status()["hasSynced"] == true);
  CHECK(host.Status()["lastSyncedAt"] == host.wall_ms);
  host.Event({{"event", "disconnect"}});
  CHECK(host.Status()["connected"] == false);
  CHECK(host.Status()["hasSynced"] == true);
}

}  // namespace skerry
