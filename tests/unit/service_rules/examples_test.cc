// The worked examples of sync-streams.md, section 12, that lie in the supported subset.
#include "support/catch.h"
#include "world.h"

using namespace skerry::test;
using Lines = std::vector<std::string>;

TEST_CASE("E01: a query without conditions is one bucket for everybody who subscribes", "[rules][E01]") {
  World world(R"(
  tide_tables:
    auto_subscribe: true
    query: SELECT * FROM tides
)");
  CHECK(world.Row("tides", {{"id", Text("t1")}, {"port", Text("oslo")}}) ==
        Lines{R"(tide_tables|0[] tides/t1 {"id":"t1","port":"oslo"})"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{"tide_tables|0[]"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u1"})", {}, false).empty());
  CHECK(world.Request(R"({"sub":"u1"})", {{"tide_tables"}}, false) == Lines{"tide_tables|0[]"});
}

TEST_CASE("E02: keys keep their type, and NULL joins nothing", "[rules][E02][S5]") {
  World world(R"(
  my_boats:
    auto_subscribe: true
    query: SELECT id, name FROM boats WHERE skipper = auth.user_id()
)");
  CHECK(world.Row("boats", {{"id", Text("b1")}, {"name", Text("Alke")}, {"skipper", Text("u1")}}) ==
        Lines{R"(my_boats|0["u1"] boats/b1 {"id":"b1","name":"Alke"})"});
  CHECK(world.Row("boats", {{"id", Text("b2")}, {"name", Text("Brigg")}, {"skipper", Null()}}).empty());
  CHECK(world.Row("boats", {{"id", Text("b2")}, {"name", Text("Brigg")}, {"skipper", Blob("u1")}}).empty());
  CHECK(world.Row("boats", {{"id", Int(7)}, {"name", Text("Cutter")}, {"skipper", Int(42)}}) ==
        Lines{R"(my_boats|0[42] boats/7 {"id":7,"name":"Cutter"})"});
  CHECK(world.Row("boats", {{"id", Real(7)}, {"name", Null()}, {"skipper", Real(42)}}) ==
        Lines{R"(my_boats|0[42] boats/7 {"id":7.0,"name":null})"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{R"(my_boats|0["u1"])"});
  CHECK(world.Request(R"({"sub":42})") == Lines{"my_boats|0[42]"});
  CHECK(world.Request(R"({"sub":42.0})") == Lines{"my_boats|0[42]"});
  CHECK(world.Request(R"({"sub":"42"})") == Lines{R"(my_boats|0["42"])"});
  CHECK(world.Request(R"({"sub":null})").empty());
  CHECK(world.Request("{}").empty());
}

TEST_CASE("E03: two conditions on one column open what both allow", "[rules][E03]") {
  World world(R"(
  boat_log:
    query: >-
      SELECT * FROM logs WHERE boat = subscription.parameter('boat')
      AND boat IN (SELECT id FROM boats WHERE skipper = auth.user_id())
)");
  CHECK(world.Problems().empty());
  CHECK(world.Row("boats", {{"id", Text("b1")}, {"skipper", Text("u1")}}) == Lines{R"(L0 ["u1"] -> [["b1"]])"});
  CHECK(world.Row("boats", {{"id", Text("b2")}, {"skipper", Text("u2")}}) == Lines{R"(L0 ["u2"] -> [["b2"]])"});
  CHECK(world.Row("logs", {{"id", Text("g1")}, {"boat", Text("b1")}}) ==
        Lines{R"(boat_log|0["b1"] logs/g1 {"id":"g1","boat":"b1"})"});
  CHECK(world.Request(R"({"sub":"u1"})", {{"boat_log", R"({"boat":"b1"})"}}) == Lines{R"(boat_log|0["b1"])"});
  CHECK(world.is_dynamic());
  CHECK(world.evaluation().keys_read == std::vector<skerry::rules::IndexKey>{{0, R"(["u1"])"}});
  CHECK(world.Request(R"({"sub":"u1"})", {{"boat_log", R"({"boat":"b2"})"}}).empty());
  CHECK(world.Request(R"({"sub":"u1"})", {{"boat_log", "{}"}}).empty());
}

TEST_CASE("E07: variants with the same inputs share one bucket", "[rules][E07]") {
  World world(R"(
  mine:
    auto_subscribe: true
    queries:
      - SELECT * FROM prefs WHERE uid = auth.user_id()
      - SELECT * FROM drafts WHERE author = auth.user_id() AND archived = 0
)");
  CHECK(world.Row("prefs", {{"id", Text("p1")}, {"uid", Text("u1")}}) ==
        Lines{R"(mine|0["u1"] prefs/p1 {"id":"p1","uid":"u1"})"});
  CHECK(world.Row("drafts", {{"id", Text("d1")}, {"author", Text("u1")}, {"archived", Int(0)}}).size() == 1);
  CHECK(world.Row("drafts", {{"id", Text("d2")}, {"author", Text("u1")}, {"archived", Int(1)}}).empty());
  CHECK(world.Row("drafts", {{"id", Text("d3")}, {"author", Text("u1")}, {"archived", Null()}}).empty());
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{R"(mine|0["u1"])"});
}

TEST_CASE("E08: variants are counted before they are merged", "[rules][E08]") {
  World world(R"(
  mixed:
    auto_subscribe: true
    queries:
      - SELECT * FROM ports
      - SELECT * FROM flags
      - SELECT * FROM cargo WHERE owner = auth.user_id()
)");
  CHECK(world.Row("ports", {{"id", Text("r")}}) == Lines{R"(mixed|0[] ports/r {"id":"r"})"});
  CHECK(world.Row("flags", {{"id", Text("f")}}) == Lines{R"(mixed|0[] flags/f {"id":"f"})"});
  CHECK(world.Row("cargo", {{"id", Text("c")}, {"owner", Text("u1")}}) ==
        Lines{R"(mixed|2["u1"] cargo/c {"id":"c","owner":"u1"})"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{"mixed|0[]", R"(mixed|2["u1"])"});
}

TEST_CASE("E13: a condition on the request alone opens or shuts a bucket", "[rules][E13]") {
  World world(R"(
  audit:
    auto_subscribe: true
    query: SELECT * FROM audit WHERE auth.parameter('role') = 'master'
)");
  CHECK(world.Row("audit", {{"id", Text("i1")}}) == Lines{R"(audit|0[] audit/i1 {"id":"i1"})"});
  CHECK(world.Request(R"({"sub":"u","role":"master"})") == Lines{"audit|0[]"});
  CHECK(world.Request(R"({"sub":"u","role":"mate"})").empty());
  CHECK(world.Request(R"({"sub":"u"})").empty());
}

TEST_CASE("E14: membership of the user opens or shuts a bucket", "[rules][E14]") {
  World world(R"(
  vault:
    auto_subscribe: true
    query: SELECT * FROM vault WHERE auth.user_id() IN (SELECT id FROM staff WHERE trusted = 1)
)");
  CHECK(world.Row("staff", {{"id", Text("u1")}, {"trusted", Int(1)}}) == Lines{R"(L0 ["u1"] -> [[]])"});
  CHECK(world.Row("staff", {{"id", Text("u2")}, {"trusted", Int(0)}}).empty());
  CHECK(world.Row("vault", {{"id", Text("s1")}}) == Lines{R"(vault|0[] vault/s1 {"id":"s1"})"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{"vault|0[]"});
  CHECK(world.Request(R"({"sub":"u2"})").empty());
}

TEST_CASE("E17: two streams read one bucket; the most urgent reason counts", "[rules][E17][S7]") {
  World world(R"(
  self:
    auto_subscribe: true
    query: SELECT * FROM cards WHERE person = auth.user_id()
  team:
    auto_subscribe: true
    priority: 1
    query: SELECT * FROM cards WHERE person IN (SELECT member FROM teams WHERE id = auth.parameter('team'))
)");
  world.Row("teams", {{"id", Text("o1")}, {"member", Text("u1")}});
  world.Row("teams", {{"id", Text("o1")}, {"member", Text("u2")}});
  CHECK(world.Row("cards", {{"id", Text("p1")}, {"person", Text("u1")}}).size() == 1);
  CHECK(world.Request(R"({"sub":"u1","team":"o1"})") == Lines{R"(self|0["u1"] prio 1)", R"(self|0["u2"] prio 1)"});
  const auto& first = world.evaluation().buckets[0];
  REQUIRE(first.reasons.size() == 2);
  CHECK(first.reasons[0] == skerry::bucket::Reason{true, 0});
  CHECK(first.reasons[1] == skerry::bucket::Reason{true, 1});
}

TEST_CASE("E18: a subscription may override the priority; an unknown stream is absent", "[rules][E18][P-085][P-090]") {
  World world(R"(
  stops:
    accept_potentially_dangerous_queries: true
    priority: 2
    query: SELECT * FROM stops WHERE route = subscription.parameter('r')
)");
  const Lines names = world.Request(
      R"({"sub":"u"})",
      {{"stops", R"({"r":"a"})"}, {"stops", R"({"r":"a"})", 1}, {"stops", R"({"r":"b"})"}, {"nope", "{}"}});
  CHECK(names == Lines{R"(stops|0["a"] prio 1)", R"(stops|0["b"] prio 2)"});
  CHECK(world.evaluation().buckets[0].reasons == std::vector<skerry::bucket::Reason>{{false, 0}, {false, 1}});
  REQUIRE(world.evaluation().streams.size() == 1);
  CHECK(world.evaluation().streams[0].name == "stops");
  CHECK_FALSE(world.evaluation().streams[0].is_default);
}

TEST_CASE("E20: two request keys make one bucket per pair", "[rules][E20]") {
  World world(R"(
  offers:
    auto_subscribe: true
    query: SELECT * FROM offers WHERE org = auth.parameter('org') AND area = connection.parameter('area')
)");
  CHECK(world.Row("offers", {{"id", Text("1")}, {"org", Text("o")}, {"area", Text("eu")}}) ==
        Lines{R"(offers|0["eu","o"] offers/1 {"id":"1","org":"o","area":"eu"})"});
  CHECK(world.Request(R"({"sub":"u","org":"o"})", {}, true, R"({"area":"eu"})") == Lines{R"(offers|0["eu","o"])"});
  CHECK(world.Request(R"({"sub":"u","org":"o"})").empty());
}

TEST_CASE("E25: only a path that begins with $ descends; booleans are 1 and 0", "[rules][E25]") {
  World world(R"(
  a:
    auto_subscribe: true
    query: SELECT * FROM t WHERE o = auth.parameter('$.app.org')
  b:
    auto_subscribe: true
    query: SELECT * FROM v WHERE o = auth.parameter('app.org')
  c:
    auto_subscribe: true
    query: SELECT * FROM u WHERE flag = auth.parameter('flag')
)");
  CHECK(world.Request(R"({"sub":"u","app":{"org":"q"},"flag":true,"app.org":"lit"})") ==
        Lines{R"(a|0["q"])", R"(b|0["lit"])", "c|0[1]"});
}

TEST_CASE("E30: without an id column all rows are one object, and a warning says so", "[rules][E30][D5]") {
  World world(R"(
  anon:
    auto_subscribe: true
    query: SELECT name FROM plaques
)");
  CHECK(world.Row("plaques", {{"id", Text("1")}, {"name", Text("a")}}) == Lines{R"(anon|0[] plaques/ {"name":"a"})"});
  CHECK(world.Problems().find("sync.yaml:7:12: warning SW004: ") == 0);
}

TEST_CASE("E31: columns are assigned in order, later ones win", "[rules][E31]") {
  World world(R"(
  first:
    auto_subscribe: true
    query: SELECT *, code AS id FROM parts
  second:
    auto_subscribe: true
    query: SELECT code AS id, * FROM parts
)");
  CHECK(world.Row("parts", {{"id", Text("internal")}, {"code", Text("K9")}}) ==
        Lines{R"(first|0[] parts/K9 {"id":"K9","code":"K9"})",
              R"(second|0[] parts/internal {"id":"internal","code":"K9"})"});
  CHECK(world.Problems().find("sync.yaml:10:31: warning SW003: ") == 0);
}

TEST_CASE("E32: unquoted names fold to lower case, quoted ones are exact", "[rules][E32]") {
  World world(R"(
  f:
    auto_subscribe: true
    query: SELECT id, ownerId, "ownerId" AS q FROM Boats
)");
  CHECK(world.Row("boats", {{"id", Text("1")}, {"ownerId", Text("x")}, {"ownerid", Text("low")}}) ==
        Lines{R"(f|0[] boats/1 {"id":"1","ownerid":"low","q":"x"})"});
  CHECK(world.Row("Boats", {{"id", Text("2")}, {"ownerId", Text("x")}}).empty());
}

TEST_CASE("E33: of two projections of a row in one bucket the later counts, with a warning", "[rules][E33][D4][D5]") {
  World world(R"(
  two:
    auto_subscribe: true
    queries:
      - SELECT id, a FROM t WHERE o = auth.user_id()
      - SELECT id, b FROM t WHERE o = auth.user_id()
)");
  CHECK(world.Row("t", {{"id", Text("1")}, {"a", Int(1)}, {"b", Int(2)}, {"o", Text("u1")}}) ==
        Lines{R"(two|0["u1"] t/1 {"id":"1","b":2})"});
  CHECK(world.Problems().find("SW005") != std::string::npos);
}

TEST_CASE("an alias of the table renames the output", "[rules][E24]") {
  World world(R"(
  renamed:
    auto_subscribe: true
    query: SELECT s.id, s.v AS value FROM "Source" AS s WHERE s.v >= 2
)");
  CHECK(world.Row("Source", {{"id", Text("1")}, {"v", Real(2.5)}}) ==
        Lines{R"(renamed|0[] s/1 {"id":"1","value":2.5})"});
  CHECK(world.Row("Source", {{"id", Text("1")}, {"v", Int(1)}}).empty());
}

TEST_CASE("a subquery may stand inside a subquery", "[rules]") {
  World world(R"(
  remarks:
    auto_subscribe: true
    query: >-
      SELECT * FROM remarks WHERE job IN (SELECT id FROM jobs WHERE live = 1 AND badge IN
      (SELECT badge FROM staff WHERE id = auth.user_id()))
)");
  CHECK(world.Row("staff", {{"id", Text("u1")}, {"badge", Text("B7")}}) == Lines{R"(L0 ["u1"] -> [["B7"]])"});
  CHECK(world.Row("jobs", {{"id", Text("j1")}, {"badge", Text("B7")}, {"live", Int(1)}}) ==
        Lines{R"(L1 ["B7"] -> [["j1"]])"});
  CHECK(world.Row("jobs", {{"id", Text("j2")}, {"badge", Text("B7")}, {"live", Int(0)}}).empty());
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{R"(remarks|0["j1"])"});
  CHECK(world.evaluation().keys_read.size() == 2);
  CHECK(world.Request(R"({"sub":"u2"})").empty());
}

TEST_CASE("more buckets or lookup rows than allowed is an error that names the stream", "[rules][W28]") {
  World world(R"(
  all:
    auto_subscribe: true
    query: SELECT * FROM items WHERE bin IN (SELECT id FROM bins WHERE owner = auth.user_id())
)");
  for (int i = 0; i < 12; ++i) world.Row("bins", {{"id", Int(i)}, {"owner", Text("u1")}});
  CHECK(world.Request(R"({"sub":"u1"})").size() == 12);
  world.limits.buckets = 11;
  CHECK(world.Request(R"({"sub":"u1"})").empty());
  CHECK(world.error() == "PSYNC_S2305: the request needs more than 11 buckets; by stream: all: 12");
  world.limits = {.buckets = 1000, .index_rows = 11};
  CHECK(world.Request(R"({"sub":"u1"})").empty());
  CHECK(world.error().find("PSYNC_S2305: stream 'all'") == 0);
}
