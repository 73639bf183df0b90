#include "rules/parser.h"

#include "support/catch.h"
#include "world.h"

using namespace skerry;
using namespace skerry::test;

namespace {

// "5:20 SS010 message" of the only diagnostic; line 5 is the query's, which begins at column 12.
std::string Fault(const std::string& query) {
  World world("  s:\n    query: " + query + "\n");
  if (world.compiled().diagnostics.size() != 1) return "not one diagnostic: " + world.Problems();
  const rules::Diagnostic& fault = world.compiled().diagnostics[0];
  if (fault.severity != rules::Severity::kError) return "a warning: " + fault.message;
  CHECK(world.compiled().plan == nullptr);
  return std::to_string(fault.at.line) + ":" + std::to_string(fault.at.column) + " " + fault.id + " " + fault.message;
}

}  // namespace

TEST_CASE("what the language has and this version does not is refused by name and place", "[rules][SS100]") {
  const std::pair<std::string, std::string> cases[] = {
      {"SELECT * FROM a JOIN b ON a.x = b.x", "5:28 SS100 JOIN is not supported yet"},
      {"SELECT * FROM a, b", "5:27 SS100 a join of several tables is not supported yet"},
      {"SELECT * FROM a WHERE x = 1 OR y = 2", "5:40 SS100 OR is not supported yet"},
      {"SELECT * FROM a WHERE NOT x = 1", "5:34 SS100 NOT is not supported yet"},
      {"SELECT * FROM a WHERE x NOT IN '[1]'", "5:36 SS100 NOT IN is not supported yet"},
      {"SELECT * FROM a WHERE x BETWEEN 1 AND 2", "5:36 SS100 BETWEEN is not supported yet"},
      {"SELECT * FROM a WHERE lower(x) = 'y'", "5:34 SS100 the function lower() is not supported yet"},
      {"SELECT * FROM a WHERE x IN auth.parameter('y')", "5:39 SS100 IN without a subquery is not supported yet"},
      {"SELECT * FROM a WHERE x IN (1, 2)", "5:39 SS100 IN with a list is not supported yet"},
      {"SELECT * FROM a WHERE x && y", "5:36 SS100 the operator '&&' is not supported yet"},
      {"SELECT * FROM a WHERE x + 1 = 2", "5:36 SS100 the operator '+' is not supported yet"},
      {"SELECT * FROM a WHERE x",
       "5:34 SS100 a bare value as a condition is not supported yet; compare it, for example with = true"},
      {"SELECT * FROM a WHERE x IS TRUE", "5:39 SS100 IS TRUE or IS FALSE is not supported yet"},
      {"SELECT * FROM (SELECT * FROM a) b", "5:26 SS100 a subquery in FROM is not supported yet"},
      {"SELECT * FROM s.a", "5:27 SS100 a table name with a schema is not supported yet"},
      {"SELECT * FROM \"a%\"", "5:26 SS100 a wildcard in a table name is not supported yet"},
      {"SELECT a || b FROM t", "5:21 SS100 the operator '||' is not supported yet"},
      {"SELECT 1 AS one FROM t", "5:19 SS100 selecting anything but a column is not supported yet"},
      {"SELECT a::text FROM t", "5:20 SS100 a cast is not supported yet"},
      {"SELECT CASE WHEN a THEN b END FROM t", "5:19 SS100 CASE is not supported yet"},
      {"SELECT * FROM t WHERE a.schema() = 'x'", "5:36 SS100 schema() is not supported yet"},
      {"SELECT * FROM t WHERE auth.parameters() = 'x'",
       "5:39 SS100 auth.parameters() is not supported yet; use parameter('name')"},
      {"SELECT * FROM t WHERE a IN (SELECT b FROM u WHERE u.c = t.c)",
       "5:68 SS100 a subquery that refers to an outer table is not supported yet"},
      {"SELECT * FROM t WHERE 1 = 1", "5:34 SS100 a comparison of two literals is not supported yet"},
  };
  for (const auto& [query, fault] : cases) CHECK(Fault(query) == fault);
}

TEST_CASE("what the language forbids is refused with its id and place", "[rules][S12]") {
  const std::pair<std::string, std::string> cases[] = {
      {"DELETE FROM a", "5:12 SS010 a query must begin with SELECT"},
      {"SELECT * FROM a UNION SELECT * FROM b", "5:28 SS010 'union' is not allowed; use 'queries'"},
      {"SELECT * FROM a WHERE x =", "5:36 SS010 the query ends too early"},
      {"SELECT * FROM a WHERE x = 'y", "5:38 SS010 this quote is never closed"},
      {"SELECT * FROM a WHERE x = NULL", "5:38 SS010 nothing compares with NULL; write IS NULL or IS NOT NULL"},
      {"SELECT * FROM a ORDER BY x", "5:28 SS011 'order' is not allowed in a sync query"},
      {"SELECT * FROM a LIMIT 5", "5:28 SS011 'limit' is not allowed in a sync query"},
      {"SELECT * FROM a LEFT JOIN b", "5:28 SS012 only inner joins are allowed, not 'left'"},
      {"SELECT a", "5:19 SS013 the query has no FROM: it must select from one table"},
      {"SELECT auth.user_id() FROM a", "5:19 SS014 request data cannot be selected"},
      {"SELECT b.x FROM a", "5:19 SS015 unknown table or alias 'b'"},
      {"SELECT a.x FROM a AS c", "5:19 SS015 unknown table or alias 'a'; the table is called 'c' here"},
      {"SELECT * FROM a WHERE x IN (SELECT * FROM b)", "5:47 SS016 a subquery after IN must select exactly one column"},
      {"SELECT * FROM a WHERE x IN (SELECT y, z FROM b)",
       "5:47 SS016 a subquery after IN must select exactly one column"},
      {"SELECT * FROM a WHERE x = (SELECT y FROM b)", "5:38 SS017 a subquery is allowed after IN only"},
      {"SELECT * FROM a WHERE EXISTS (SELECT y FROM b)",
       "5:34 SS017 EXISTS is not allowed; write value IN (SELECT ...)"},
      {"SELECT * FROM a WHERE nope(x) = 1", "5:34 SS020 unknown function 'nope'"},
      {"SELECT * FROM a WHERE x = auth.nope()", "5:38 SS020 unknown function 'auth.nope'"},
      {"SELECT * FROM a WHERE x = connection.user_id()",
       "5:38 SS020 unknown function 'connection.user_id'; only auth has a user_id"},
      {"SELECT * FROM a WHERE x = request.user_id()",
       "5:38 SS020 unknown function 'request.user_id'; in streams use auth, subscription or connection"},
      {"SELECT * FROM a WHERE x = auth.parameter()", "5:53 SS020 auth.parameter() takes exactly one argument"},
      {"SELECT * FROM a WHERE x = auth.parameter('a', 'b')", "5:56 SS020 auth.parameter() takes exactly one argument"},
      {"SELECT * FROM a WHERE x LIKE 'y'", "5:36 SS021 LIKE is not allowed"},
      {"SELECT * FROM a WHERE x = -y", "5:38 SS021 a minus sign is allowed before a number only"},
      {"SELECT * FROM a WHERE x = $1",
       "5:38 SS021 placeholders are not allowed; use a parameter function such as auth.user_id()"},
      {"SELECT * FROM a WHERE x <> auth.user_id()", "5:36 SS030 a column and request data can be compared with = only"},
      {"SELECT * FROM a WHERE x = 1 y", "5:40 SS010 unexpected 'y'"},
  };
  for (const auto& [query, fault] : cases) CHECK(Fault(query) == fault);
}

TEST_CASE("brackets, comments, both sides of a comparison and a closing semicolon are read", "[rules]") {
  World world(R"(
  s:
    query: |
      select /* all */ * from t -- the table
      where ((1 < a) and 'u' <> b and (auth.user_id() = c)) and d is not null and e = -1.5e1;
)");
  REQUIRE(world.Problems().empty());
  const auto row = [&](std::int64_t a, const char* b, double e) {
    return world
        .Row("t", {{"id", Text("1")}, {"a", Int(a)}, {"b", Text(b)}, {"c", Text("x")}, {"d", Int(0)}, {"e", Real(e)}})
        .size();
  };
  CHECK(row(2, "v", -15) == 1);
  CHECK(row(1, "v", -15) == 0);
  CHECK(row(2, "u", -15) == 0);
  CHECK(row(2, "v", 15) == 0);
}

TEST_CASE("a query nested without end is refused, not followed", "[rules]") {
  CHECK(Fault("SELECT * FROM t WHERE " + std::string(100000, '(') + "a = 1").find("SS010") != std::string::npos);
  std::string nested = "a = 1";
  for (int i = 0; i < 3000; ++i) nested = "a IN (SELECT b FROM t WHERE " + nested + ")";
  CHECK(Fault("SELECT * FROM t WHERE " + nested).find("SS010") != std::string::npos);
}
