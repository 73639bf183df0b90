#include "rules/explain.h"

#include "support/catch.h"
#include "world.h"

using namespace skerry;
using namespace skerry::test;

TEST_CASE("a plan is told in words", "[rules][explain]") {
  World world(R"(
  notes:
    auto_subscribe: true
    priority: 1
    query: >-
      SELECT id, lower(title) AS title FROM notes WHERE done = 0 AND list IN (SELECT id FROM lists, json_each(members) AS m
      WHERE m.value = auth.user_id()) AND auth.parameter('role') = 'member'
)");
  CHECK(world.compiled().plan == nullptr);  // `members` could be of either.
  World right(R"(
  notes:
    auto_subscribe: true
    priority: 1
    query: >-
      SELECT id, lower(title) AS title FROM notes WHERE done = 0 AND list IN (SELECT l.id FROM lists AS l,
      json_each(l.members) AS m WHERE m.value = auth.user_id()) AND auth.parameter('role') = 'member'
)");
  REQUIRE(right.compiled().plan != nullptr);
  CHECK(rules::Explain(*right.compiled().plan) ==
        "stream notes, for everybody, priority 1\n"
        "  gets buckets notes|0 with list = lookup 0's id\n"
        "    if auth.parameter('role') = 'member'\n"
        "    after lookup 0, each.value = auth.user_id()\n"
        "\n"
        "bucket notes|0[list]: id, lower(title) as title of notes where done = 0\n"
        "\n"
        "lookup 0: rows of lists, json_each(members) as each, found by each.value, give id\n"
        "\n"
        "tables: lists, notes\n");
}

TEST_CASE("an expression is shown as SQL", "[rules][explain]") {
  const auto sql = [](const std::string& condition) {
    World world("  s:\n    query: |\n      SELECT * FROM t WHERE " + condition + "\n");
    REQUIRE(world.compiled().plan != nullptr);
    return rules::ToSql(world.compiled().plan->data_sources[0].rows.filters[0]);
  };
  for (const char* same :
       {"(a = 1) OR (b = 'it''s')", "((a + 1) * 2) < 7", "a IS NOT NULL", "NOT (a = 1)", "a IN (1, 2, NULL)",
        "CAST(a AS integer) = 1", "CASE WHEN a THEN b ELSE NULL END", "CASE a WHEN 1 THEN b ELSE c END",
        "ifnull(a, \"B\") = 1.5", "a ->> 'x' = 2", "a IN b", "(a || 'x') IS TRUE"}) {
    CHECK(sql(same) == same);
  }
}
