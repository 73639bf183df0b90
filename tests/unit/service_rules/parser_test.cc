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

TEST_CASE("what the language forbids is refused with its id and place", "[rules][S12]") {
  const std::pair<std::string, std::string> cases[] = {
      {"DELETE FROM a", "5:12 SS010 a query must begin with SELECT"},
      {"SELECT * FROM a UNION SELECT * FROM b", "5:28 SS010 'union' is not allowed; use 'queries'"},
      {"SELECT * FROM a WHERE x =", "5:36 SS010 the query ends too early"},
      {"SELECT * FROM a WHERE x = 'y", "5:38 SS010 this quote is never closed"},
      {"SELECT * FROM a WHERE x IS DISTINCT FROM 1", "5:39 SS010 expected NULL, TRUE or FALSE after IS"},
      {"SELECT * FROM a WHERE x BETWEEN 1", "5:44 SS010 expected AND after BETWEEN"},
      {"SELECT CASE WHEN x THEN y FROM a", "5:38 SS010 expected END to close the CASE"},
      {"SELECT * FROM (SELECT x FROM a)", "5:42 SS010 a subquery in FROM needs a name"},
      {"SELECT * FROM s.", "5:27 SS010 the query ends too early"},
      {"SELECT s.a.x FROM s.a", "5:22 SS010 a column has one qualifier; give the table an alias"},
      {"SELECT ARRAY[1] AS x FROM a", "5:24 SS010 unexpected '['"},
      {"WITH b AS (SELECT 1) SELECT * FROM a", "5:12 SS010 WITH is not allowed in a query; use the key 'with'"},
      {"SELECT * FROM a GROUP BY x", "5:28 SS011 'group' is not allowed in a sync query"},
      {"SELECT * FROM a HAVING x", "5:28 SS011 'having' is not allowed in a sync query"},
      {"SELECT * FROM a OFFSET 5", "5:28 SS011 'offset' is not allowed in a sync query"},
      {"SELECT * FROM a FOR UPDATE", "5:28 SS011 'for' is not allowed in a sync query"},
      {"SELECT a.* FROM a JOIN b USING (x)", "5:37 SS012 USING is not allowed"},
      {"SELECT a.* FROM a CROSS JOIN b", "5:30 SS012 only inner joins are allowed, not 'cross'"},
      {"SELECT FROM a", "5:19 SS013 the query selects no column"},
      {"SELECT value AS id FROM json_each(auth.parameter('x')) e",
       "5:19 SS013 the query must select columns of one table of the source"},
      {"SELECT * FROM json_each(auth.parameter('x')) e",
       "5:19 SS013 the query must select columns of one table of the source"},
      {"SELECT e.value AS id FROM a, json_each(a.x) e",
       "5:19 SS013 the query must select columns of one table of the source"},
      {"SELECT * FROM a, b WHERE a.x = b.x", "5:19 SS014 * would select columns of several tables; write table.*"},
      {"SELECT a.id, b.x FROM a JOIN b ON a.x = b.x",
       "5:25 SS014 the columns must come from one table; another query may select the other"},
      {"SELECT a.* FROM a, b WHERE x = 1", "5:39 SS015 'x' could be a column of several tables; write table.x"},
      {"SELECT a.* FROM a, a", "5:31 SS015 two tables are called 'a'; give one an alias"},
      {"SELECT * FROM a WHERE * = 1", "5:34 SS015 * is not a value"},
      {"SELECT id FROM (SELECT id FROM a) AS b WHERE b.x = 1", "5:59 SS015 'b' has no column 'x'"},
      {"SELECT * FROM a WHERE x IN (SELECT e.nope FROM json_each(a.y) e)",
       "5:49 SS015 json_each has the columns key and value, not 'nope'"},
      {"SELECT id FROM (SELECT * FROM a) AS b", "5:35 SS016 name the columns: * is not allowed in a subquery or CTE"},
      {"SELECT id FROM (SELECT id, x AS id FROM a) AS b", "5:39 SS016 two columns are called 'id'"},
      {"SELECT id FROM (SELECT id, x FROM a) AS b (id)", "5:55 SS016 the subquery has 2 columns, and here are 1 names"},
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
      {"SELECT (SELECT y FROM b) AS y, id FROM a", "5:19 SS017 a subquery is allowed after IN only"},
      {"SELECT x && y AS z, id FROM a", "5:19 SS017 && stands in conditions only"},
      {"SELECT * FROM a WHERE nope(x) = 1", "5:34 SS020 unknown function 'nope'"},
      {"SELECT * FROM a WHERE coalesce(x, 1) = 1", "5:34 SS020 unknown function 'coalesce'; use ifnull"},
      {"SELECT * FROM a WHERE json_valid(x)", "5:34 SS020 unknown function 'json_valid'"},
      {"SELECT * FROM a WHERE random() = 1", "5:34 SS020 random() is not allowed: a row must give the same every time"},
      {"SELECT * FROM a WHERE length(x, y) = 1", "5:34 SS020 length() takes 1 argument, not 2"},
      {"SELECT * FROM a WHERE substring(x) = 1", "5:34 SS020 substring() takes 2 to 3 arguments, not 1"},
      {"SELECT * FROM a WHERE ifnull(x) = 1", "5:34 SS020 ifnull() takes 2 or more arguments, not 1"},
      {"SELECT count(*) AS id FROM a", "5:19 SS020 unknown function 'count'"},
      {"SELECT upper(DISTINCT x) AS id FROM a", "5:25 SS020 'distinct' is not allowed in a call"},
      {"SELECT upper(x ORDER BY y) AS id FROM a", "5:27 SS020 ORDER BY is not allowed in a call"},
      {"SELECT upper(x) OVER (y) AS id FROM a", "5:28 SS020 window and aggregate calls are not allowed"},
      {"SELECT a.* FROM a, unnest(a.x) u", "5:31 SS020 unknown table function 'unnest'; there is json_each"},
      {"SELECT * FROM a WHERE x = auth.parameter(a.y)", "5:53 SS020 a parameter's name cannot come from a table"},
      {"SELECT * FROM a WHERE x = auth.nope()", "5:38 SS020 unknown function 'auth.nope'"},
      {"SELECT * FROM a WHERE x = connection.user_id()",
       "5:38 SS020 unknown function 'connection.user_id'; only auth has a user_id"},
      {"SELECT * FROM a WHERE x = request.user_id()",
       "5:38 SS020 unknown function 'request.user_id'; in streams use auth, subscription or connection"},
      {"SELECT * FROM a WHERE x = auth.parameter()", "5:38 SS020 auth.parameter() takes exactly one argument"},
      {"SELECT * FROM a WHERE x = auth.parameter('a', 'b')", "5:38 SS020 auth.parameter() takes exactly one argument"},
      {"SELECT * FROM a WHERE x LIKE 'y'", "5:36 SS021 LIKE is not allowed"},
      {"SELECT * FROM a WHERE x = -y", "5:38 SS021 a minus sign is allowed before a number only; write 0 - x"},
      {"SELECT * FROM a WHERE x = $1",
       "5:38 SS021 placeholders are not allowed; use a parameter function such as auth.user_id()"},
      {"SELECT * FROM a WHERE x = ?",
       "5:38 SS021 placeholders are not allowed; use a parameter function such as auth.user_id()"},
      {"SELECT x::int AS x, id FROM a",
       "5:22 SS021 cannot cast to 'int'; the types are text, integer, real, numeric and blob"},
      {"SELECT * FROM a WHERE x <> auth.user_id()",
       "5:34 SS030 this relates a table and the request; that is possible only as an equality with one of them on each "
       "side"},
      {"SELECT a.* FROM a, b WHERE a.x < b.x",
       "5:39 SS030 this relates several tables; that is possible only as an equality with one of them on each side"},
      {"SELECT * FROM a WHERE x || auth.user_id() = 'y'",
       "5:34 SS030 this relates a table and the request; that is possible only as an equality with one of them on each "
       "side"},
      {"SELECT * FROM a WHERE x NOT IN (SELECT y FROM b)",
       "5:34 SS030 NOT IN works with constants and values of one side only; it cannot exclude what a query or the "
       "request gives"},
      {"SELECT * FROM a WHERE NOT x IN auth.parameter('y')",
       "5:38 SS030 NOT IN works with constants and values of one side only; it cannot exclude what a query or the "
       "request gives"},
      {"SELECT * FROM a WHERE NOT (x && auth.parameter('y'))", "5:39 SS030 NOT cannot stand before &&"},
      {"SELECT a.* FROM a, b, json_each(a.x || b.y) e WHERE a.x = b.x",
       "5:34 SS031 json_each needs a value of one table or of the request, not a mixture"},
      {"SELECT a.* FROM a, json_each(a.x) e, json_each(e.value) f",
       "5:49 SS031 json_each cannot expand what another table function gives"},
      {"SELECT a.* FROM a, b, json_each(auth.parameter('x')) e WHERE a.x = e.value AND b.x = e.value",
       "5:91 SS031 a table function over request data can be compared with columns of one table only"},
      {"SELECT * FROM a WHERE 1 IN (SELECT b.x FROM b, c WHERE b.y = c.y)",
       "5:67 SS032 this relates two tables that neither the request nor the selected table is connected with"},
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

TEST_CASE("a condition with too many alternatives is refused", "[rules][SS033]") {
  const auto any = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += (i > 0 ? " OR " : "") + std::string("x") + std::to_string(i) + " = auth.parameter('p')";
    }
    return text;
  };
  CHECK(Fault("SELECT * FROM t WHERE " + any(101)) ==
        "5:12 SS033 the condition has more than 100 alternatives; take it apart");
  CHECK(Fault("SELECT * FROM t WHERE (" + any(11) + ") AND (" + any(10) + ")").find("SS033") != std::string::npos);
  World world("  s:\n    query: SELECT * FROM t WHERE " + any(100) + "\n");
  REQUIRE(world.compiled().plan != nullptr);
  // Alternatives about the row alone are one term.
  World rows(
      "  s:\n    query: SELECT * FROM t WHERE (a = 1 OR b = 2) AND (c = 3 OR d = 4 OR e = 5) AND f = auth.user_id()\n");
  REQUIRE(rows.compiled().plan != nullptr);
  CHECK(rows.compiled().plan->data_sources.size() == 1);
}

TEST_CASE("a CTE is used, hides and is refused where it must be", "[rules][cte]") {
  const auto problems = [](const std::string& with, const std::string& query) {
    return World("  s:\n    with:\n      c: " + with + "\n      d: SELECT x FROM d0\n    query: " + query + "\n")
        .Problems();
  };
  CHECK(problems("SELECT x, y FROM c0", "SELECT * FROM t WHERE a IN c AND b IN d")
            .find("sync.yaml:8:39: error SS018: 'c' has several columns") == 0);
  CHECK(problems("SELECT x FROM c0 WHERE y IN d", "SELECT * FROM t WHERE a IN c AND b IN d")
            .find("sync.yaml:6:38: error SS015: a CTE cannot use another CTE") == 0);
  CHECK(problems("SELECT * FROM c0", "SELECT * FROM t WHERE a IN (SELECT x FROM c) AND b IN d").find("error SS016: ") !=
        std::string::npos);
  CHECK(problems("SELECT x FROM c0", "SELECT * FROM t WHERE a IN d") ==
        "sync.yaml:6:7: warning SW003: no query uses the CTE 'c'\n");
}
