#include "base/json.h"
#include "base/random.h"
#include "support/catch.h"

namespace skerry {
namespace {

std::string Read(std::string_view json) {
  JsonReader reader(json);
  std::string_view text;
  INFO(json);
  REQUIRE(reader.ReadString(text));
  REQUIRE(reader.Finish("the text").ok());
  return std::string(text);
}

TEST_CASE("a string without escapes is a view into the input", "[base][json]") {
  const std::string json = R"("Café ☕ 日本語, long enough for the word-wise scan")";
  JsonReader reader(json);
  std::string_view text;
  REQUIRE(reader.ReadString(text));
  CHECK(text.data() == json.data() + 1);
  CHECK(text.size() == json.size() - 2);
}

TEST_CASE("escapes are decoded", "[base][json]") {
  CHECK(Read(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(Read(R"("\u0041\u00e9\u20ac")") == "Aé€");
  CHECK(Read(R"("\u00E9\uFFFF")") == "\xc3\xa9\xef\xbf\xbf");
  CHECK(Read(R"("\ud83c\udf89!")") == "🎉!");
  CHECK(Read(R"("a\u0000b")") == std::string("a\0b", 3));
  CHECK(Read(R"("\"")") == "\"");
}

TEST_CASE("an unpaired surrogate becomes the replacement character", "[base][json]") {
  const std::string replacement = "\xef\xbf\xbd";
  CHECK(Read(R"("\ud800")") == replacement);
  CHECK(Read(R"("\udc00x")") == replacement + "x");
  CHECK(Read(R"("\ud800\ud800\udc00")") == replacement + "\xf0\x90\x80\x80");
  CHECK(Read(R"("\ud800\u0041")") == replacement + "A");
  CHECK(Read(R"("\ud800\n")") == replacement + "\n");
  CHECK(Read(R"("\ud800 plain text behind")") == replacement + " plain text behind");
}

TEST_CASE("decoded texts in a buffer of the caller stay where they are", "[base][json]") {
  const std::string json = R"(["a\nb","plain","\u00e9 and a longer rest of text"])";
  std::string buffer;
  buffer.reserve(json.size());
  JsonReader reader(json);
  std::string_view first;
  std::string_view second;
  std::string_view third;
  REQUIRE(reader.BeginArray());
  REQUIRE((reader.NextElement() && reader.ReadString(first, buffer)));
  const char* const place = buffer.data();
  REQUIRE((reader.NextElement() && reader.ReadString(second, buffer)));
  REQUIRE((reader.NextElement() && reader.ReadString(third, buffer)));
  CHECK(buffer.data() == place);
  CHECK(first == "a\nb");
  CHECK(second == "plain");
  CHECK(third == "é and a longer rest of text");
  CHECK(buffer.size() <= json.size());
}

TEST_CASE("what is written as a string is read back, whatever stands at which place of a word",
          "[base][json][property]") {
  const std::uint64_t seed = 20261122;
  SeededRandom random(seed);
  INFO("seed " << seed);
  const std::vector<std::string> pieces = {"\"", "\\", "\n", std::string(1, '\0'), "\x1f", "\x7f",
                                           "é",  "🎉",  "a",  "plain text",         "/",    "0123456789abcdef"};
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    const std::uint64_t count = random.Next() % 12;
    for (std::uint64_t piece = 0; piece < count; ++piece) text += pieces[random.Next() % pieces.size()];
    std::string json;
    AppendJsonString(json, text);
    REQUIRE(Read(json) == text);
    // The same with every character as an escape where JSON has one.
    std::string escaped = "\"";
    for (const char c : text) {
      if (static_cast<unsigned char>(c) >= 0x80) {
        escaped += c;
        continue;
      }
      char unit[8];
      std::snprintf(unit, sizeof unit, "\\u%04x", static_cast<unsigned>(c));
      escaped += unit;
    }
    REQUIRE(Read(escaped + "\"") == text);
  }
}

TEST_CASE("a string of many megabytes is read whole", "[base][json]") {
  const std::string long_text(20u << 20, 'x');
  CHECK(Read("\"" + long_text + "\"") == long_text);
  CHECK(Read("\"" + long_text + "\\n\"") == long_text + "\n");
}

}  // namespace
}  // namespace skerry
