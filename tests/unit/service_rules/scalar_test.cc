// Scalars of sync-streams.md, section 5, as a query evaluates them.
#include "support/catch.h"
#include "world.h"

using namespace skerry;
using namespace skerry::test;

namespace {

std::string Evaluate(const std::string& head, const std::string& expression) {
  World world = World::File(head + "streams:\n  s:\n    query: |\n      SELECT id, " + expression + " AS v FROM t\n");
  if (world.compiled().plan == nullptr) return world.Problems();
  const auto lines = world.Row(
      "t", {{"id", Text("1")}, {"n", Null()}, {"blob", Blob("\x01\xff")}, {"j", Text(R"({"a":{"b":[1,2.0]}})")}});
  if (!world.failures().empty()) return "failed: " + world.failures()[0];
  const std::string begin = R"(s|0[] t/1 {"id":"1","v":)";
  if (lines.size() != 1 || lines[0].find(begin) != 0) return "nothing";
  return lines[0].substr(begin.size(), lines[0].size() - begin.size() - 1);
}
std::string Compat(const std::string& expression) { return Evaluate("config:\n  edition: 3\n", expression); }
std::string Sqlite(const std::string& expression) {
  return Evaluate("config:\n  edition: 3\n  unstable_sqlite_expression_engine: true\n", expression);
}

struct Case {
  const char* expression;
  const char* compat;
  const char* sqlite;
};

}  // namespace

TEST_CASE("the values observed in compatibility mode, and SQLite's where they differ", "[rules][scalars]") {
  const Case cases[] = {
      {"7/2", "3", "3"},
      {"7.0/2", "3.5", "3.5"},
      {"5/0", "null", "null"},
      {"'7'+1", "8", "8"},
      {"5-'2abc'", "3", "3"},
      {"'5'*'2'", "10", "10"},
      {"1 = 1.0", "1", "1"},
      {"'1' = 1", "0", "0"},
      {"'2' > 10", "1", "1"},
      {"NULL = NULL", "null", "null"},
      {"NOT NULL", "1", "null"},
      {"NOT (NULL = 1)", "1", "null"},
      {"NULL AND 0", "0", "0"},
      {"NULL OR 1", "1", "1"},
      {"NULL AND 1", "0", "null"},
      {"3 IN ARRAY[1,NULL]", "null", "null"},
      {"3 NOT IN '[3.0]'", "0", "0"},
      {"length('\xc3\xa9')", "1", "1"},
      {"length('\xf0\x9f\x98\x80')", "2", "1"},
      {"substring('hello',0,3)", "\"he\"", "\"he\""},
      {"substring('hello',3,-2)", "\"he\"", "\"he\""},
      {"substring('hello',-3)", "\"llo\"", "\"llo\""},
      {"substring('hello',-9,5)", "\"h\"", "\"h\""},
      {"upper('stra\xc3\x9f"
       "e')",
       "\"STRASSE\"",
       "\"STRA\xc3\x9f"
       "E\""},
      {"upper('\xc3\xa9')", "\"\xc3\x89\"", "\"\xc3\xa9\""},
      {"lower('\xc3\x89\xd0\x96')", "\"\xc3\xa9\xd0\xb6\"", "\"\xc3\x89\xd0\x96\""},
      {"CAST(1.0 AS TEXT)", "\"1\"", "\"1.0\""},
      {"'x' || 1.0", "\"x1\"", "\"x1.0\""},
      {"'x' || 1e21", "\"x1e+21\"", "\"x1.0e+21\""},
      {"'x' || 0.1", "\"x0.1\"", "\"x0.1\""},
      {"CAST(0-1.5 AS INTEGER)", "-2", "-1"},
      {"CAST('1e3' AS NUMERIC)", "1000.0", "1000"},
      {"CAST('0x10' AS INTEGER)", "0", "0"},
      {"9223372036854775807 + 1", "9.223372036854776e+18", "9.223372036854776e+18"},
      {"'{\"a\":null}' -> 'a'", "\"null\"", "\"null\""},
      {"'{\"a\":null}' ->> 'a'", "null", "null"},
      {"'[5,6]' -> 1", "\"6\"", "\"6\""},
      {"'[5,6]' ->> 1", "6", "6"},
      {"json_extract('[5,6]','$[1]')", "\"[5,6]\"", "6"},
      {"json_extract(j,'$.a.b')", "\"[1,2.0]\"", "\"[1,2.0]\""},
      {"hex(NULL)", "\"\"", "\"\""},
      {"datetime('now')", "null", "null"},
      {"unixepoch('2024-01-01 00:00:00.5','subsec')", "1704067200.5", "1704067200.5"},
      {"blob = blob", "failed: two blobs cannot be compared", "1"},
      {"CASE WHEN '1x' THEN 1 ELSE 0 END", "1", "1"},
      {"CASE WHEN 'yes' THEN 1 ELSE 0 END", "0", "0"},
      {"CASE WHEN '0.5' THEN 1 ELSE 0 END", "0", "1"},
  };
  for (const Case& one : cases) {
    INFO(one.expression);
    CHECK(Compat(one.expression) == one.compat);
    CHECK(Sqlite(one.expression) == one.sqlite);
  }
}

TEST_CASE("every function and operator gives its value", "[rules][scalars]") {
  const std::pair<const char*, const char*> cases[] = {
      {"ifnull(n, NULL, 3)", "3"},
      {"iif(1 > 2, 'a', 'b')", "\"b\""},
      {"instr('hello', 'l')", "3"},
      {"instr('hello', 'z')", "0"},
      {"typeof(blob) || typeof(1) || typeof(1.5) || typeof('') || typeof(n)", "\"blobintegerrealtextnull\""},
      {"json_array_length('[1,2,3]')", "3"},
      {"json_array_length('{}')", "0"},
      {"json_array_length(j, '$.a.b')", "2"},
      {"json_keys('{\"b\":1,\"a\":2}')", "\"[\\\"b\\\",\\\"a\\\"]\""},
      {"json_keys('[]')", "failed: json_keys() needs an object"},
      {"'x' -> 'a'", "failed: 'x' is not JSON"},
      {"base64(blob)", "\"Af8=\""},
      {"base64('abc')", "\"YWJj\""},
      {"hex(uuid_blob('00112233-4455-6677-8899-aabbccddeeff'))", "\"00112233445566778899AABBCCDDEEFF\""},
      {"uuid_blob('nope')", "failed: uuid_blob() needs a UUID"},
      {"datetime('2024-02-29 12:00', '+1 year')", "\"2025-03-01 12:00:00\""},
      {"datetime(0, 'unixepoch')", "\"1970-01-01 00:00:00\""},
      {"datetime('2024-01-31', 'start of month', '+1 month', '-1 day')", "\"2024-01-31 00:00:00\""},
      {"datetime('2024-01-01T10:00:00+02:00')", "\"2024-01-01 08:00:00\""},
      {"datetime('nope')", "null"},
      {"unixepoch('1970-01-02')", "86400"},
      {"unixepoch(2440587.5)", "0"},
      {"7 % 3", "1"},
      {"7 % 0", "null"},
      {"6 & 3", "2"},
      {"6 | 3", "7"},
      {"1 << 4", "16"},
      {"16 >> 2", "4"},
      {"1 + 2 * 3 - 4", "3"},
      {"+5", "5"},
      {"-5", "-5"},
      {"n IS NULL", "1"},
      {"n IS NOT NULL", "0"},
      {"n IS TRUE", "0"},
      {"n IS NOT TRUE", "1"},
      {"2 IS TRUE", "1"},
      {"0 IS FALSE", "1"},
      {"2 BETWEEN 1 AND 3", "1"},
      {"2 NOT BETWEEN 1 AND 3", "0"},
      {"2 IN (1, 2)", "1"},
      {"'a' IN ('a')", "1"},
      {"'a' IN ('[\"a\"]')", "1"},
      {"2 IN ROW(1, 3)", "0"},
      {"CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", "\"b\""},
      {"CASE 3 WHEN 1 THEN 'a' END", "null"},
      {"'12ab'::integer", "12"},
      {"'1.5x'::real", "1.5"},
      {"12::text || 'x'", "\"12x\""},
      {"hex('ab'::blob)", "\"6162\""},
      {"'a' || 'b' = 'ab'", "1"},
      {"j -> 'a' -> 'b' ->> 1", "2.0"},
      {"j ->> '$.a.b'", "\"[1,2.0]\""},
      {"st_x('0101000000000000000000F03F0000000000000040')", "1.0"},
      {"st_y('0101000020E6100000000000000000F03F0000000000000040')", "2.0"},
      {"st_astext('0101000000000000000000F03F0000000000000440')", "\"POINT(1 2.5)\""},
      {"st_asgeojson('0101000000000000000000F03F0000000000000440')",
       "\"{\\\"type\\\":\\\"Point\\\",\\\"coordinates\\\":[1,2.5]}\""},
      {"st_x('nonsense')", "null"},
  };
  for (const auto& [expression, value] : cases) {
    INFO(expression);
    CHECK(Compat(expression) == value);
  }
}

TEST_CASE("JSON of a row is read down to twenty levels", "[rules][scalars]") {
  const auto nested = [](int depth) {
    const auto count = static_cast<std::size_t>(depth);
    return "json_array_length('" + std::string(count, '[') + std::string(count, ']') + "')";
  };
  CHECK(Compat(nested(9)) == "1");
  CHECK(Compat(nested(11)) == "1");
  CHECK(Compat(nested(20)) == "1");
  CHECK(Compat(nested(21)) == "failed: JSON is nested deeper than 20 levels");
}

TEST_CASE("a failing source gives nothing and leaves the others alone", "[rules][S8]") {
  World world(R"(
  bad:
    query: SELECT * FROM t WHERE uuid_blob(id) IS NOT NULL
  worse:
    query: SELECT id, json_keys(x) AS k FROM t
  good:
    queries:
      - SELECT id, x FROM t
      - SELECT id, x || json_keys(x) AS x FROM t
)");
  CHECK(world.Row("t", R"({"id":"1","x":"[]"})") == std::vector<std::string>{R"(good|0[] t/1 {"id":"1","x":"[]"})"});
  CHECK(world.failures().size() == 3);
}
