// How values get into queue entries: types, numbers, text, blobs, many columns.
#include <limits>

#include "support/catch.h"
#include "support/local_store.h"

using namespace skerry;
using test::LocalStore;
using test::OneTable;
using Lines = std::vector<std::string>;

namespace {

std::string Data(LocalStore& store) {
  const std::string entry = store.Queue().back();
  const std::size_t start = entry.find("\"data\":") + 7;
  return entry.substr(start, entry.size() - start - 1);
}

}  // namespace

TEST_CASE("a value is queued as the column stores it", "[store][C-045]") {
  LocalStore store(OneTable("i integer, r real, s text"));
  const auto put = [&](const std::string& values) {
    store.Must("INSERT INTO t(id, i, r, s) VALUES (uuid(), " + values + ")");
    return Data(store);
  };
  CHECK(put("'42', '2.5', 42") == R"({"i":42,"r":2.5,"s":"42"})");
  CHECK(put("1.0, 1, 1.0") == R"({"i":1,"r":1.0,"s":"1.0"})");
  CHECK(put("1.5, 'abc', true") == R"({"i":1.5,"r":"abc","s":"1"})");
  CHECK(put("'abc', -0.5, ''") == R"({"i":"abc","r":-0.5,"s":""})");
  CHECK(store.Rows("SELECT i, typeof(i) FROM t WHERE i = 'abc'") == Lines{"abc|text"});
}

TEST_CASE("64-bit integers and extreme reals are exact", "[store][C-041]") {
  LocalStore store(OneTable("i integer, r real"));
  store.Must("INSERT INTO t VALUES ('a', 9223372036854775807, 0.1)");
  CHECK(Data(store) == R"({"i":9223372036854775807,"r":0.1})");
  store.Must("INSERT INTO t VALUES ('b', -9223372036854775808, 1e300)");
  CHECK(Data(store) == R"({"i":-9223372036854775808,"r":1e+300})");
  store.Must("INSERT INTO t VALUES ('c', 9007199254740993, ?)", {0.1 + 0.2});
  CHECK(Data(store) == R"({"i":9007199254740993,"r":0.30000000000000004})");
}

TEST_CASE("an infinity is queued as a number that JSON can hold", "[store]") {
  LocalStore store(OneTable("r real"));
  store.Must("INSERT INTO t VALUES ('a', ?)", {std::numeric_limits<double>::infinity()});
  CHECK(Data(store) == R"({"r":9e999})");
  store.Must("UPDATE t SET r = ?", {-std::numeric_limits<double>::infinity()});
  CHECK(Data(store) == R"({"r":-9e999})");
  CHECK(store.OwnRows("SELECT json_extract(data, '$.data.r') = -9e999 FROM ps_crud ORDER BY id DESC LIMIT 1") ==
        Lines{"1"});
  // SQLite stores NaN as NULL.
  store.Must("UPDATE t SET r = ?", {std::numeric_limits<double>::quiet_NaN()});
  CHECK(Data(store) == R"({"r":null})");
}

TEST_CASE("the same number in another type is a change, the same value is none", "[store][C-064]") {
  LocalStore store(OneTable("n numeric_like, s text"));
  store.Must("INSERT INTO t VALUES ('a', 1, '1')");
  store.Must("UPDATE t SET n = '1', s = 1");
  CHECK(Data(store) == "{}");  // Affinity has made both what they were.
  store.Must("UPDATE t SET n = 'x'");
  CHECK(Data(store) == R"({"n":"x"})");
}

TEST_CASE("text is escaped as JSON, whatever it holds", "[store]") {
  LocalStore store(OneTable("s text"));
  store.Must("INSERT INTO t VALUES ('a\"b\\', ?)", {std::string("q\" b\\ n\n t\t \x01 ü 😀")});
  CHECK(store.Queue()[0] == R"({"op":"PUT","id":"a\"b\\","type":"t","data":{"s":"q\" b\\ n\n t\t \u0001 ü 😀"}})");
  store.Must("UPDATE t SET s = ?", {std::string("a\0b", 3)});
  CHECK(Data(store) == R"({"s":"a\u0000b"})");
  const std::string huge(3'000'000, 'x');
  store.Must("UPDATE t SET s = ?", {huge});
  CHECK(Data(store) == R"({"s":")" + huge + R"("})");
}

TEST_CASE("json values written to a text column are text", "[store][C-045]") {
  LocalStore store(OneTable("s text"));
  store.Must("INSERT INTO t VALUES ('a', json_object('x', 1))");
  CHECK(Data(store) == R"({"s":"{\"x\":1}"})");
}

TEST_CASE("a BLOB fails the statement with table and column, and nothing of it stays", "[store][C-046]") {
  LocalStore store;
  const Error error = store.MustFail("INSERT INTO lists(id, name) VALUES ('a','A'), ('b', x'ff')");
  CHECK(error.message == "cannot queue a BLOB: lists.name");
  CHECK(error.code == ErrorCode::kConstraint);
  CHECK(store.Rows("SELECT * FROM lists").empty());
  CHECK(store.Queue().empty());
  store.Must("BEGIN");
  store.Must("INSERT INTO lists(id) VALUES ('a')");
  store.MustFail("UPDATE lists SET owner = ?", {std::vector<std::uint8_t>{1, 2}});
  store.Must("COMMIT");
  CHECK(store.Rows("SELECT id, owner FROM lists") == Lines{"a|NULL"});
  CHECK(store.Queue().size() == 1);
}

TEST_CASE("keys are sorted bytewise, names of any letters", "[store][C-064]") {
  LocalStore store(OneTable("b text, a text, Z text, ä text, _x text"));
  store.Must("INSERT INTO t(id, a, b, Z, ä, _x) VALUES ('1', 'a', 'b', 'Z', 'ä', '_')");
  CHECK(Data(store) == R"({"Z":"Z","_x":"_","a":"a","b":"b","ä":"ä"})");
}

TEST_CASE("a table of 1,999 columns is captured whole", "[store][C-047]") {
  std::string columns;
  for (int i = 0; i < 1999; ++i) columns += (i == 0 ? "c" : ", c") + std::to_string(i) + " integer";
  LocalStore store(OneTable(columns));
  store.Must("INSERT INTO t(id, c0, c1998, c7) VALUES ('a', 1, 2, 3)");
  CHECK(Data(store) == R"({"c0":1,"c1998":2,"c7":3})");
  store.Must("UPDATE t SET c1000 = 5, c7 = NULL");
  CHECK(Data(store) == R"({"c1000":5,"c7":null})");
}

TEST_CASE("any BLOB is refused in any type of column, and nothing else is", "[store][C-046]") {
  LocalStore store(OneTable("i integer, r real, s text, n numeric, d date"));
  for (const char* column : {"i", "r", "s", "n", "d"}) {
    for (const char* blob : {"x''", "x'00'", "x'ff'", "zeroblob(10)", "CAST('text' AS BLOB)"}) {
      const std::string sql = std::string("INSERT INTO t(id, ") + column + ") VALUES ('b', " + blob + ")";
      CHECK(store.MustFail(sql).message == std::string("cannot queue a BLOB: t.") + column);
    }
    for (const char* value : {"NULL", "''", "'text'", "'\xff\xff'", "1", "-1.5", "9e999", "9223372036854775807"}) {
      store.Must(std::string("INSERT INTO t(id, ") + column + ") VALUES (uuid(), " + value + ")");
    }
  }
  CHECK(store.MustFail("INSERT INTO t(id) VALUES (x'')").message == "id should be text");
  CHECK(store.Queue().size() == 40);
}
