#include "support/catch.h"
#include "world.h"

using namespace skerry;
using namespace skerry::test;

TEST_CASE("the same text gives the same plan, and aliases and order do not matter", "[rules][S6]") {
  const auto plan = [](const std::string& query) {
    World world("  s:\n    auto_subscribe: true\n    query: " + query + "\n");
    REQUIRE(world.Problems().empty());
    return world.compiled().plan->Canonical();
  };
  const std::string one = plan("SELECT * FROM t WHERE a = 1 AND b = auth.user_id()");
  CHECK(plan("SELECT * FROM t WHERE a = 1 AND b = auth.user_id()") == one);
  CHECK(plan("select T.* from T where auth.user_id() = T.b and 1 = a") == one);
  CHECK(plan("SELECT * FROM t WHERE a = 2 AND b = auth.user_id()") != one);
  CHECK(plan("SELECT * FROM t WHERE a = '1' AND b = auth.user_id()") != one);
  CHECK(plan("SELECT * FROM t AS t2 WHERE a = 1 AND b = auth.user_id()") != one);  // Renames the output.
}

TEST_CASE("a plan lists every table it reads once", "[rules]") {
  World world(R"(
  s:
    queries:
      - SELECT * FROM items WHERE bin IN (SELECT id FROM bins WHERE owner = auth.user_id())
      - SELECT * FROM bins WHERE owner = auth.user_id()
)");
  CHECK(world.compiled().plan->Tables() == std::vector<std::string>{"bins", "items"});
}

TEST_CASE("a client-chosen key without a signed one is a warning", "[rules][SW001]") {
  const auto warnings = [](const std::string& where, const std::string& extra = "") {
    World world("  s:\n" + extra + "    query: SELECT * FROM t WHERE " + where + "\n");
    REQUIRE(world.compiled().plan != nullptr);
    return world.Problems();
  };
  const std::string warned = warnings("a = subscription.parameter('a')");
  CHECK(warned.find("sync.yaml:5:38: warning SW001: ") == 0);
  CHECK(warnings("a = connection.parameter('a')").find("SW001") != std::string::npos);
  CHECK(warnings("a = subscription.parameter('a')", "    accept_potentially_dangerous_queries: true\n").empty());
  CHECK(warnings("a = subscription.parameter('a') AND b = auth.user_id()").empty());
  CHECK(warnings("a = subscription.parameter('a') AND a IN (SELECT b FROM u WHERE c = auth.user_id())").empty());
  // A signed condition beside the key does not choose the key.
  CHECK(warnings("a = subscription.parameter('a') AND auth.parameter('x') = 1").find("SW001") != std::string::npos);
  CHECK(warnings("connection.parameter('x') = 1").find("SW001") != std::string::npos);
  CHECK(warnings("auth.parameter('x') = 1").empty());
  CHECK(warnings("a IN (SELECT b FROM u WHERE c = connection.parameter('c'))").find("SW001") != std::string::npos);
}

TEST_CASE("a request whose texts are not JSON objects is refused", "[rules]") {
  World world("  s:\n    auto_subscribe: true\n    query: SELECT * FROM t\n");
  world.Request("[]");
  CHECK(world.error() == "the token's payload must be a JSON object");
  world.Request("{}", {{"s", "7"}});
  CHECK(world.error() == "the parameters of stream 's' must be a JSON object");
  world.Request("{}", {}, true, "{");
  CHECK_FALSE(world.error().empty());
  CHECK(world.Request("{}", {{"s", "null"}}, true, "null") == std::vector<std::string>{"s|0[]"});
}

TEST_CASE("a column that the table lacks reads as NULL and is named", "[rules]") {
  World world("  s:\n    query: SELECT id, gone FROM t WHERE other IS NULL AND a = auth.user_id()\n");
  const rules::RowEvaluator evaluator(world.compiled().plan, 1, {.name = "t", .columns = {"id", "a"}});
  CHECK(evaluator.missing_columns() == std::vector<std::string>{"other", "gone"});
  CHECK(world.Row("t", {{"id", Text("1")}, {"a", Text("u")}}) ==
        std::vector<std::string>{R"(s|0["u"] t/1 {"id":"1"})"});
}
