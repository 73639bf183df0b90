// A row's JSON as column values (client-core 6).
#include "store/row_values.h"
#include "support/catch.h"
#include "support/download_rig.h"

namespace skerry::test {
namespace {

using Rows = std::vector<std::string>;

// typeof and value of columns t (text), i (integer), r (real) of a row with this JSON as value of all three.
std::string Published(const std::string& json) {
  DownloadRig rig(OneTable("t text, i integer, r real"));
  rig.Line("a", {Put(1, "t", "x", R"({"t":)" + json + R"(,"i":)" + json + R"(,"r":)" + json + "}")});
  rig.Sync({"a"});
  return rig.local.OwnRows("SELECT typeof(t), t, typeof(i), i, typeof(r), r FROM t").at(0);
}

TEST_CASE("values are cast to the declared type", "[store][C-041]") {
  CHECK(Published("null") == "null|NULL|null|NULL|null|NULL");
  CHECK(Published("true") == "text|1|integer|1|real|1.0");
  CHECK(Published("false") == "text|0|integer|0|real|0.0");
  CHECK(Published("42") == "text|42|integer|42|real|42.0");
  CHECK(Published("1.0") == "text|1.0|integer|1|real|1.0");
  CHECK(Published("1.50") == "text|1.5|integer|1|real|1.5");
  CHECK(Published("\"12abc\"") == "text|12abc|integer|12|real|12.0");
  CHECK(Published("\"abc\"") == "text|abc|integer|0|real|0.0");
  CHECK(Published("[1,\"x\"]") == "text|[1,\"x\"]|integer|0|real|0.0");
  CHECK(Published("{\"a\":1}") == "text|{\"a\":1}|integer|0|real|0.0");
  CHECK(Published("\"\"") == "text||integer|0|real|0.0");
}

TEST_CASE("integers are exact to 64 bits", "[store][C-041]") {
  CHECK(Published("9223372036854775807").find("text|9223372036854775807|integer|9223372036854775807") == 0);
  CHECK(Published("-9223372036854775808").find("text|-9223372036854775808|integer|-9223372036854775808") == 0);
  // Beyond that SQLite's JSON has reals; a cast to integer stops at the limit.
  CHECK(Published("9223372036854775808") ==
        "text|9.2233720368547758e+18|integer|9223372036854775807|real|9.2233720368547758e+18");
}

TEST_CASE("escapes of JSON become the characters they stand for", "[store]") {
  CHECK(Published(R"("a\"b\\c\u00e9\n")").find("text|a\"b\\c\xc3\xa9\n|") == 0);
}

TEST_CASE("the same values as json_extract and CAST give", "[store][C-041]") {
  const char* const cases[] = {"0",
                               "-0",
                               "-1",
                               "1e3",
                               "1E-2",
                               "123456789012345678901",
                               "0.1",
                               "\"1e3\"",
                               "\" 7\"",
                               "\"0x10\"",
                               "\"9223372036854775808\"",
                               "\"-\"",
                               "\"inf\"",
                               "1e400",
                               "-2.5",
                               "[]",
                               "{}",
                               "\"\\u0041\""};
  for (const std::string json : cases) {
    INFO(json);
    DownloadRig rig(OneTable("t text, i integer, r real"));
    rig.Line("a", {Put(1, "t", "x", R"({"i":)" + json + R"(,"r":)" + json + R"(,"t":)" + json + "}")});
    rig.Sync({"a"});
    CHECK(rig.local.OwnRows("SELECT typeof(t), t, typeof(i), i, typeof(r), r FROM t") ==
          rig.local.OwnRows(
              "SELECT typeof(t), t, typeof(i), i, typeof(r), r FROM (SELECT "
              "CAST(json_extract(data, '$.t') AS TEXT) AS t, CAST(json_extract(data, '$.i') AS INTEGER) AS i, "
              "CAST(json_extract(data, '$.r') AS REAL) AS r FROM ps_oplog)"));
  }
}

TEST_CASE("members in any order, repeated, unknown or missing", "[store][C-041]") {
  DownloadRig rig(OneTable("a text, b text, c text"));
  rig.Line("x", {Put(1, "t", "r1", R"({"c":"C","zzz":[{"a":1}],"b":"B","b":"again"})")});
  rig.Sync({"x"});
  CHECK(rig.local.OwnRows("SELECT * FROM t") == Rows{"r1|NULL|B|C"});
  rig.Line("x", {Put(2, "t", "r1", R"( { "a" : "A" } )")});
  rig.Sync({"x"});
  CHECK(rig.local.OwnRows("SELECT * FROM t") == Rows{"r1|A|NULL|NULL"});
}

// Each row after one of every kind: what was learned from the row before must not show in the next.
TEST_CASE("a row is read alike whatever row came before it", "[store][C-041]") {
  const std::string rows[] = {
      R"({"a":"x","b":1,"c":null})",
      R"({"a":"y","b":-20,"c":true})",
      R"({"a":"","b":1.50,"c":false})",
      R"({"a":"q\"uote\u00e9","b":9223372036854775808,"c":"z"})",
      R"({"b":1,"a":"x","c":null})",
      R"({"a":"x","b":1})",
      R"({"a":"x","b":1,"c":null,"d":2})",
      R"({"a":"x","a":"again","b":1,"c":[1,{"a":2}]})",
      R"({"a":"x","b":1,"c":{"b":5}})",
      R"({"unknown":{"deep":[]},"b":7})",
      R"( { "a" : "x" , "b" : 1 , "c" : null } )",
      R"({})",
  };
  const std::string broken[] = {
      R"({"a":"x","b":01,"c":null})", R"({"a":"x","b":1,"c":nul})", R"({"a":"x","b":1,"c":null}x)",
      R"({"a":"x,"b":1,"c":null})",   R"({"a":"x","b":1,"c":null)", "{\"a\":\"\n\",\"b\":1,\"c\":null}",
      R"({"a":"\q","b":1,"c":null})", R"({"a":"x","b":,"c":null})", "",
  };
  const auto text = [](const Result<std::span<const sqlite::Cell>>& cells) {
    if (!cells.ok()) return "error: " + cells.error().message;
    std::string all;
    for (const sqlite::Cell& cell : *cells) {
      all += std::to_string(static_cast<int>(cell.type)) + ":" + std::to_string(cell.integer) + ":" +
             std::to_string(cell.real) + ":" + std::string(cell.text) + "|";
    }
    return all;
  };
  const std::vector<schema::Column> columns{{"a", "text"}, {"b", "integer"}, {"c", "text"}};
  for (const std::string& before : rows) {
    store::RowValues reused(columns);
    const auto check = [&](const std::string& row) {
      INFO(before << " then " << row);
      store::RowValues fresh(columns);
      const std::string expected = text(fresh.Read(row));
      CHECK(text(reused.Read(before)).find("error") == std::string::npos);
      CHECK(text(reused.Read(row)) == expected);
    };
    for (const std::string& row : rows) check(row);
    for (const std::string& row : broken) {
      check(row);
      store::RowValues fresh(columns);
      CHECK_FALSE(fresh.Read(row).ok());
    }
  }
}

TEST_CASE("the id is the operation's, never the JSON's", "[store][C-042]") {
  DownloadRig rig;
  rig.Line("a", {Put(1, "lists", "real", R"({"id":"fake","name":"x"})")});
  rig.Sync({"a"});
  CHECK(rig.Lists() == Rows{"real|x"});
}

TEST_CASE("a table of 200 columns is published whole", "[store]") {
  std::string columns, json = "{";
  for (int i = 0; i < 200; ++i) {
    columns += (i == 0 ? "" : ",") + ("c" + std::to_string(i)) + " integer";
    json += (i == 0 ? "\"c" : ",\"c") + std::to_string(i) + "\":" + std::to_string(i * i);
  }
  DownloadRig rig(OneTable(columns));
  rig.Line("a", {Put(1, "t", "x", json + "}")});
  rig.Sync({"a"});
  CHECK(rig.local.OwnRows("SELECT c0, c1, c150, c199 FROM t") == Rows{"0|1|22500|39601"});
}

TEST_CASE("JSON that is no object is refused and named", "[store][C-093]") {
  for (const char* data : {"[]", "1", "", "null", "{\"a\":1}x", "{\"a\":tru}"}) {
    INFO(data);
    DownloadRig rig(OneTable("a text"));
    rig.Line("a", {Put(1, "t", "r1", data)});
    const auto failed = rig.TryComplete(rig.Checkpoint({"a"}));
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().code == ErrorCode::kProtocol);
    CHECK(failed.error().message.find("row r1 of t") != std::string::npos);
  }
}

TEST_CASE("what was downloaded keeps its JSON as it came", "[store][C-043][P-065]") {
  DownloadRig rig;
  const std::string json = R"({ "name":"x","big":12345678901234567890,"n":1.50, "extra":true})";
  rig.Line("a", {Put(1, "lists", "l1", json)});
  rig.Sync({"a"});
  CHECK(rig.local.OwnRows("SELECT data FROM ps_oplog") == Rows{json});
}

}  // namespace
}  // namespace skerry::test
