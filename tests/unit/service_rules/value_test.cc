#include "row/value.h"

#include <limits>

#include "rules/comparison.h"
#include "rules/scalars.h"
#include "support/catch.h"
#include "world.h"

using namespace skerry;
using namespace skerry::test;

namespace {

std::string Key(const rules::Literal& value) {
  std::string out;
  return row::AppendKey(out, value.view()) ? out : "none";
}
std::string Json(const rules::Literal& value) {
  std::string out;
  return row::AppendJson(out, value.view()) ? out : "none";
}
std::string Compared(rules::Op op, const rules::Literal& a, const rules::Literal& b) {
  rules::Scratch scratch;
  const row::Value value = rules::CompareWith(op, a.view(), b.view(), {.sqlite = true}, scratch);
  return value.is_null() ? "null" : value.integer != 0 ? "true" : "false";
}
bool Less(const rules::Literal& a, const rules::Literal& b) { return Compared(rules::Op::kLess, a, b) == "true"; }

}  // namespace

TEST_CASE("a key is the same for equal numbers of either type, and for nothing else", "[rules][S5]") {
  CHECK(Key(Int(2)) == "2");
  CHECK(Key(Real(2.0)) == "2");
  CHECK(Key(Real(-0.0)) == "0");
  CHECK(Key(Real(2.5)) == "2.5");
  CHECK(Key(Real(1e300)) == "1e+300");
  CHECK(Key(Text("2")) == "\"2\"");
  CHECK(Key(Int(std::numeric_limits<std::int64_t>::min())) == "-9223372036854775808");
  CHECK(Key(Real(9223372036854775808.0)) != Key(Int(std::numeric_limits<std::int64_t>::max())));
  CHECK(Key(Null()) == "none");
  CHECK(Key(Blob("x")) == "none");
}

TEST_CASE("row data keeps integers exact and reals real", "[rules][P-066]") {
  CHECK(Json(Int(9007199254740993)) == "9007199254740993");
  CHECK(Json(Real(1200)) == "1200.0");
  CHECK(Json(Null()) == "null");
  CHECK(Json(Blob("x")) == "none");
  CHECK(Json(Text("a\"\n\x01")) == R"("a\"\n\u0001")");
}

TEST_CASE("text that is not UTF-8 is repaired before it enters JSON", "[rules]") {
  CHECK(Json(Text("a\xff z")) == "\"a\xef\xbf\xbd z\"");
  CHECK(Json(Text("\xed\xa0\x80")) == "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
  CHECK(Json(Text("\xc0\xaf")) == "\"\xef\xbf\xbd\xef\xbf\xbd\"");
  CHECK(Json(Text("\xf0\x9f\x98\x80 \xc3\xa9")) == "\"\xf0\x9f\x98\x80 \xc3\xa9\"");
  CHECK(Json(Text("\xf0\x9f\x98")) == "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST_CASE("values compare as SQLite compares without affinity", "[rules]") {
  CHECK(Less(Int(1), Real(1.5)));
  CHECK(Less(Real(0.5), Int(1)));
  CHECK_FALSE(Less(Int(1), Real(1.0)));
  CHECK(Less(Int(99), Text("2")));
  CHECK(Less(Text("z"), Blob("a")));
  CHECK(Less(Text("a"), Text("\xc3\xa9")));
  // 2^53 + 1 has no double of its own.
  CHECK(Less(Real(9007199254740992.0), Int(9007199254740993)));
  CHECK(Compared(rules::Op::kEqual, Real(9007199254740992.0), Int(9007199254740993)) == "false");
  CHECK(Compared(rules::Op::kEqual, Int(1), Real(1)) == "true");
  CHECK(Compared(rules::Op::kEqual, Int(1), Text("1")) == "false");
  CHECK(Compared(rules::Op::kEqual, Null(), Null()) == "null");
  CHECK(Compared(rules::Op::kNotEqual, Null(), Int(1)) == "null");
  CHECK(Less(Int(std::numeric_limits<std::int64_t>::max()), Real(9223372036854775808.0)));
}
