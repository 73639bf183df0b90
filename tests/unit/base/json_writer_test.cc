#include <cmath>
#include <cstring>
#include <limits>

#include "base/json.h"
#include "base/random.h"
#include "support/catch.h"

namespace skerry {
namespace {

std::string Written(double value) {
  std::string out;
  AppendJsonDouble(out, value);
  return out;
}

TEST_CASE("a written document has its commas and quotes", "[base][json]") {
  std::string out = "kept";
  JsonWriter json(out);
  json.BeginObject();
  json.Key("a").Int(INT64_MIN).Key("b \"q\"").BeginArray().EndArray().Key("c").BeginObject().EndObject();
  json.Key("d").BeginArray().Null().Bool(true).Bool(false).String("x").Raw(R"({"r":1})").Double(0.5);
  json.BeginArray().Int(1).Int(2).EndArray().EndArray();
  json.EndObject();
  CHECK(out == R"(kept{"a":-9223372036854775808,"b \"q\"":[],"c":{},"d":[null,true,false,"x",{"r":1},0.5,[1,2]]})");
}

TEST_CASE("strings are escaped as JSON.stringify does", "[base][json]") {
  using std::literals::string_view_literals::operator""sv;
  std::string out;
  AppendJsonString(out, "\"\\/\b\f\n\r\t\0\x1f\x7f é🎉"sv);
  CHECK(out == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f é🎉\"");
}

TEST_CASE("a double is written as a real in its shortest form", "[base][json]") {
  CHECK(Written(1) == "1.0");
  CHECK(Written(-3) == "-3.0");
  CHECK(Written(0.1) == "0.1");
  CHECK(Written(2.25) == "2.25");
  CHECK(Written(1e300) == "1e+300");
  CHECK(Written(5e-324) == "4.94065645841247e-324");
  CHECK(Written(-0.0) == "-0.0");
  CHECK(Written(1.0 / 3) == "0.3333333333333333");
  CHECK(Written(9007199254740993.0) == "9007199254740992.0");
  CHECK(Written(std::numeric_limits<double>::infinity()) == "9e999");
  CHECK(Written(-std::numeric_limits<double>::infinity()) == "-9e999");
  CHECK(Written(std::nan("")) == "null");
}

TEST_CASE("a written double reads back as the same double", "[base][json][property]") {
  const std::uint64_t seed = 4711;
  SeededRandom random(seed);
  INFO("seed " << seed);
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t bits = random.Next();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    const std::string text = Written(value);
    INFO(text);
    REQUIRE(text.find_first_of(".e") != std::string::npos);
    JsonReader json(text);
    double read = 0;
    REQUIRE(json.ReadDouble(read));
    REQUIRE(std::memcmp(&read, &value, sizeof value) == 0);
  }
}

}  // namespace
}  // namespace skerry
