#include "support/catch.h"
#include "support/sync_host.h"

namespace skerry {

using test::Json;
using test::SyncHost;

namespace {

const Json kParams = {{"list", "l1"}};

Json Streams() { return Json::array({{{"name", "todos"}, {"params", kParams}}}); }

}  // namespace

TEST_CASE("a subscription made offline is asked for at the next connect", "[sync][streams][C-160][C-164]") {
  SyncHost host;
  REQUIRE(host.Event({{"event", "subscribe"}, {"name", "todos"}, {"params", kParams}, {"priority", 1}}));
  CHECK(host.Status()["streams"][0]["name"] == "todos");
  CHECK(host.Status()["streams"][0]["parameters"] == kParams);
  CHECK(host.Status()["streams"][0]["active"] == false);
  CHECK(host.Status()["streams"][0]["hasExplicitSubscription"] == true);
  host.Open();
  CHECK(host.request["streams"]["subscriptions"] ==
        Json::array({{{"stream", "todos"}, {"parameters", kParams}, {"override_priority", 1}}}));
}

TEST_CASE("default streams can be left out", "[sync][streams]") {
  SyncHost host;
  host.Open({{"includeDefaultStreams", false}});
  CHECK(host.request["streams"]["include_defaults"] == false);
}

TEST_CASE("a new subscription reconnects quietly, a known one does not", "[sync][streams][C-166][P-093][P-130]") {
  SyncHost host;
  host.Open();
  host.Send({test::Checkpoint(0, Json::array()), test::Complete(0)});
  host.instructions().clear();
  host.Event({{"event", "subscribe"}, {"name", "todos"}, {"params", kParams}});
  CHECK(host.Take("closeStream")["id"] == host.stream);
  CHECK(host.Status()["connected"] == true);
  CHECK(host.Take("fetchCredentials").is_null());
  host.Reopen();
  CHECK(host.request["streams"]["subscriptions"].size() == 1);
  host.instructions().clear();
  host.Event({{"event", "activeStreams"}, {"streams", Streams()}});
  host.Event({{"event", "subscribe"}, {"name", "todos"}, {"params", kParams}});
  CHECK(host.Take("closeStream").is_null());
}

TEST_CASE("a released subscription ends with its TTL, at a keepalive", "[sync][streams][scenario-20][C-165][C-167]") {
  SyncHost host;
  host.Event({{"event", "subscribe"}, {"name", "todos"}, {"params", kParams}, {"ttl", 3600}});
  host.Event({{"event", "activeStreams"}, {"streams", Streams()}});
  host.Open();
  const auto keep_alive = [&host](int seconds) {
    for (int passed = 0; passed < seconds; passed += 50) {
      host.Advance(50000);
      host.Send({test::KeepAlive(3600)});
    }
  };
  keep_alive(7200);
  CHECK(host.Take("closeStream").is_null());
  host.Event({{"event", "unsubscribe"}, {"name", "todos"}, {"params", kParams}});
  host.Event({{"event", "activeStreams"}, {"streams", Json::array()}});
  keep_alive(3500);
  CHECK(host.Take("closeStream").is_null());
  keep_alive(150);
  CHECK_FALSE(host.Take("closeStream").is_null());
  CHECK(host.Status()["connected"] == true);
  host.TakeAll("fetchCredentials");
  const Json last = host.TakeAll("openStream").back();
  CHECK(Json::parse(last["body"].get<std::string>())["streams"]["subscriptions"].empty());
}

TEST_CASE("unsubscribing everything forgets the stream", "[sync][streams][C-162]") {
  SyncHost host;
  host.Event({{"event", "subscribe"}, {"name", "todos"}, {"params", kParams}});
  host.Event({{"event", "unsubscribeAll"}, {"name", "todos"}, {"params", kParams}});
  host.Open();
  CHECK(host.request["streams"]["subscriptions"].empty());
}

TEST_CASE("streams report their buckets' progress and when they synced", "[sync][streams][C-169][C-183]") {
  SyncHost host;
  host.Event({{"event", "subscribe"}, {"name", "todos"}, {"params", nullptr}});
  host.Open();
  const Json streams = Json::parse(R"([{"name":"lists","is_default":true,"errors":[]},
                                       {"name":"todos","is_default":false,"errors":[{"subscription":0,"message":"slow"}]}])");
  host.Send({test::Checkpoint(3,
                              Json::array({test::Bucket("d", 1, 1, 1, Json::parse(R"([{"default":0}])")),
                                           test::Bucket("s", 2, 2, 2, Json::parse(R"([{"sub":0}])"))}),
                              nullptr, streams)});
  CHECK(host.Take("log")["line"].get<std::string>().find("slow") != std::string::npos);
  const auto find = [&host](std::string_view name) {
    const Json all = host.Status()["streams"];
    for (const Json& stream : all) {
      if (stream["name"] == name) return stream;
    }
    return Json();
  };
  CHECK(find("todos")["active"] == true);
  CHECK(find("todos")["priority"] == 2);
  CHECK(find("todos")["progress"] == Json{{"total", 2}, {"downloaded", 0}});
  CHECK(find("lists")["isDefault"] == true);
  CHECK(find("lists")["priority"] == 1);
  CHECK(find("lists")["hasSynced"] == false);
  host.Send({test::Data("d", Json::array({test::Put(1, "lists", "l", Json::object(), 1)})), test::Partial(3, 1)});
  CHECK(find("lists")["hasSynced"] == true);
  CHECK(find("todos")["hasSynced"] == false);
}

TEST_CASE("subscribing with a wrong value is refused", "[sync][streams]") {
  SyncHost host;
  CHECK_FALSE(host.Event({{"event", "subscribe"}, {"name", "x"}, {"params", "text"}}));
  CHECK_FALSE(host.Event({{"event", "subscribe"}, {"params", nullptr}}));
  CHECK_FALSE(host.Event({{"event", "subscribe"}, {"name", "x"}, {"priority", -1}}));
  CHECK(host.Event({{"event", "subscribe"}, {"name", "x"}, {"ttl", -1}}));
}

}  // namespace skerry
