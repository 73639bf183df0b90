#include "protocol/line_reader.h"

#include "unit/protocol/lines.h"

namespace skerry::protocol {
namespace {

using test::Bytes;

// Everything the reader gives for `body` in pieces of `piece` bytes, each line between bars; "!" and the message on
// failure.
std::string ReadAll(Encoding encoding, std::string_view body, std::size_t piece, std::size_t max_line_bytes = 1000) {
  LineReader reader(encoding, max_line_bytes);
  std::string all;
  const auto take = [&all](const Result<std::optional<std::string_view>>& next) {
    if (!next.ok()) {
      all += "!" + next.error().message;
      return false;
    }
    if (!next->has_value()) return false;
    all.append("|").append(**next).append("|");
    return true;
  };
  for (std::size_t at = 0; at < body.size(); at += piece) {
    // A copy that is gone with the next piece: lines must not point into it by then.
    const std::string part(body.substr(at, piece));
    reader.Feed(Bytes(part));
    while (take(reader.Next())) {
    }
    if (all.find('!') != std::string::npos) return all;
  }
  take(reader.Finish());
  return all;
}

TEST_CASE("lines come out whole wherever the bytes are cut", "[protocol][P-033][P-034]") {
  const std::string body = "{\"a\":\"é☕\"}\n\n  \r\n\t{\"b\":1} \r\n{\"c\":2}";
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    INFO("pieces of " << piece);
    CHECK(ReadAll(Encoding::kNdjson, body, piece) == "|{\"a\":\"é☕\"}||{\"b\":1}||{\"c\":2}|");
  }
}

TEST_CASE("a blank rest is no line", "[protocol][P-034]") {
  CHECK(ReadAll(Encoding::kNdjson, "", 1).empty());
  CHECK(ReadAll(Encoding::kNdjson, "\n", 1).empty());
  CHECK(ReadAll(Encoding::kNdjson, "{}\n \t ", 3) == "|{}|");
}

TEST_CASE("a line over the limit is refused, however it arrives", "[protocol]") {
  const std::string fits(100, 'x');
  const std::string message = "!the service sent a line of more than 100 bytes";
  for (const std::size_t piece : {1u, 7u, 99u, 500u}) {
    INFO("pieces of " << piece);
    CHECK(ReadAll(Encoding::kNdjson, fits + "\n" + fits + "\n", piece, 100) == "|" + fits + "||" + fits + "|");
    CHECK(ReadAll(Encoding::kNdjson, fits + "x\n", piece, 100) == message);
    CHECK(ReadAll(Encoding::kNdjson, fits + "x", piece, 100) == message);
  }
}

TEST_CASE("documents come out whole wherever the bytes are cut", "[protocol][P-035]") {
  const std::string first = test::BsonDocument("");
  const std::string second = test::BsonDocument(test::BsonElement(0x02, "a", test::BsonString("\n\n")));
  const std::string body = first + second + first + second;
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    INFO("pieces of " << piece);
    CHECK(ReadAll(Encoding::kBson, body, piece) == "|" + first + "||" + second + "||" + first + "||" + second + "|");
  }
}

TEST_CASE("a body that ends inside a document or its length is an error", "[protocol][P-036]") {
  const std::string document = test::BsonDocument(test::BsonElement(0x0a, "a", ""));
  for (std::size_t length = 1; length < document.size(); ++length) {
    for (const std::size_t piece : {std::size_t{1}, document.size() * 2}) {
      INFO(length << " bytes in pieces of " << piece);
      const std::string all = ReadAll(Encoding::kBson, document + document.substr(0, length), piece);
      CHECK(all == "|" + document + "|!the response ended inside a BSON document");
    }
  }
  CHECK(ReadAll(Encoding::kBson, document, 4) == "|" + document + "|");
}

TEST_CASE("an impossible document length is refused at once", "[protocol][P-036]") {
  for (const std::uint32_t length : {0u, 1u, 4u}) {
    const std::string body = test::LittleEndian(length, 4) + "rest";
    const std::string message = "!the service sent a BSON document of length " + std::to_string(length);
    CHECK(ReadAll(Encoding::kBson, body, 1) == message);
    CHECK(ReadAll(Encoding::kBson, body, 100) == message);
  }
  for (const std::uint32_t length : {1001u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    CHECK(ReadAll(Encoding::kBson, test::LittleEndian(length, 4), 4) ==
          "!the service sent a line of more than 1000 bytes");
  }
}

TEST_CASE("a failed reader stays failed", "[protocol][P-051]") {
  LineReader reader(Encoding::kBson);
  const std::string bad = test::LittleEndian(3, 4);
  const std::string good = test::BsonDocument("");
  reader.Feed(Bytes(bad));
  CHECK_FALSE(reader.Next().ok());
  reader.Feed(Bytes(good));
  CHECK_FALSE(reader.Next().ok());
  CHECK_FALSE(reader.Finish().ok());
}

TEST_CASE("a line that lies whole in the input is not copied", "[protocol]") {
  const std::string body = "{\"a\":1}\n";
  LineReader reader(Encoding::kNdjson);
  reader.Feed(Bytes(body));
  const auto line = reader.Next();
  REQUIRE((line.ok() && line->has_value()));
  CHECK((*line)->data() == body.data());
}

}  // namespace
}  // namespace skerry::protocol
