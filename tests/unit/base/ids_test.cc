#include "base/ids.h"

#include <set>

#include "base/random.h"
#include "support/catch.h"

namespace skerry {
namespace {

TEST_CASE("an id is the whole of a signed 64-bit decimal text", "[base][P-052]") {
  CHECK(ParseInt64("0") == 0);
  CHECK(ParseInt64("42") == 42);
  CHECK(ParseInt64("-1") == -1);
  CHECK(ParseInt64("9223372036854775807") == INT64_MAX);
  CHECK(ParseInt64("-9223372036854775808") == INT64_MIN);
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "1e3", "0x10", "9223372036854775808", "abc", "-"}) {
    INFO(text);
    CHECK_FALSE(ParseInt64(text).has_value());
  }
}

TEST_CASE("a new UUID is a version 4 in canonical form and depends on the source alone", "[base]") {
  SeededRandom random(7);
  SeededRandom same(7);
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string uuid = NewUuid(random);
    REQUIRE(uuid == NewUuid(same));
    REQUIRE(uuid.size() == 36);
    for (std::size_t at = 0; at < uuid.size(); ++at) {
      const bool is_hyphen = at == 8 || at == 13 || at == 18 || at == 23;
      if (is_hyphen) {
        CHECK(uuid[at] == '-');
      } else {
        CHECK(std::string_view("0123456789abcdef").find(uuid[at]) != std::string_view::npos);
      }
    }
    CHECK(uuid[14] == '4');
    CHECK(std::string_view("89ab").find(uuid[19]) != std::string_view::npos);
    seen.insert(uuid);
  }
  CHECK(seen.size() == 200);
}

}  // namespace
}  // namespace skerry
