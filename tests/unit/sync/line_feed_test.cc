#include "sync/line_feed.h"

#include "support/catch.h"

namespace skerry {
namespace {

void Feed(sync::LineFeed& feed, std::string_view text) {
  feed.Feed({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::vector<std::string> Lines(sync::LineFeed& feed) {
  std::vector<std::string> lines;
  while (true) {
    auto line = feed.Next();
    REQUIRE(line.ok());
    if (!*line) return lines;
    lines.emplace_back(**line);
  }
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("lines that wait come before those that arrive later", "[sync][line_feed][C-114]") {
  sync::LineFeed feed(protocol::Encoding::kNdjson);
  {
    std::string chunk = "one\ntwo\nthree\nfo";
    Feed(feed, chunk);
    auto first = feed.Next();
    REQUIRE(first.ok());
    CHECK(**first == "one");
    auto second = feed.Next();
    feed.PutBack(**second);
    chunk.assign(chunk.size(), 'x');  // The chunk's memory is gone.
  }
  CHECK(feed.has_held());
  Feed(feed, "ur\nfive\n");
  CHECK(Lines(feed) == Texts{"two", "three", "four", "five"});
  CHECK_FALSE(feed.has_held());
}

TEST_CASE("a held line can be put back again", "[sync][line_feed]") {
  sync::LineFeed feed(protocol::Encoding::kNdjson);
  Feed(feed, "a\nb\n");
  for (int i = 0; i < 3; ++i) {
    auto line = feed.Next();
    CHECK(**line == "a");
    feed.PutBack(**line);
  }
  CHECK(Lines(feed) == Texts{"a", "b"});
}

TEST_CASE("an unterminated last line is told at the end", "[sync][line_feed][P-034]") {
  sync::LineFeed feed(protocol::Encoding::kNdjson);
  Feed(feed, "a\nlast");
  CHECK(Lines(feed) == Texts{"a"});
  feed.End();
  CHECK(Lines(feed) == Texts{"last"});
}

TEST_CASE("a framing fault is told after the lines before it", "[sync][line_feed][P-036]") {
  sync::LineFeed feed(protocol::Encoding::kBson);
  std::string chunk("\x05\0\0\0\0", 5);
  chunk += std::string("\x01\0\0\0", 4);
  Feed(feed, chunk);
  feed.HoldRest();
  auto first = feed.Next();
  REQUIRE(first.ok());
  CHECK((*first)->size() == 5);
  auto second = feed.Next();
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == ErrorCode::kProtocol);
}

}  // namespace skerry
