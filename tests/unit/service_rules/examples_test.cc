// The worked examples of sync-streams.md, section 12: the rows go in, buckets and lookups come out, and requests are
// answered from them.
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
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("tides", R"({"id":"t1","port":"oslo"})")) == Lines{"tide_tables|0[] tides/t1"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{"tide_tables|0[]"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u1"})", {}, false).empty());
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u1"})", {{"tide_tables"}}, false) == Lines{"tide_tables|0[]"});
  CHECK_FALSE(world.is_dynamic());
}

TEST_CASE("E02: keys keep their type, and NULL joins nothing", "[rules][E02]") {
  World world(R"(
  my_boats:
    auto_subscribe: true
    query: SELECT id, name FROM boats WHERE skipper = auth.user_id()
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(world.Row("boats", R"({"id":"b1","name":"Alke","skipper":"u1"})") ==
        Lines{R"(my_boats|0["u1"] boats/b1 {"id":"b1","name":"Alke"})"});
  CHECK(world.Row("boats", R"({"id":"b2","name":"Brigg","skipper":null})").empty());
  CHECK(world.Row("boats", R"({"id":7,"name":"Cutter","skipper":42})") ==
        Lines{R"(my_boats|0[42] boats/7 {"id":7,"name":"Cutter"})"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{R"(my_boats|0["u1"])"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":42})") == Lines{"my_boats|0[42]"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"42"})") == Lines{R"(my_boats|0["42"])"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Row("boats", R"({"id":"b2","name":"Brigg","skipper":"x'7531'"})").empty());
  CHECK(world.Row("boats", R"({"id":7.0,"name":null,"skipper":42.0})") ==
        Lines{R"(my_boats|0[42] boats/7 {"id":7.0,"name":null})"});
  CHECK(world.Request(R"({"sub":42.0})") == Lines{"my_boats|0[42]"});
  CHECK(world.Request(R"({"sub":null})").empty());
}

TEST_CASE("E03: two conditions on one column open what both allow", "[rules][E03]") {
  World world(R"(
  boat_log:
    query: >-
      SELECT * FROM logs WHERE boat = subscription.parameter('boat')
      AND boat IN (SELECT id FROM boats WHERE skipper = auth.user_id())
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("boats", R"({"id":"b1","skipper":"u1"})")) == Lines{R"(L0 ["u1"] -> [["b1"]])"});
  CHECK(Names(world.Row("boats", R"({"id":"b2","skipper":"u2"})")) == Lines{R"(L0 ["u2"] -> [["b2"]])"});
  CHECK(Names(world.Row("logs", R"({"id":"g1","boat":"b1"})")) == Lines{R"(boat_log|0["b1"] logs/g1)"});
  CHECK(Names(world.Row("logs", R"({"id":"g2","boat":"b2"})")) == Lines{R"(boat_log|0["b2"] logs/g2)"});
  CHECK(world.Request(R"({"sub":"u1"})", {{"boat_log", R"({"boat":"b1"})"}}) == Lines{R"(boat_log|0["b1"])"});
  CHECK(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u1"})", {{"boat_log", R"({"boat":"b2"})"}}).empty());
  CHECK(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u1"})", {{"boat_log", "{}"}}).empty());
  CHECK(world.is_dynamic());
  CHECK(world.Problems().empty());
  CHECK(world.evaluation().keys_read == std::vector<skerry::rules::IndexKey>{{0, R"(["u1"])"}});
}

TEST_CASE("E04: two owner columns share one kind of bucket", "[rules][E04]") {
  World world(R"(
  letters:
    auto_subscribe: true
    query: SELECT * FROM letters WHERE sender = auth.user_id() OR receiver = auth.user_id()
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("letters", R"({"id":"n1","sender":"u1","receiver":"u2"})")) ==
        Lines{R"(letters|0["u1"] letters/n1)", R"(letters|0["u2"] letters/n1)"});
  CHECK(Names(world.Row("letters", R"({"id":"n2","sender":"u2","receiver":"u2"})")) ==
        Lines{R"(letters|0["u2"] letters/n2)"});
  CHECK(world.Request(R"({"sub":"u2"})") == Lines{R"(letters|0["u2"])"});
  CHECK_FALSE(world.is_dynamic());
}

TEST_CASE("E05: alternatives with different request values are two kinds of buckets", "[rules][E05]") {
  World world(R"(
  tasks:
    auto_subscribe: true
    query: SELECT * FROM tasks WHERE open = 1 AND (owner = auth.user_id() OR crew = auth.parameter('crew'))
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("tasks", R"({"id":"1","open":1,"owner":"u1","crew":"x"})")) ==
        Lines{R"(tasks|0["u1"] tasks/1)", R"(tasks|1["x"] tasks/1)"});
  CHECK(world.Row("tasks", R"({"id":"2","open":0,"owner":"u1","crew":"x"})").empty());
  CHECK(world.Request(R"({"sub":"u1","crew":"x"})") == Lines{R"(tasks|0["u1"])", R"(tasks|1["x"])"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{R"(tasks|0["u1"])"});
  CHECK_FALSE(world.is_dynamic());
}

TEST_CASE("E06: a request value may open all rows or only some", "[rules][E06]") {
  World world(R"(
  notices:
    auto_subscribe: true
    query: SELECT * FROM notices WHERE published = 1 OR auth.parameter('editor')
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("notices", R"({"id":"1","published":1})")) ==
        Lines{"notices|0[] notices/1", "notices|1[] notices/1"});
  CHECK(Names(world.Row("notices", R"({"id":"2","published":0})")) == Lines{"notices|0[] notices/2"});
  CHECK(world.Request(R"({"sub":"u"})") == Lines{"notices|1[]"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u","editor":true})") == Lines{"notices|0[]", "notices|1[]"});
  CHECK_FALSE(world.is_dynamic());
}

TEST_CASE("E07: queries with the same inputs share one bucket", "[rules][E07]") {
  World world(R"(
  mine:
    auto_subscribe: true
    queries:
      - SELECT * FROM prefs WHERE uid = auth.user_id()
      - SELECT * FROM drafts WHERE author = auth.user_id() AND archived = 0
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("prefs", R"({"id":"p1","uid":"u1"})")) == Lines{R"(mine|0["u1"] prefs/p1)"});
  CHECK(Names(world.Row("drafts", R"({"id":"d1","author":"u1","archived":0})")) == Lines{R"(mine|0["u1"] drafts/d1)"});
  CHECK(world.Row("drafts", R"({"id":"d2","author":"u1","archived":1})").empty());
  CHECK(world.Row("drafts", R"({"id":"d3","author":"u1","archived":null})").empty());
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{R"(mine|0["u1"])"});
  CHECK_FALSE(world.is_dynamic());
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
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("ports", R"({"id":"r"})")) == Lines{"mixed|0[] ports/r"});
  CHECK(Names(world.Row("flags", R"({"id":"f"})")) == Lines{"mixed|0[] flags/f"});
  CHECK(Names(world.Row("cargo", R"({"id":"c","owner":"u1"})")) == Lines{R"(mixed|2["u1"] cargo/c)"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{"mixed|0[]", R"(mixed|2["u1"])"});
  CHECK_FALSE(world.is_dynamic());
}

TEST_CASE("E09: a JSON array in a claim opens a bucket for each element", "[rules][E09]") {
  World world(R"(
  fleets:
    auto_subscribe: true
    query: SELECT * FROM fleets WHERE id IN auth.parameter('fleets')
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("fleets", R"({"id":"f1"})")) == Lines{R"(fleets|0["f1"] fleets/f1)"});
  CHECK(world.Request(R"({"sub":"u","fleets":["f1","f3","f1"]})") == Lines{R"(fleets|0["f1"])", R"(fleets|0["f3"])"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u","fleets":[]})").empty());
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u"})").empty());
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u","fleets":"f1"})").empty());
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.StreamErrors().size() == 1);
  CHECK(world.Request(R"({"sub":"u","fleets":[1,1.5,null,true]})") == Lines{"fleets|0[1.5]", "fleets|0[1]"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u","fleets":{"k":"f2"}})") == Lines{R"(fleets|0["f2"])"});
  CHECK_FALSE(world.is_dynamic());
}

TEST_CASE("E10: a row stands in a bucket for each element of its array", "[rules][E10]") {
  World world(R"(
  tagged:
    accept_potentially_dangerous_queries: true
    query: SELECT id, title FROM posts WHERE subscription.parameter('tag') IN tags
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(
      world.Row("posts", R"({"id":"p1","title":"T","tags":"[\"a\",\"b\"]"})") ==
      Lines{R"(tagged|0["a"] posts/p1 {"id":"p1","title":"T"})", R"(tagged|0["b"] posts/p1 {"id":"p1","title":"T"})"});
  CHECK(world.Row("posts", R"({"id":"p2","title":"T","tags":"[]"})").empty());
  CHECK(world.Row("posts", R"({"id":"p3","title":"T","tags":null})").empty());
  CHECK(world.Row("posts", R"({"id":"p4","title":"T","tags":"nojson"})").empty());
  CHECK(world.failures().size() == 1);
  CHECK(world.Row("posts", R"({"id":"p5","title":"T","tags":"\"a\""})") ==
        Lines{R"(tagged|0["a"] posts/p5 {"id":"p5","title":"T"})"});
  CHECK(world.Request(R"({"sub":"u"})", {{"tagged", R"({"tag":"a"})"}}) == Lines{R"(tagged|0["a"])"});
  CHECK_FALSE(world.is_dynamic());
}

TEST_CASE("E11: arrays overlap with what a subquery gives", "[rules][E11]") {
  World world(R"(
  shared_docs:
    auto_subscribe: true
    query: SELECT id FROM docs WHERE readers && (SELECT id FROM seats WHERE team = auth.parameter('team'))
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("seats", R"({"id":"m1","team":"o1"})")) == Lines{R"(L0 ["o1"] -> [["m1"]])"});
  CHECK(Names(world.Row("seats", R"({"id":"m2","team":"o1"})")) == Lines{R"(L0 ["o1"] -> [["m2"]])"});
  CHECK(world.Row("docs", R"({"id":"d1","readers":"[\"m1\",\"m2\"]"})") ==
        Lines{R"(shared_docs|0["m1"] docs/d1 {"id":"d1"})", R"(shared_docs|0["m2"] docs/d1 {"id":"d1"})"});
  CHECK(world.Row("docs", R"({"id":"d2","readers":"[\"m9\"]"})") ==
        Lines{R"(shared_docs|0["m9"] docs/d2 {"id":"d2"})"});
  CHECK(world.Request(R"({"sub":"u1","team":"o1"})") == Lines{R"(shared_docs|0["m1"])", R"(shared_docs|0["m2"])"});
  CHECK(world.is_dynamic());
}

TEST_CASE("E12: a join of three tables filters in the middle", "[rules][E12]") {
  World world(R"(
  remarks:
    auto_subscribe: true
    query: >-
      SELECT remarks.* FROM remarks JOIN jobs ON remarks.job = jobs.id
      JOIN staff ON staff.badge = jobs.badge WHERE staff.id = auth.user_id() AND jobs.live = 1
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("staff", R"({"id":"u1","badge":"B7"})")) == Lines{R"(L0 ["u1"] -> [["B7"]])"});
  CHECK(Names(world.Row("jobs", R"({"id":"j1","badge":"B7","live":1})")) == Lines{R"(L1 ["B7"] -> [["j1"]])"});
  CHECK(world.Row("jobs", R"({"id":"j2","badge":"B7","live":0})").empty());
  CHECK(Names(world.Row("remarks", R"({"id":"c1","job":"j1"})")) == Lines{R"(remarks|0["j1"] remarks/c1)"});
  CHECK(Names(world.Row("remarks", R"({"id":"c2","job":"j2"})")) == Lines{R"(remarks|0["j2"] remarks/c2)"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{R"(remarks|0["j1"])"});
  CHECK(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u2"})").empty());
  CHECK(world.is_dynamic());
}

TEST_CASE("E13: a condition on the request alone opens or shuts a bucket", "[rules][E13]") {
  World world(R"(
  audit:
    auto_subscribe: true
    query: SELECT * FROM audit WHERE auth.parameter('role') = 'master'
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("audit", R"({"id":"i1"})")) == Lines{"audit|0[] audit/i1"});
  CHECK(world.Request(R"({"sub":"u","role":"master"})") == Lines{"audit|0[]"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u","role":"mate"})").empty());
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u"})").empty());
  CHECK_FALSE(world.is_dynamic());
}

TEST_CASE("E14: membership of the user opens or shuts a bucket", "[rules][E14]") {
  World world(R"(
  vault:
    auto_subscribe: true
    query: SELECT * FROM vault WHERE auth.user_id() IN (SELECT id FROM staff WHERE trusted = 1)
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("staff", R"({"id":"u1","trusted":1})")) == Lines{R"(L0 ["u1"] -> [[]])"});
  CHECK(world.Row("staff", R"({"id":"u2","trusted":0})").empty());
  CHECK(Names(world.Row("vault", R"({"id":"s1"})")) == Lines{"vault|0[] vault/s1"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{"vault|0[]"});
  CHECK(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u2"})").empty());
  CHECK(world.is_dynamic());
}

TEST_CASE("E15: two queries use one global CTE", "[rules][E15]") {
  World world = World::File(R"(with:
  my_ports: SELECT port FROM postings WHERE person = auth.user_id()
config:
  edition: 3
streams:
  port_data:
    auto_subscribe: true
    queries:
      - SELECT * FROM berths WHERE port IN my_ports
      - SELECT * FROM cranes WHERE port IN my_ports
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("postings", R"({"id":"1","port":"P1","person":"u1"})")) == Lines{R"(L0 ["u1"] -> [["P1"]])"});
  CHECK(Names(world.Row("postings", R"({"id":"2","port":"P2","person":"u1"})")) == Lines{R"(L0 ["u1"] -> [["P2"]])"});
  CHECK(Names(world.Row("berths", R"({"id":"b","port":"P1"})")) == Lines{R"(port_data|0["P1"] berths/b)"});
  CHECK(Names(world.Row("cranes", R"({"id":"c","port":"P2"})")) == Lines{R"(port_data|0["P2"] cranes/c)"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{R"(port_data|0["P1"])", R"(port_data|0["P2"])"});
  CHECK(world.is_dynamic());
}

TEST_CASE("E16: the columns of one lookup row stay together", "[rules][E16]") {
  World world(R"(
  quotes:
    auto_subscribe: true
    with:
      deals: SELECT client, zone FROM contracts WHERE agent = auth.user_id()
    query: SELECT quotes.* FROM quotes JOIN deals ON quotes.client = deals.client AND quotes.zone = deals.zone
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("contracts", R"({"id":"1","client":"A","zone":1,"agent":"u1"})")) ==
        Lines{R"(L0 ["u1"] -> [["A",1]])"});
  CHECK(Names(world.Row("contracts", R"({"id":"2","client":"B","zone":2,"agent":"u1"})")) ==
        Lines{R"(L0 ["u1"] -> [["B",2]])"});
  CHECK(Names(world.Row("quotes", R"({"id":"q1","client":"A","zone":1})")) == Lines{R"(quotes|0["A",1] quotes/q1)"});
  CHECK(Names(world.Row("quotes", R"({"id":"q2","client":"A","zone":2})")) == Lines{R"(quotes|0["A",2] quotes/q2)"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{R"(quotes|0["A",1])", R"(quotes|0["B",2])"});
  CHECK(world.is_dynamic());
}

TEST_CASE("E17: two streams read one bucket; the most urgent reason counts", "[rules][E17]") {
  World world(R"(
  self:
    auto_subscribe: true
    query: SELECT * FROM cards WHERE person = auth.user_id()
  team:
    auto_subscribe: true
    priority: 1
    query: SELECT * FROM cards WHERE person IN (SELECT member FROM teams WHERE id = auth.parameter('team'))
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("teams", R"({"id":"o1","member":"u1"})")) == Lines{R"(L0 ["o1"] -> [["u1"]])"});
  CHECK(Names(world.Row("teams", R"({"id":"o1","member":"u2"})")) == Lines{R"(L0 ["o1"] -> [["u2"]])"});
  CHECK(Names(world.Row("cards", R"({"id":"p1","person":"u1"})")) == Lines{R"(self|0["u1"] cards/p1)"});
  CHECK(world.Request(R"({"sub":"u1","team":"o1"})") == Lines{R"(self|0["u1"] prio 1)", R"(self|0["u2"] prio 1)"});
  CHECK(world.is_dynamic());
  const auto& first = world.evaluation().buckets[0];
  REQUIRE(first.reasons.size() == 2);
  CHECK(first.reasons[0] == skerry::bucket::Reason{true, 0});
  CHECK(first.reasons[1] == skerry::bucket::Reason{true, 1});
}

TEST_CASE("E18: a subscription may override the priority; an unknown stream is absent", "[rules][E18]") {
  World world(R"(
  stops:
    accept_potentially_dangerous_queries: true
    priority: 2
    query: SELECT * FROM stops WHERE route = subscription.parameter('r')
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("stops", R"({"id":"s","route":"a"})")) == Lines{R"(stops|0["a"] stops/s)"});
  CHECK(world.Request(
            R"({"sub":"u"})",
            {{"stops", R"({"r":"a"})"}, {"stops", R"({"r":"a"})", 1}, {"stops", R"({"r":"b"})"}, {"nope", "{}"}}) ==
        Lines{R"(stops|0["a"] prio 1)", R"(stops|0["b"] prio 2)"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.evaluation().buckets[0].reasons == std::vector<skerry::bucket::Reason>{{false, 0}, {false, 1}});
  REQUIRE(world.evaluation().streams.size() == 1);
  CHECK(world.evaluation().streams[0].name == "stops");
  CHECK_FALSE(world.evaluation().streams[0].is_default);
}

TEST_CASE("E19: the default subscription stands beside explicit ones", "[rules][E19]") {
  World world(R"(
  views:
    auto_subscribe: true
    accept_potentially_dangerous_queries: true
    query: SELECT * FROM views WHERE k = ifnull(subscription.parameter('k'), 'home')
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(world.Request(R"({"sub":"u"})") == Lines{R"(views|0["home"])"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u"})", {{"views", R"({"k":"x"})"}}) == Lines{R"(views|0["home"])", R"(views|0["x"])"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u"})", {{"views", R"({"k":"x"})"}}, false) == Lines{R"(views|0["x"])"});
  CHECK_FALSE(world.is_dynamic());
}

TEST_CASE("E20: two request keys make one bucket per pair", "[rules][E20]") {
  World world(R"(
  offers:
    auto_subscribe: true
    query: SELECT * FROM offers WHERE org = auth.parameter('org') AND area = connection.parameter('area')
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("offers", R"({"id":"1","org":"o","area":"eu"})")) == Lines{R"(offers|0["eu","o"] offers/1)"});
  CHECK(world.Request(R"({"sub":"u","org":"o"})", {}, true, R"({"area":"eu"})") == Lines{R"(offers|0["eu","o"])"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u","org":"o"})").empty());
  CHECK_FALSE(world.is_dynamic());
}
