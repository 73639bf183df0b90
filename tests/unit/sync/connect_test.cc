#include "support/catch.h"
#include "support/sync_host.h"

namespace skerry {

using test::Json;
using test::SyncHost;

namespace {

Json Connect(const Json& options = Json::object(), int request = 1) {
  return {{"event", "connect"}, {"request", request}, {"options", options}};
}
Json Credentials(const Json& fetch, std::string_view token = "token-1") {
  return {{"event", "credentials"}, {"id", fetch["id"]}, {"endpoint", "https://sync.test"}, {"token", token}};
}

}  // namespace

TEST_CASE("connecting asks for credentials, opens a stream and settles", "[sync][connect]") {
  SyncHost host;
  host.Event(Connect({{"params", {{"region", "eu"}}}, {"appMetadata", {{"version", "1"}}}}));
  CHECK(host.Status()["connecting"] == true);
  const Json fetch = host.Take("fetchCredentials");
  REQUIRE_FALSE(fetch.is_null());
  CHECK(fetch["invalidate"] == false);
  host.Event(Credentials(fetch));
  CHECK(host.Take("settled").is_null());
  const Json open = host.Take("openStream");
  CHECK(open["url"] == "https://sync.test/sync/stream");
  CHECK(open["token"] == "token-1");
  const Json body = Json::parse(open["body"].get<std::string>());
  CHECK(body["buckets"] == Json::array());
  CHECK(body["raw_data"] == true);
  CHECK(body["binary_data"] == true);
  CHECK(body["parameters"] == Json{{"region", "eu"}});
  CHECK(body["app_metadata"] == Json{{"version", "1"}});
  CHECK(body["streams"] == Json{{"include_defaults", true}, {"subscriptions", Json::array()}});
  host.Event({{"event", "streamOpened"}, {"id", open["id"]}, {"status", 200}, {"contentType", "application/x-ndjson"}});
  CHECK(host.Take("settled")["request"] == 1);
  CHECK(host.Status()["connected"] == true);
  CHECK(host.Status()["connecting"] == false);
}

TEST_CASE("a failed first attempt settles and is tried again with growing delays", "[sync][connect][P-121]") {
  SyncHost host;
  host.Event(Connect());
  const Json fetch = host.Take("fetchCredentials");
  host.Event({{"event", "credentialsFailed"}, {"id", fetch["id"]}, {"message", "Not signed in"}});
  CHECK(host.Take("settled")["request"] == 1);
  CHECK(host.Status()["downloadError"]["name"] == "CredentialsError");
  CHECK(host.Status()["downloadError"]["message"] == "Not signed in");
  CHECK(host.Status()["downloadError"]["status"] == 401);
  CHECK(host.Status()["connecting"] == false);
  std::int64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    const Json timer = host.TakeAll("timer").back();
    CHECK(timer["ms"].get<std::int64_t>() > last);
    last = timer["ms"];
    host.Advance(last);
    const Json again = host.Take("fetchCredentials");
    REQUIRE_FALSE(again.is_null());
    host.Event({{"event", "credentialsFailed"}, {"id", again["id"]}, {"message", "Not signed in"}});
  }
}

TEST_CASE("coming online cuts the wait short", "[sync][connect]") {
  SyncHost host;
  host.Open();
  host.Event({{"event", "streamFailed"}, {"id", host.stream}, {"message", "network"}});
  CHECK(host.Status()["connected"] == false);
  host.TakeAll("openStream");
  host.Event({{"event", "online"}});
  CHECK_FALSE(host.Take("openStream").is_null());
}

TEST_CASE("a 401 drops the token and shows the body", "[sync][connect]") {
  SyncHost host;
  host.Event(Connect());
  host.Event(Credentials(host.Take("fetchCredentials")));
  const Json open = host.Take("openStream");
  host.Event({{"event", "streamFailed"},
              {"id", open["id"]},
              {"status", 401},
              {"statusText", "Unauthorized"},
              {"message", "{\"error\":1}"}});
  CHECK(host.Status()["downloadError"]["message"] == "HTTP Unauthorized: {\"error\":1}");
  CHECK(host.Status()["downloadError"]["code"] == "sync_http");
  CHECK(host.Status()["downloadError"]["status"] == 401);
  host.Advance(2000);
  CHECK(host.Take("fetchCredentials")["invalidate"] == true);
}

TEST_CASE("another HTTP error keeps the token", "[sync][connect][P-120]") {
  SyncHost host;
  host.Event(Connect());
  host.Event(Credentials(host.Take("fetchCredentials")));
  const Json open = host.Take("openStream");
  host.Event({{"event", "streamFailed"}, {"id", open["id"]}, {"status", 429}, {"message", ""}});
  CHECK(host.Status()["downloadError"]["message"] == "HTTP 429: ");
  host.Advance(2000);
  CHECK(host.Take("fetchCredentials").is_null());
  CHECK_FALSE(host.Take("openStream").is_null());
}

TEST_CASE("ten connects in a row make few attempts and keep the last options", "[sync][connect]") {
  SyncHost host;
  for (int i = 1; i <= 10; ++i) host.Event(Connect({{"params", {{"n", i}}}}, i));
  host.Advance(50);
  const auto fetches = host.TakeAll("fetchCredentials");
  CHECK(fetches.size() <= 2);
  host.Event(Credentials(fetches.back()));
  const auto opens = host.TakeAll("openStream");
  REQUIRE(opens.size() == 1);
  CHECK(Json::parse(opens[0]["body"].get<std::string>())["parameters"] == Json{{"n", 10}});
  host.Event({{"event", "streamOpened"}, {"id", opens[0]["id"]}, {"status", 200}, {"contentType", ""}});
  CHECK(host.TakeAll("settled").size() == 10);
}

TEST_CASE("connecting while connected closes the old stream first", "[sync][connect]") {
  SyncHost host;
  host.Open();
  host.instructions().clear();
  host.Event(Connect({}, 2));
  CHECK(host.Take("closeStream")["id"] == host.stream);
  CHECK_FALSE(host.Take("fetchCredentials").is_null());
  CHECK(host.Status()["connected"] == false);
}

TEST_CASE("disconnecting aborts an attempt, settles it and silences what is late", "[sync][connect][P-131]") {
  SyncHost host;
  host.Event(Connect());
  host.Event(Credentials(host.Take("fetchCredentials")));
  const Json open = host.Take("openStream");
  host.Event({{"event", "disconnect"}});
  CHECK(host.Take("closeStream")["id"] == open["id"]);
  CHECK(host.Take("settled")["request"] == 1);
  host.Event({{"event", "streamOpened"}, {"id", open["id"]}, {"status", 200}, {"contentType", ""}});
  CHECK(host.Status()["connected"] == false);
  CHECK(host.Status()["connecting"] == false);
  host.Advance(120000);
  CHECK(host.Take("openStream").is_null());
}

TEST_CASE("options that cannot be taken fail the call", "[sync][connect]") {
  SyncHost host;
  CHECK_FALSE(host.Call(client::Op::kEvent, Connect({{"appMetadata", {{"n", 1}}}}).dump()));
  CHECK(host.ReplyJson()["message"].get<std::string>().find(
            "Invalid appMetadata provided. Only string values are allowed.") == 0);
  CHECK_FALSE(host.Call(client::Op::kEvent, Connect({{"params", 3}}).dump()));
  CHECK_FALSE(host.Call(client::Op::kEvent, Connect({{"retryDelayMs", -1}}).dump()));
  CHECK_FALSE(host.Call(client::Op::kEvent, R"({"event":"teleport"})"));
}

TEST_CASE("a silent stream is given up, one that speaks is not", "[sync][connect][P-106]") {
  SyncHost host;
  host.Open();
  for (int i = 0; i < 6; ++i) {
    host.Advance(20000);
    host.Send({test::KeepAlive(3600)});
  }
  CHECK(host.Status()["connected"] == true);
  host.Advance(56000);
  CHECK(host.Status()["connected"] == false);
  CHECK(host.Status()["downloadError"]["code"] == "network");
}

TEST_CASE("a clean end of the stream is no error and is followed by another", "[sync][connect][P-130]") {
  SyncHost host;
  host.Open();
  host.Send({test::Checkpoint(0, Json::array()), test::Complete(0)});
  host.instructions().clear();
  host.Event({{"event", "streamEnded"}, {"id", host.stream}});
  CHECK(host.Status()["connected"] == false);
  CHECK_FALSE(host.Status().contains("downloadError"));
  host.Advance(1300);
  CHECK_FALSE(host.Take("openStream").is_null());
}

TEST_CASE("the compatibility profile waits its fixed delay", "[sync][connect]") {
  SyncHost host;
  host.Open({{"profile", "powersync"}});
  host.instructions().clear();
  host.Event({{"event", "streamEnded"}, {"id", host.stream}});
  host.Advance(4400);
  CHECK(host.Take("openStream").is_null());
  host.Advance(1200);
  CHECK_FALSE(host.Take("openStream").is_null());
}

TEST_CASE("tokens never reach the status or the log", "[sync][connect]") {
  SyncHost host;
  host.Open();
  host.Send({test::KeepAlive(0)});
  for (const Json& instruction : host.instructions()) {
    if (instruction["do"] == "openStream") continue;
    CHECK(instruction.dump().find("token-1") == std::string::npos);
  }
}

}  // namespace skerry
