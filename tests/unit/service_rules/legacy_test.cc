// bucket_definitions beyond the worked examples: what is refused, and how parameters keep their order.
#include "support/catch.h"
#include "world.h"

using namespace skerry;
using namespace skerry::test;

namespace {

// The first error of a definition with these queries.
std::string Fault(const std::string& parameters, const std::string& data) {
  const World world =
      World::File("bucket_definitions:\n  d:\n    parameters: " + parameters + "\n    data:\n      - " + data + "\n");
  for (const rules::Diagnostic& diagnostic : world.compiled().diagnostics) {
    if (diagnostic.severity == rules::Severity::kError) return diagnostic.id + " " + diagnostic.message;
  }
  return "";
}
constexpr char kUser[] = "SELECT request.user_id() AS u";

}  // namespace

TEST_CASE("a data query matches every parameter exactly once", "[rules][legacy][SS040]") {
  CHECK(Fault(kUser, "SELECT * FROM t WHERE a = bucket.u").empty());
  CHECK(Fault(kUser, "SELECT * FROM t") == "SS040 the query must match bucket.u with a column");
  CHECK(Fault(kUser, "SELECT * FROM t WHERE a = bucket.u AND b = bucket.u") == "SS040 bucket.u is matched twice");
  CHECK(Fault(kUser, "SELECT * FROM t WHERE a = bucket.nope") == "SS040 no parameter query gives bucket.nope");
  CHECK(Fault(kUser, "SELECT * FROM t WHERE a = bucket.u OR b = 1") ==
        "SS040 the query must match bucket.u with a column");
  CHECK(Fault(kUser, "SELECT * FROM t WHERE a = bucket.u OR b = bucket.u").empty());
}

TEST_CASE("what bucket definitions never had is refused", "[rules][legacy][SS041]") {
  const auto id = [](const std::string& parameters, const std::string& data) {
    return Fault(parameters, data).substr(0, 5);
  };
  const std::string data = "SELECT * FROM t WHERE a = bucket.u";
  CHECK(id(kUser, "SELECT * FROM t WHERE NOT a = bucket.u") == "SS041");
  CHECK(id(kUser, "SELECT * FROM t WHERE a = bucket.u AND b BETWEEN 1 AND 2") == "SS041");
  CHECK(id(kUser, "SELECT id, CASE WHEN a THEN 1 END AS c FROM t WHERE a = bucket.u") == "SS041");
  CHECK(id(kUser, "SELECT * FROM t WHERE a = bucket.u AND b IN (SELECT c FROM x)") == "SS041");
  CHECK(id(kUser, "SELECT * FROM t WHERE a = bucket.u AND b = request.user_id()") == "SS041");
  CHECK(id("SELECT u FROM p WHERE x = request.user_id() OR y = request.parameters() ->> 'y'", data) == "SS041");
  CHECK(id("SELECT u FROM p WHERE x = request.user_id() OR y = request.user_id()", data).empty());
  CHECK(id("SELECT u FROM p WHERE x IN request.jwt() ->> 'a' AND y IN request.jwt() ->> 'b'", data) == "SS041");
  CHECK(id("SELECT u FROM p WHERE NOT x = request.user_id()", data) == "SS041");
  CHECK(id("SELECT u FROM p, q", data) == "SS041");
  CHECK(id("[SELECT request.user_id() AS u, SELECT id AS v FROM p]", data) == "SS041");
  CHECK(id("SELECT request.user_id() AS u, 7 AS _priority", data) == "SS003");
  CHECK(id("SELECT auth.user_id() AS u", data) == "SS020");
}

TEST_CASE("keys follow the parameters' order, and a query may set its own priority", "[rules][legacy]") {
  World world = World::File(R"(
bucket_definitions:
  d:
    parameters:
      - SELECT request.user_id() AS z, 'k' AS a, 0 AS _priority
      - SELECT x AS a, y AS z FROM p WHERE owner = request.user_id()
    data:
      - SELECT * FROM t WHERE t.a = bucket.a AND t.z = bucket.z
      - SELECT id, _table_suffix AS part, json_valid(j) AS ok FROM "log_%" WHERE a = bucket.a AND z = bucket.z
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(world.Row("p", R"({"x":"k2","y":5,"owner":"u1"})") == std::vector<std::string>{R"(L0 ["u1"] -> [["k2",5]])"});
  CHECK(Names(world.Row("t", R"({"id":"1","a":"k","z":"u1"})")) == std::vector<std::string>{R"(d["u1","k"] t/1)"});
  CHECK(world.Row("log_7", R"({"id":"1","a":"k2","z":5,"j":"[]"})") ==
        std::vector<std::string>{R"(d[5,"k2"] log_7/1 {"id":"1","part":"7","ok":1})"});
  CHECK(world.Request(R"({"sub":"u1"})") == std::vector<std::string>{R"(d["u1","k"] prio 0)", R"(d[5,"k2"])"});
}

TEST_CASE("an event fires for the rows it selects", "[rules][events]") {
  World world = World::File(R"(
config:
  edition: 3
streams:
  s:
    query: SELECT * FROM t
event_definitions:
  write_checkpoints:
    payloads:
      - SELECT user_id, client AS client_id, checkpoint FROM checkpoints WHERE live = 1
)");
  REQUIRE(world.compiled().plan != nullptr);
  CHECK(world.compiled().plan->Tables() == std::vector<std::string>{"checkpoints", "t"});
  const rules::RowEvaluator evaluator(world.compiled().plan, 1,
                                      {.name = "checkpoints", .columns = {"user_id", "client", "checkpoint", "live"}});
  rules::RowResult result;
  const row::Value values[] = {row::Value::Text("u"), row::Value::Text("c"), row::Value::Integer(7),
                               row::Value::Integer(1)};
  evaluator.Evaluate(values, result);
  REQUIRE(result.event_count == 1);
  CHECK(result.events[0].event == "write_checkpoints");
  CHECK(result.events[0].data == R"({"user_id":"u","client_id":"c","checkpoint":7})");
  const row::Value dead[] = {row::Value::Text("u"), row::Value::Text("c"), row::Value::Integer(8),
                             row::Value::Integer(0)};
  evaluator.Evaluate(dead, result);
  CHECK(result.event_count == 0);
}
