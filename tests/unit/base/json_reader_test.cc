#include <cmath>

#include "base/json.h"
#include "support/catch.h"

namespace skerry {
namespace {

// Empty when `text` is one well-formed value, else the message.
std::string Fault(std::string_view text) {
  JsonReader json(text);
  json.Skip();
  const Status status = json.Finish("the text");
  return status.ok() ? "" : status.error().message;
}

TEST_CASE("well-formed JSON is read to its end", "[base][json]") {
  for (const char* text : {"{}", "[]", "null", "true", "false", "0", "-0", "1.5", "-1.5e+10", "1E-2", R"("")", R"("a")",
                           " [ 1 , 2 ] \n", R"({"a":{"b":[{},[],[[]],{"c":null}]},"d":"x"})", "\t\r\n 1",
                           R"(["\u0000\ud83c\udf89\/\b"])", "[123456789012345678901234567890.5]"}) {
    INFO(text);
    CHECK(Fault(text).empty());
  }
}

TEST_CASE("malformed JSON is refused with the place of the fault", "[base][json]") {
  struct Case {
    const char* text;
    const char* fault;
  };
  for (const Case& c : {
           Case{"", "unexpected end at byte 0"},
           Case{"  ", "unexpected end at byte 2"},
           Case{"{", "unexpected end at byte 1"},
           Case{"[1", "unexpected end at byte 2"},
           Case{"[1,", "unexpected end at byte 3"},
           Case{"[1,]", "expected a value at byte 3"},
           Case{"[,1]", "expected a value at byte 1"},
           Case{"[1 2]", "expected ',' or ']' at byte 3"},
           Case{"[1}", "expected ',' or ']' at byte 2"},
           Case{R"({"a":1,})", "expected a string at byte 7"},
           Case{R"({"a" 1})", "expected ':' at byte 5"},
           Case{R"({"a":})", "expected a value at byte 5"},
           Case{R"({"a"})", "expected ':' at byte 4"},
           Case{R"({a:1})", "expected a string at byte 1"},
           Case{R"({"a":1 "b":2})", "expected ',' or '}' at byte 7"},
           Case{R"({"a":1])", "expected ',' or '}' at byte 6"},
           Case{"]", "expected a value at byte 0"},
           Case{"nul", "expected a value at byte 0"},
           Case{"True", "expected a value at byte 0"},
           Case{"NaN", "expected a value at byte 0"},
           Case{"Infinity", "expected a value at byte 0"},
           Case{"01", "malformed number at byte 0"},
           Case{"-", "expected a number at byte 0"},
           Case{"1.", "malformed number at byte 0"},
           Case{".5", "expected a value at byte 0"},
           Case{"+1", "expected a value at byte 0"},
           Case{"1e", "malformed number at byte 0"},
           Case{"1e+", "malformed number at byte 0"},
           Case{"0x10", "unexpected text after the value at byte 1"},
           Case{"1 2", "unexpected text after the value at byte 2"},
           Case{R"("a)", "string without end at byte 2"},
           Case{"\"a\nb\"", "control character in a string at byte 2"},
           Case{"\"0123456789\tx\"", "control character in a string at byte 11"},
           Case{R"("\x")", "unknown escape at byte 1"},
           Case{R"("\)", "unknown escape at byte 1"},
           Case{R"("\u12g4")", "bad \\u escape at byte 1"},
           Case{R"("\u12)", "bad \\u escape at byte 1"},
           Case{"// x\n1", "expected a value at byte 0"},
           Case{"'a'", "expected a value at byte 0"},
       }) {
    INFO(c.text);
    CHECK(Fault(c.text) == "the text is not valid: " + std::string(c.fault));
  }
}

TEST_CASE("a document is taken apart member by member", "[base][json]") {
  JsonReader json(
      R"( {"id" : "t1", "tags":["a","b"], "n":-7, "ratio":2.5, "done":true, "none":null, "x":{"deep":[1]}} )");
  std::string_view key;
  std::string_view text;
  std::vector<std::string> seen;
  REQUIRE(json.BeginObject());
  while (json.NextKey(key)) {
    seen.emplace_back(key);
    if (seen.back() == "id") {
      CHECK(json.Peek() == JsonKind::kString);
      CHECK((json.ReadString(text) && text == "t1"));
    } else if (seen.back() == "tags") {
      CHECK(json.Peek() == JsonKind::kArray);
      std::string all;
      json.BeginArray();
      while (json.NextElement()) {
        json.ReadString(text);
        all += text;
      }
      CHECK(all == "ab");
    } else if (seen.back() == "n") {
      std::int64_t n = 0;
      CHECK((json.ReadInt64(n) && n == -7));
    } else if (seen.back() == "ratio") {
      double ratio = 0;
      CHECK((json.ReadDouble(ratio) && ratio == 2.5));
    } else if (seen.back() == "done") {
      bool done = false;
      CHECK((json.ReadBool(done) && done));
    } else if (seen.back() == "none") {
      CHECK(json.Peek() == JsonKind::kNull);
      CHECK(json.ReadNull());
    } else {
      CHECK((json.ReadRaw(text) && text == R"({"deep":[1]})"));
    }
  }
  CHECK(json.Finish("the text").ok());
  CHECK(seen == std::vector<std::string>{"id", "tags", "n", "ratio", "done", "none", "x"});
}

TEST_CASE("failure is sticky and keeps the first message", "[base][json]") {
  JsonReader json("[1,x]");
  std::int64_t n = 0;
  REQUIRE(json.BeginArray());
  REQUIRE((json.NextElement() && json.ReadInt64(n)));
  REQUIRE((json.NextElement() && !json.ReadInt64(n)));
  std::string_view text;
  double number = 0;
  bool flag = false;
  CHECK_FALSE(json.ok());
  CHECK(json.Peek() == JsonKind::kInvalid);
  CHECK_FALSE(json.NextElement());
  CHECK_FALSE(json.NextKey(text));
  CHECK_FALSE(json.BeginObject());
  CHECK_FALSE(json.BeginArray());
  CHECK_FALSE(json.ReadString(text));
  CHECK_FALSE(json.ReadNumber(text));
  CHECK_FALSE(json.ReadInt64(n));
  CHECK_FALSE(json.ReadDouble(number));
  CHECK_FALSE(json.ReadBool(flag));
  CHECK_FALSE(json.ReadNull());
  CHECK_FALSE(json.Skip());
  CHECK_FALSE(json.ReadRaw(text));
  CHECK_FALSE(json.Fail("something else"));
  const Status status = json.Finish("a list");
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == ErrorCode::kProtocol);
  CHECK(status.error().message == "a list is not valid: expected a number at byte 3");
}

TEST_CASE("a value of another kind than asked for fails the reader", "[base][json]") {
  std::string_view text;
  std::int64_t n = 0;
  bool flag = false;
  CHECK_FALSE(JsonReader("1").ReadString(text));
  CHECK_FALSE(JsonReader(R"("1")").ReadInt64(n));
  CHECK_FALSE(JsonReader("1").ReadBool(flag));
  CHECK_FALSE(JsonReader("null").ReadBool(flag));
  CHECK_FALSE(JsonReader("false").ReadNull());
  CHECK_FALSE(JsonReader("[]").BeginObject());
  CHECK_FALSE(JsonReader("{}").BeginArray());
}

TEST_CASE("an integer is exact over the whole range, however it is written", "[base][json][P-073]") {
  const auto read = [](std::string_view text) -> std::optional<std::int64_t> {
    JsonReader json(text);
    std::int64_t value = 0;
    if (!json.ReadInt64(value)) return std::nullopt;
    return value;
  };
  CHECK(read("9007199254740993") == 9007199254740993);
  CHECK(read("9223372036854775807") == INT64_MAX);
  CHECK(read("-9223372036854775808") == INT64_MIN);
  CHECK(read("9223372036854775807.0") == INT64_MAX);
  CHECK(read("-9.223372036854775808e18") == INT64_MIN);
  CHECK(read("-1.0") == -1);
  CHECK(read("1e3") == 1000);
  CHECK(read("1.5e1") == 15);
  CHECK(read("1500e-2") == 15);
  CHECK(read("0.0e-99999999999999999999") == 0);
  CHECK(read("0e99999999999999999999") == 0);
  CHECK(read("-0") == 0);
  for (const char* text : {"9223372036854775808", "-9223372036854775809", "1.5", "1e-1", "1e19",
                           "1e99999999999999999999", "9.223372036854775808e18", "123456789012345678901234567890"}) {
    INFO(text);
    CHECK_FALSE(read(text).has_value());
  }
}

TEST_CASE("nesting has a limit and costs no stack", "[base][json]") {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(Fault(nested(JsonReader::kMaxDepth)).empty());
  CHECK(Fault(nested(JsonReader::kMaxDepth + 1)) == "the text is not valid: too deeply nested at byte 64");
  CHECK(Fault(std::string(1000000, '[')) == "the text is not valid: too deeply nested at byte 64");
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += R"({"a":)";
  CHECK(Fault(objects) == "the text is not valid: too deeply nested at byte 320");
}

TEST_CASE("a reader is never led beyond a text that ends anywhere", "[base][json]") {
  const std::string whole = R"({"a":[1,-2.5e3,"x\n\u00e9\ud83c\udf89"],"b":{"c":null,"d":true,"e":false}})";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    // A copy of its own, so that a sanitizer sees a read beyond it.
    const std::string cut = whole.substr(0, length);
    INFO(cut);
    CHECK_FALSE(Fault(cut).empty());
  }
  CHECK(Fault(whole).empty());
}

}  // namespace
}  // namespace skerry
