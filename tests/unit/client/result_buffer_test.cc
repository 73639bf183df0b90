#include "client/result_buffer.h"

#include <cmath>

#include "sqlite/connection.h"
#include "support/catch.h"
#include "support/client_host.h"

namespace skerry {
namespace {

std::unique_ptr<sqlite::Connection> Memory() {
  sqlite::OpenOptions options;
  options.path = ":memory:";
  auto db = sqlite::Connection::Open(options);
  REQUIRE(db.ok());
  return *std::move(db);
}

struct Encoded {
  Status status;
  std::string buffer;
};

Encoded Encode(sqlite::Connection& db, std::string_view sql, std::size_t limit = client::ResultEncoder::kMaxBytes) {
  auto statement = db.Prepare(sql);
  REQUIRE(statement.ok());
  client::ResultEncoder encoder(limit);
  encoder.Begin(*statement);
  Encoded result;
  while (result.status.ok()) {
    auto row = statement->Step();
    REQUIRE(row.ok());
    if (!*row) break;
    result.status = encoder.AddRow(*statement);
  }
  if (result.status.ok()) result.status = encoder.Finish({}, result.buffer);
  return result;
}

test::Rows Decode(sqlite::Connection& db, std::string_view sql) {
  const Encoded encoded = Encode(db, sql);
  REQUIRE(encoded.status.ok());
  return test::DecodeRows(encoded.buffer);
}

}  // namespace

TEST_CASE("a result keeps every kind of value", "[client][result]") {
  auto db = Memory();
  const test::Rows rows =
      Decode(*db,
             "SELECT NULL AS a, 9007199254740991 AS b, 9007199254740992 AS c, -9223372036854775808 AS d, "
             "1.0 AS e, 'x' AS f, x'00ff10' AS g, -9007199254740991 AS h, -9007199254740992 AS i");
  CHECK(rows.columns == std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g", "h", "i"});
  CHECK(rows.first_tags == std::vector<int>{0, 1, 2, 2, 3, 4, 5, 1, 2});
  CHECK(rows.rows == test::Json::parse(R"([[null, 9007199254740991, 9007199254740992, -9223372036854775808, 1.0, "x",
                                            {"blob":"00ff10"}, -9007199254740991, -9007199254740992]])"));
}

TEST_CASE("infinities cross as doubles", "[client][result]") {
  auto db = Memory();
  const test::Rows rows = Decode(*db, "SELECT 9e999 AS a, -9e999 AS b");
  CHECK(std::isinf(rows.rows[0][0].get<double>()));
  CHECK(rows.rows[0][1].get<double>() < 0);
}

TEST_CASE("texts are cut by UTF-16 units in one text area", "[client][result]") {
  auto db = Memory();
  const test::Rows rows =
      Decode(*db, "SELECT 'abc' AS a, 'Käse 日本' AS b UNION ALL SELECT '', '🎉x' UNION ALL SELECT 'end', 'z'");
  CHECK(rows.rows == test::Json::parse(R"([["abc","Käse 日本"],["","🎉x"],["end","z"]])"));
  CHECK((rows.flags & client::kResultAscii) == 0);
  CHECK((Decode(*db, "SELECT 'plain' AS a").flags & client::kResultAscii) != 0);
}

TEST_CASE("damaged text is mended so that positions still agree", "[client][result]") {
  auto db = Memory();
  // A lone lead byte before a lone continuation byte of the next cell must not become one character.
  const test::Rows rows = Decode(*db, "SELECT CAST(x'41c3' AS TEXT) AS a, CAST(x'a942' AS TEXT) AS b, 'ok' AS c");
  CHECK(rows.rows == test::Json::parse(R"([["A�", "�B", "ok"]])"));
}

TEST_CASE("every ill-formed sequence is mended as a browser decodes it", "[client][result]") {
  const auto mended = [](std::string_view bytes) {
    std::string out;
    const std::size_t units = client::AppendUtf8(out, bytes);
    return std::pair(out, units);
  };
  const std::string bad = "\xef\xbf\xbd";
  CHECK(mended("\xed\xa0\x80") == std::pair(bad + bad + bad, std::size_t{3}));  // A surrogate.
  CHECK(mended("\xf0\x9f\x8e") == std::pair(bad, std::size_t{1}));              // Cut short.
  CHECK(mended("\xf0\x9f\x8e\x89") == std::pair(std::string("🎉"), std::size_t{2}));
  CHECK(mended("\xc0\xaf") == std::pair(bad + bad, std::size_t{2}));  // Overlong.
  CHECK(mended("\xf5\x80") == std::pair(bad + bad, std::size_t{2}));
  CHECK(mended("\xe2\x82"
               "a") == std::pair(bad + "a", std::size_t{2}));
  CHECK(mended(std::string_view("a\0b", 3)) == std::pair(std::string("a\0b", 3), std::size_t{3}));
}

TEST_CASE("repeated column names and empty results keep their columns", "[client][result]") {
  auto db = Memory();
  const test::Rows rows = Decode(*db, "SELECT 1 AS x, 2 AS x WHERE 0");
  CHECK(rows.columns == std::vector<std::string>{"x", "x"});
  CHECK(rows.rows.empty());
}

TEST_CASE("a result over the limit is an error that names the limit", "[client][result]") {
  auto db = Memory();
  const std::string many =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT i, 'some text' FROM n";
  const Encoded encoded = Encode(*db, many, 20000);
  REQUIRE_FALSE(encoded.status.ok());
  CHECK(encoded.status.error().code == ErrorCode::kLimit);
  const Encoded blob = Encode(*db, "SELECT zeroblob(30000)", 20000);
  REQUIRE_FALSE(blob.status.ok());
  CHECK(blob.status.error().code == ErrorCode::kLimit);
  CHECK(Encode(*db, many, 100000).status.ok());
}

TEST_CASE("the encoder is reusable", "[client][result]") {
  auto db = Memory();
  client::ResultEncoder encoder;
  for (const char* sql : {"SELECT 'first', x'01', 3", "SELECT 'second'", "SELECT 7, 8"}) {
    auto statement = db->Prepare(sql);
    REQUIRE(statement.ok());
    encoder.Begin(*statement);
    REQUIRE(*statement->Step());
    REQUIRE(encoder.AddRow(*statement).ok());
    std::string buffer;
    REQUIRE(encoder.Finish({}, buffer).ok());
    CHECK(buffer == Encode(*db, sql).buffer);
  }
}

}  // namespace skerry
