// The worked examples of sync-streams.md, section 12: the rows go in, buckets and lookups come out, and requests are
// answered from them.
#include "support/catch.h"
#include "world.h"

using namespace skerry::test;
using Lines = std::vector<std::string>;

TEST_CASE("E21: a JSON column of a joined table is matched by the user", "[rules][E21]") {
  World world(R"(
  chat:
    auto_subscribe: true
    query: >-
      SELECT msgs.* FROM msgs JOIN rooms ON rooms.id = msgs.room
      JOIN json_each(rooms.people) AS p WHERE auth.user_id() = p.value
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("rooms", R"({"id":"c1","people":"[\"u1\",\"u2\"]"})")) ==
        Lines{R"(L0 ["u1"] -> [["c1"]])", R"(L0 ["u2"] -> [["c1"]])"});
  CHECK(Names(world.Row("msgs", R"({"id":"m1","room":"c1"})")) == Lines{R"(chat|0["c1"] msgs/m1)"});
  CHECK(world.Request(R"({"sub":"u2"})") == Lines{R"(chat|0["c1"])"});
  CHECK(world.is_dynamic());
}

TEST_CASE("E22: a JSON column gives what a lookup returns", "[rules][E22]") {
  World world(R"(
  lists:
    auto_subscribe: true
    query: >-
      SELECT lists.* FROM lists WHERE id IN (SELECT e.value FROM grants g, json_each(g.list_ids) AS e
      WHERE g.person = auth.user_id())
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("grants", R"({"id":"1","person":"u1","list_ids":"[\"l1\",\"l2\"]"})")) ==
        Lines{R"(L0 ["u1"] -> [["l1"],["l2"]])"});
  CHECK(Names(world.Row("lists", R"({"id":"l1"})")) == Lines{R"(lists|0["l1"] lists/l1)"});
  CHECK(Names(world.Row("lists", R"({"id":"l3"})")) == Lines{R"(lists|0["l3"] lists/l3)"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{R"(lists|0["l1"])", R"(lists|0["l2"])"});
  CHECK(world.is_dynamic());
}

TEST_CASE("E23: a table joins itself through groups", "[rules][E23]") {
  World world(R"(
  peers:
    auto_subscribe: true
    query: >-
      SELECT people.* FROM people JOIN gm g1 ON people.id = g1.person
      JOIN gm g2 ON g1.grp = g2.grp WHERE g2.person = auth.user_id()
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("gm", R"({"id":"1","person":"u1","grp":"g"})")) ==
        Lines{R"(L0 ["u1"] -> [["g"]])", R"(L1 ["g"] -> [["u1"]])"});
  CHECK(Names(world.Row("gm", R"({"id":"2","person":"u2","grp":"g"})")) ==
        Lines{R"(L0 ["u2"] -> [["g"]])", R"(L1 ["g"] -> [["u2"]])"});
  CHECK(Names(world.Row("people", R"({"id":"u2"})")) == Lines{R"(peers|0["u2"] people/u2)"});
  CHECK(Names(world.Row("people", R"({"id":"u3"})")) == Lines{R"(peers|0["u3"] people/u3)"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{R"(peers|0["u1"])", R"(peers|0["u2"])"});
  CHECK(world.is_dynamic());
}

TEST_CASE("E24: wildcards, aliases and what a table is called", "[rules][E24]") {
  World world(R"(
  merged:
    auto_subscribe: true
    query: SELECT *, j.table_suffix() AS part FROM "journal_%" AS j
  separate:
    auto_subscribe: true
    query: SELECT * FROM "journal_%"
  tenants:
    auto_subscribe: true
    query: SELECT * FROM "ten%".orders WHERE orders.schema() = auth.parameter('tenant')
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(world.Row("journal_2024", R"({"id":"1"})") ==
        Lines{R"(merged|0[] j/1 {"id":"1","part":"2024"})", R"(separate|0[] journal_2024/1 {"id":"1"})"});
  CHECK(Names(world.Row("ten_a.orders", R"({"id":"w"})")) == Lines{R"(tenants|0["ten_a"] orders/w)"});
  CHECK(world.Request(R"({"sub":"u","tenant":"ten_a"})") ==
        Lines{"merged|0[]", "separate|0[]", R"(tenants|0["ten_a"])"});
  CHECK_FALSE(world.is_dynamic());
}

TEST_CASE("E25: only a path that begins with $ descends; booleans are 1 and 0", "[rules][E25]") {
  World world(R"(
  a:
    auto_subscribe: true
    query: SELECT * FROM t WHERE o = auth.parameter('$.app.org')
  b:
    auto_subscribe: true
    query: SELECT * FROM t WHERE lower(o) = auth.parameter('app.org')
  c:
    auto_subscribe: true
    query: SELECT * FROM u WHERE flag = auth.parameter('flag')
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("t", R"({"id":"1","o":"q"})")) == Lines{R"(a|0["q"] t/1)", R"(b|0["q"] t/1)"});
  CHECK(Names(world.Row("u", R"({"id":"2","flag":1})")) == Lines{"c|0[1] u/2"});
  CHECK(world.Request(R"({"sub":"u","app":{"org":"q"},"flag":true,"app.org":"lit"})") ==
        Lines{R"(a|0["q"])", R"(b|0["lit"])", "c|0[1]"});
  CHECK_FALSE(world.is_dynamic());
}

TEST_CASE("E26: NOT goes through OR, and NOT of NULL holds", "[rules][E26]") {
  World world(R"(
  rows:
    auto_subscribe: true
    query: SELECT * FROM t WHERE NOT (a = 1 OR b = 2) AND c IS NOT NULL AND d BETWEEN 1 AND 3
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("t", R"({"id":"1","a":2,"b":3,"c":"x","d":2})")) == Lines{"rows|0[] t/1"});
  CHECK(world.Row("t", R"({"id":"2","a":1,"b":3,"c":"x","d":2})").empty());
  CHECK(Names(world.Row("t", R"({"id":"3","a":null,"b":null,"c":"x","d":2})")) == Lines{"rows|0[] t/3"});
  CHECK(world.Row("t", R"({"id":"4","a":2,"b":3,"c":"x","d":4})").empty());
  CHECK(world.Row("t", R"({"id":"5","a":2,"b":3,"c":null,"d":2})").empty());
}

TEST_CASE("E27: negated and listed sets of constants", "[rules][E27]") {
  World world(R"(
  open_items:
    auto_subscribe: true
    query: SELECT * FROM items WHERE state NOT IN '["draft","void"]' AND kind IN ARRAY['a','b']
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("items", R"({"id":"1","state":"x","kind":"a"})")) == Lines{"open_items|0[] items/1"});
  CHECK(world.Row("items", R"({"id":"2","state":"draft","kind":"a"})").empty());
  CHECK(Names(world.Row("items", R"({"id":"3","state":null,"kind":"a"})")) == Lines{"open_items|0[] items/3"});
  CHECK(world.Row("items", R"({"id":"4","state":"x","kind":null})").empty());
}

TEST_CASE("E28: columns are computed, and blobs do not go out", "[rules][E28]") {
  World world(R"(
  crew:
    auto_subscribe: true
    query: >-
      SELECT id, name || '!' AS shout, length(name) AS n, CASE WHEN age >= 18 THEN 'adult' ELSE 'minor' END AS grp,
      CAST(age AS TEXT) AS age_text, hex(photo) AS photo_hex, photo FROM crew
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(world.Row("crew", R"({"id":"1","name":"bo","age":20,"photo":"x'01ff'"})") ==
        Lines{R"(crew|0[] crew/1 {"id":"1","shout":"bo!","n":2,"grp":"adult","age_text":"20","photo_hex":"01FF"})"});
  CHECK(
      world.Row("crew", R"({"id":"2","name":null,"age":null,"photo":null})") ==
      Lines{
          R"(crew|0[] crew/2 {"id":"2","shout":null,"n":null,"grp":"minor","age_text":null,"photo_hex":"","photo":null})"});
}

TEST_CASE("E29: a subquery in FROM", "[rules][E29]") {
  World world(R"(
  live:
    auto_subscribe: true
    query: SELECT m.id, m.v FROM (SELECT id, val AS v FROM gauges WHERE live = 1) AS m
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(world.Row("gauges", R"({"id":"1","val":5,"live":1})") == Lines{R"(live|0[] gauges/1 {"id":"1","v":5})"});
  CHECK(world.Row("gauges", R"({"id":"2","val":5,"live":0})").empty());
}

TEST_CASE("E30: without an id column all rows are one object", "[rules][E30]") {
  World world(R"(
  anon:
    auto_subscribe: true
    query: SELECT name FROM plaques
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(world.Row("plaques", R"({"id":"1","name":"a"})") == Lines{R"(anon|0[] plaques/ {"name":"a"})"});
  CHECK(world.Row("plaques", R"({"id":"2","name":"b"})") == Lines{R"(anon|0[] plaques/ {"name":"b"})"});
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
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(world.Row("parts", R"({"id":"internal","code":"K9"})") ==
        Lines{R"(first|0[] parts/K9 {"id":"K9","code":"K9"})",
              R"(second|0[] parts/internal {"id":"internal","code":"K9"})"});
  CHECK(world.Problems().find("warning SW003: the * overwrites") != std::string::npos);
}

TEST_CASE("E32: names fold to lower case unless quoted", "[rules][E32]") {
  World world(R"(
  f:
    auto_subscribe: true
    query: SELECT id, ownerId, "ownerId" AS q FROM Boats
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(world.Row("boats", R"({"id":"1","ownerId":"x","ownerid":"low"})") ==
        Lines{R"(f|0[] boats/1 {"id":"1","ownerid":"low","q":"x"})"});
  CHECK(world.Row("Boats", R"({"id":"2","ownerId":"x"})").empty());
}

TEST_CASE("E33: of two projections of a row in one bucket the later wins", "[rules][E33]") {
  World world(R"(
  two:
    auto_subscribe: true
    queries:
      - SELECT id, a FROM t WHERE o = auth.user_id()
      - SELECT id, b FROM t WHERE o = auth.user_id()
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(world.Row("t", R"({"id":"1","a":1,"b":2,"o":"u1"})") == Lines{R"(two|0["u1"] t/1 {"id":"1","b":2})"});
  CHECK(world.Problems().find("warning SW005: ") != std::string::npos);
}

TEST_CASE("E34: an owned or shared parent, chosen by the subscription", "[rules][E34]") {
  World world(R"(
  items:
    query: >-
      SELECT * FROM items WHERE bin = subscription.parameter('bin') AND bin IN (SELECT id FROM bins
      WHERE owner = auth.user_id() OR id IN (SELECT bin FROM shares WHERE person = auth.user_id()))
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("bins", R"({"id":"x1","owner":"u1"})")) ==
        Lines{R"(L0 ["u1"] -> [["x1"]])", R"(L2 ["x1"] -> [["x1"]])"});
  CHECK(Names(world.Row("bins", R"({"id":"x2","owner":"u9"})")) ==
        Lines{R"(L0 ["u9"] -> [["x2"]])", R"(L2 ["x2"] -> [["x2"]])"});
  CHECK(Names(world.Row("shares", R"({"id":"s","bin":"x2","person":"u1"})")) == Lines{R"(L1 ["u1"] -> [["x2"]])"});
  CHECK(Names(world.Row("items", R"({"id":"i1","bin":"x1"})")) == Lines{R"(items|0["x1"] items/i1)"});
  CHECK(Names(world.Row("items", R"({"id":"i2","bin":"x2"})")) == Lines{R"(items|0["x2"] items/i2)"});
  CHECK(world.Request(R"({"sub":"u1"})", {{"items", R"({"bin":"x2"})"}}) == Lines{R"(items|0["x2"])"});
  CHECK(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u1"})", {{"items", R"({"bin":"x1"})"}}) == Lines{R"(items|0["x1"])"});
  CHECK(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u1"})", {{"items", R"({"bin":"zz"})"}}).empty());
  CHECK(world.is_dynamic());
}

TEST_CASE("E35: legacy: global and filtered data", "[rules][E35]") {
  World world = World::File(R"(bucket_definitions:
  base:
    data:
      - SELECT * FROM charts WHERE retired = false
      - SELECT id, name FROM buoys
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("charts", R"({"id":"l","retired":0})")) == Lines{"base[] charts/l"});
  CHECK(world.Row("charts", R"({"id":"l2","retired":1})").empty());
  CHECK(world.Row("buoys", R"({"id":"t","name":"x","lit":1})") == Lines{R"(base[] buoys/t {"id":"t","name":"x"})"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{"base[]"});
  CHECK_FALSE(world.is_dynamic());
}

TEST_CASE("E36: legacy: token parameters, current and old spelling", "[rules][E36]") {
  World world = World::File(R"(bucket_definitions:
  new_style:
    parameters: SELECT request.user_id() AS uid
    data:
      - SELECT * FROM boats WHERE boats.skipper = bucket.uid
  old_style:
    parameters: SELECT token_parameters.user_id AS uid, token_parameters.org AS org
    data:
      - SELECT * FROM boats WHERE skipper = bucket.uid AND org = bucket.org
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("boats", R"({"id":"l","skipper":"u1","org":"o"})")) ==
        Lines{R"(new_style["u1"] boats/l)", R"(old_style["u1","o"] boats/l)"});
  CHECK(world.Request(R"({"sub":"u1","parameters":{"org":"o"}})") ==
        Lines{R"(new_style["u1"])", R"(old_style["u1","o"])"});
  CHECK_FALSE(world.is_dynamic());
}

TEST_CASE("E37: legacy: parameter queries over tables, with a priority", "[rules][E37]") {
  World world = World::File(R"(bucket_definitions:
  bins:
    priority: 1
    parameters:
      - SELECT id AS b FROM bins WHERE owner = request.user_id()
      - SELECT bin AS b FROM shares WHERE person = request.user_id()
    data:
      - SELECT * FROM items WHERE bin = bucket.b
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("bins", R"({"id":"l1","owner":"u1"})")) == Lines{R"(L0 ["u1"] -> [["l1"]])"});
  CHECK(Names(world.Row("shares", R"({"id":"s","bin":"l1","person":"u1"})")) == Lines{R"(L1 ["u1"] -> [["l1"]])"});
  CHECK(Names(world.Row("items", R"({"id":"t","bin":"l1"})")) == Lines{R"(bins["l1"] items/t)"});
  CHECK(world.Request(R"({"sub":"u1"})") == Lines{R"(bins["l1"] prio 1)"});
  CHECK(world.is_dynamic());
}

TEST_CASE("E38: legacy: json_each, IN over an array of the row, a query without columns", "[rules][E38]") {
  World world = World::File(R"(bucket_definitions:
  by_claim:
    parameters: SELECT value AS pid FROM json_each(request.jwt() -> 'pids')
    data:
      - SELECT * FROM projects WHERE id = bucket.pid
  by_member:
    parameters: SELECT request.user_id() AS uid
    data:
      - SELECT id FROM docs WHERE bucket.uid IN people
  staff_only:
    parameters: SELECT FROM staff WHERE staff.id = request.user_id() AND staff.boss = true
    data:
      - SELECT * FROM payroll
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("projects", R"({"id":"a"})")) == Lines{R"(by_claim["a"] projects/a)"});
  CHECK(world.Row("docs", R"({"id":"d","people":"[\"u1\",\"u2\"]"})") ==
        Lines{R"(by_member["u1"] docs/d {"id":"d"})", R"(by_member["u2"] docs/d {"id":"d"})"});
  CHECK(Names(world.Row("staff", R"({"id":"u1","boss":1})")) == Lines{R"(L0 ["u1"] -> [[]])"});
  CHECK(Names(world.Row("payroll", R"({"id":"s"})")) == Lines{"staff_only[] payroll/s"});
  CHECK(world.Request(R"({"sub":"u1","pids":["a","b"]})") ==
        Lines{R"(by_claim["a"])", R"(by_claim["b"])", R"(by_member["u1"])", "staff_only[]"});
  CHECK(world.is_dynamic());
}

TEST_CASE("E39: legacy: a missing client parameter makes a bucket without rows", "[rules][E39]") {
  World world = World::File(R"(bucket_definitions:
  page:
    accept_potentially_dangerous_queries: true
    parameters: SELECT request.parameters() ->> 'page' AS p
    data:
      - SELECT * FROM posts WHERE page = bucket.p
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(Names(world.Row("posts", R"({"id":"1","page":3})")) == Lines{"page[3] posts/1"});
  CHECK(world.Row("posts", R"({"id":"2","page":null})").empty());
  CHECK(world.Request(R"({"sub":"u"})", {}, true, R"({"page":3})") == Lines{"page[3]"});
  CHECK_FALSE(world.is_dynamic());
  CHECK(world.Request(R"({"sub":"u"})", {}, true, "{}") == Lines{"page[null]"});
  CHECK_FALSE(world.is_dynamic());
}
