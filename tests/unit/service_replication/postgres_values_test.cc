// Values and messages of Postgres, from the bytes up (sync-streams.md, section 10).
#include <utility>

#include "postgres_fixture.h"
#include "replication/postgres/lsn.h"
#include "replication/postgres/pgoutput.h"
#include "replication/postgres/snapshot_copy.h"
#include "replication/postgres/timestamps.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;
using Lines = std::vector<std::string>;

namespace {

struct Sample {
  std::string type;
  std::string sql;
  std::string json;  // As it stands in a row's data.
};

// A column for each sample.
const std::vector<Sample> kSamples = {
    {"int2", "-7", "-7"},
    {"int4", "2147483647", "2147483647"},
    {"int8", "9223372036854775807", "9223372036854775807"},
    {"oid", "4000000000", "4000000000"},
    {"bool", "true", "1"},
    {"bool", "false", "0"},
    {"float4", "0.1", "0.1"},
    {"float8", "3", "3.0"},
    {"float8", "'Infinity'", "9e999"},
    {"float8", "'NaN'", "null"},
    {"numeric", "123456789012345678901234567890.10", "\"123456789012345678901234567890.10\""},
    {"numeric(10,2)", "1.5", "\"1.50\""},
    {"text", "E'tab\\t \"quote\" \\\\ line\\n é'", R"("tab\t \"quote\" \\ line\n é")"},
    {"varchar(5)", "'abc'", "\"abc\""},
    {"char(3)", "'a'", "\"a  \""},
    {"bytea", "'\\x00ff'", "blob"},
    {"uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\""},
    {"date", "'2026-01-31'", "\"2026-01-31\""},
    {"time", "'12:30:00.5'", "\"12:30:00.500000\""},
    {"timestamp", "'2026-01-31 12:30:00'", "\"2026-01-31T12:30:00.000000\""},
    {"timestamp", "'2026-01-31 12:30:00.25'", "\"2026-01-31T12:30:00.250000\""},
    {"timestamptz", "'2026-01-31 12:30:00.123456+02'", "\"2026-01-31T10:30:00.123456Z\""},
    {"timestamptz", "'infinity'", "\"9999-12-31T23:59:59Z\""},
    {"timestamptz", "'-infinity'", "\"0000-01-01T00:00:00Z\""},
    {"interval", "'1 day 02:00:00'", "\"1 day 02:00:00\""},
    {"json", "'{\"a\": [1, 2]}'", R"("{\"a\": [1, 2]}")"},
    {"jsonb", "'{\"b\":1,\"a\":null}'", R"("{\"a\": null, \"b\": 1}")"},
    {"inet", "'10.0.0.1/24'", "\"10.0.0.1/24\""},
    {"macaddr", "'08:00:2b:01:02:03'", "\"08:00:2b:01:02:03\""},
    {"mood", "'happy'", "\"happy\""},
    {"positive", "42", "42"},
    {"nested_positive", "43", "43"},
    {"int4[]", "'{1,NULL,3}'", "\"[1,null,3]\""},
    {"int4[]", "'[0:1]={1,2}'", "\"[1,2]\""},
    {"int4[][]", "'{{1,2},{3,4}}'", "\"[[1,2],[3,4]]\""},
    {"text[]", "ARRAY['a b', 'NULL', 'q\"\\', '', '{x,y}']", R"("[\"a b\",\"NULL\",\"q\\\"\\\\\",\"\",\"{x,y}\"]")"},
    {"text[]", "'{}'", "\"[]\""},
    {"bool[]", "'{t,f}'", "\"[1,0]\""},
    {"float8[]", "'{1.5,2}'", "\"[1.5,2.0]\""},
    {"numeric[]", "'{1.50}'", R"("[\"1.50\"]")"},
    {"timestamptz[]", "ARRAY['2026-01-31 12:30:00+00'::timestamptz]", R"("[\"2026-01-31T12:30:00.000000Z\"]")"},
    {"jsonb[]", "ARRAY['{\"a\":1}'::jsonb]", R"("[{\"a\": 1}]")"},
    {"bytea[]", "ARRAY['\\x00'::bytea]", "\"[null]\""},
    {"box[]", "'{(1,1),(0,0);(3,3),(2,2)}'", R"("[\"(1,1),(0,0)\",\"(3,3),(2,2)\"]")"},
    {"mood[]", "'{happy,sad}'", R"("[\"happy\",\"sad\"]")"},
    {"pair", "ROW(1, 'a \"b\", c')", R"("{\"n\":1,\"t\":\"a \\\"b\\\", c\"}")"},
    {"pair", "ROW(NULL, '')", R"("{\"n\":null,\"t\":\"\"}")"},
    {"pair[]", "ARRAY[ROW(1, 'x')::pair]", R"("[{\"n\":1,\"t\":\"x\"}]")"},
    {"int4range", "'[1,10)'", R"("{\"lower\":1,\"upper\":10,\"lower_exclusive\":0,\"upper_exclusive\":1}")"},
    {"int4range", "'(,5)'", R"("{\"lower\":null,\"upper\":5,\"lower_exclusive\":1,\"upper_exclusive\":1}")"},
    {"int4range", "'empty'", R"("\"empty\"")"},
    {"tsrange", "'[2026-01-01 00:00:00,)'",
     R"("{\"lower\":\"2026-01-01T00:00:00.000000\",\"upper\":null,\"lower_exclusive\":0,\"upper_exclusive\":1}")"},
    {"int4multirange", "'{[1,3),[5,8)}'",
     R"("[{\"lower\":1,\"upper\":3,\"lower_exclusive\":0,\"upper_exclusive\":1},)"
     R"({\"lower\":5,\"upper\":8,\"lower_exclusive\":0,\"upper_exclusive\":1}]")"},
    {"text", "NULL", "null"},
};

std::string Number(std::uint64_t value, int size) {
  std::string bytes;
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

}  // namespace

TEST_CASE("Postgres: values of every type come the same from the copy and from the stream",
          "[replication][postgres][types]") {
  std::string columns = "id int PRIMARY KEY";
  std::string values;
  std::string expected;
  for (std::size_t i = 0; i < kSamples.size(); ++i) {
    columns += ", c" + std::to_string(i) + " " + kSamples[i].type;
    values += ", " + kSamples[i].sql;
    expected += "," + kSamples[i].json;
  }
  PostgresDatabase db(
      "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN positive AS int CHECK (value > 0);"
      "CREATE DOMAIN nested_positive AS positive; CREATE TYPE pair AS (n int, t text);"
      "CREATE TABLE every(" +
          columns + "); INSERT INTO every VALUES (1" + values + ")",
      {"every", "later"});
  CHECK(db.CatchUp() == Lines{"begin every", "put every [1] 1" + expected, "end every"});
  CHECK(db.Do("INSERT INTO every VALUES (2" + values + ")") == Lines{"put every [2] 2" + expected});
  // A type that is made while the service runs.
  Must(
      db.app->Execute("CREATE TYPE size AS (w int, h int); CREATE TABLE later(id int PRIMARY KEY, s size);"
                      "INSERT INTO later VALUES (1, ROW(2, 3))"));
  const Lines lines = db.AwaitTable("public.later");
  CHECK(std::find(lines.begin(), lines.end(), R"(put later [1] 1,"{\"w\":2,\"h\":3}")") != lines.end());
  CHECK(db.Do("INSERT INTO every VALUES (3" + values + ")") == Lines{"put every [3] 3" + expected});
}

TEST_CASE("Postgres: values in the forms that a sync config asks for", "[replication][postgres][types]") {
  PostgresDatabase db(
      "CREATE DOMAIN positive AS int; CREATE TYPE pair AS (n int, t text);"
      "CREATE TABLE t(id int PRIMARY KEY, a timestamptz, b timestamp, c time, d positive, e pair, f int4range, g "
      "int[]);"
      "INSERT INTO t VALUES (1, '2026-01-31 12:30:00+00', '2026-01-31 12:30:00.1239', '12:30', 7, ROW(1, 'x'), "
      "'[1,3)', "
      "'{1}')",
      {"t"});
  db.forms = {.iso_timestamps = false, .custom_types = false};
  db.Open({});
  CHECK(db.CatchUp().at(1) ==
        R"x(put t [1] 1,"2026-01-31 12:30:00Z","2026-01-31 12:30:00.1239","12:30:00","7","(1,x)","[1,3)","[1]")x");
  const std::string rest = R"x(,7,"{\"n\":1,\"t\":\"x\"}","{\"lower\":1,\"upper\":3,\"lower_exclusive\":0,)x"
                           R"x(\"upper_exclusive\":1}","[1]")x";
  db.forms = {.second_digits = 3};
  db.Open({});
  db.AwaitCommit();
  CHECK(db.Take().at(1) == R"(put t [1] 1,"2026-01-31T12:30:00.000Z","2026-01-31T12:30:00.123","12:30:00.000")" + rest);
  db.forms = {.second_digits = 0};
  db.Open({});
  db.AwaitCommit();
  CHECK(db.Take().at(1) == R"(put t [1] 1,"2026-01-31T12:30:00Z","2026-01-31T12:30:00","12:30:00")" + rest);
}

TEST_CASE("Postgres: settings of the role and database do not change how values look",
          "[replication][postgres][types]") {
  PostgresDatabase db("CREATE TABLE t(id int PRIMARY KEY, at timestamptz, b bytea, f float8, d date)", {"t"});
  Must(db.app->Execute("ALTER DATABASE " + db.database + " SET timezone = 'Asia/Tokyo'; ALTER DATABASE " + db.database +
                       " SET datestyle = 'SQL, DMY'; ALTER DATABASE " + db.database +
                       " SET bytea_output = 'escape'; ALTER DATABASE " + db.database + " SET extra_float_digits = -5"));
  const std::string insert = ", '2026-01-31 12:00:00+00', '\\x01', 0.1::float8 + 0.2, '2026-01-31')";
  Must(db.app->Execute("INSERT INTO t VALUES (1" + insert));
  const std::string row = ",\"2026-01-31T12:00:00.000000Z\",blob,0.30000000000000004,\"2026-01-31\"";
  CHECK(db.CatchUp() == Lines{"begin t", "put t [1] 1" + row, "end t"});
  CHECK(db.Do("INSERT INTO t VALUES (2" + insert) == Lines{"put t [2] 2" + row});
}

TEST_CASE("Postgres: places in the log order as their positions do", "[replication][postgres]") {
  using namespace replication::pg;
  CHECK(Raw(*ParseLsn("16/B374D848")) == 0x16B374D848);
  CHECK(ToText(Lsn{0x16B374D848}) == "16/B374D848");
  CHECK(ToPosition(Lsn{0x16B374D848}) == "00000016B374D848");
  CHECK(ToPosition(Lsn{0x9FFFFFFFF}) < ToPosition(Lsn{0xA00000000}));
  CHECK(FromPosition("00000016B374D848") == Lsn{0x16B374D848});
  for (const char* wrong : {"", "/", "1", "1/", "/1", "x/1", "1/x", "1/123456789", "1/1 "}) {
    INFO(wrong);
    CHECK_FALSE(ParseLsn(wrong));
  }
}

TEST_CASE("Postgres: lines of COPY are split where their values end", "[replication][postgres]") {
  using namespace replication::pg;
  TextPool pool;
  Tuple row;
  ReadCopyLine("a\t\\N\t\tx\\ty\\\\\\n\\N\t\\\\N\n", row, pool);
  REQUIRE(row.size() == 5);
  CHECK(row[0].text == "a");
  CHECK(row[1].kind == TupleValue::Kind::kNull);
  CHECK(row[2].kind == TupleValue::Kind::kText);
  CHECK(row[2].text.empty());
  CHECK(row[3].text == "x\ty\\\nN");
  CHECK(row[4].text == "\\N");
}

TEST_CASE("Postgres: messages that are cut or made up are refused, not read past their end",
          "[replication][postgres][fuzz]") {
  using namespace replication::pg;
  const std::string tuple = Number(2, 2) + "t" + Number(1, 4) + "7" + "u";
  const std::string messages[] = {
      "B" + Number(0x10, 8) + Number(0, 8) + Number(7, 4),
      "C" + Number(0, 1) + Number(0x10, 8) + Number(0x20, 8) + Number(0, 8),
      "R" + Number(5, 4) + std::string("public\0boats\0d", 14) + Number(1, 2) + Number(1, 1) + std::string("id\0", 3) +
          Number(25, 4) + Number(0, 4),
      "I" + Number(5, 4) + "N" + tuple,
      "U" + Number(5, 4) + "K" + tuple + "N" + tuple,
      "D" + Number(5, 4) + "O" + tuple,
      "T" + Number(2, 4) + Number(0, 1) + Number(5, 4) + Number(6, 4),
  };
  MessageDecoder decoder;
  SeededRandom random(5);
  for (const std::string& message : messages) {
    const auto whole = decoder.Decode(message);
    REQUIRE(whole);
    CHECK_FALSE(std::holds_alternative<Other>(*whole));
    for (std::size_t size = 1; size < message.size(); ++size) {
      INFO(message[0] << " cut to " << size);
      CHECK_FALSE(decoder.Decode(std::string_view(message).substr(0, size)));
    }
    for (int round = 0; round < 2000; ++round) {
      std::string changed = message;
      changed[random.Next() % changed.size()] = static_cast<char>(random.Next());
      (void)decoder.Decode(changed);  // Whatever it makes of it, it stays inside (run under sanitizers).
    }
  }
  CHECK(decoder.Decode(messages[4]));
  CHECK(decoder.old_kind == 'K');
  CHECK(decoder.new_row[0].text == "7");
  CHECK(decoder.new_row[1].kind == TupleValue::Kind::kUnchanged);
  CHECK(std::holds_alternative<Other>(*decoder.Decode("Mwhatever")));
}
