// The recorded streams of a PowerSync Service through both codecs.
#include "support/transcripts.h"

#include "base/random.h"
#include "unit/protocol/lines.h"

namespace skerry::protocol {
namespace {

using test::Bytes;

// Reads `body` cut at the places `next_piece` chooses, decodes every line, and returns them in `out`'s form, one after
// another. Fails the test on any error.
template <typename NextPiece>
std::string Recode(std::string_view body, Encoding encoding, const EncodeOptions& out, NextPiece next_piece) {
  LineReader reader(encoding);
  LineDecoder decoder(encoding);
  std::string all;
  const auto decode = [&](std::string_view bytes) {
    const auto line = decoder.Decode(bytes);
    INFO((line.ok() ? "" : line.error().message));
    REQUIRE(line.ok());
    REQUIRE_FALSE(std::holds_alternative<UnknownLine>(*line));
    AppendLine(all, *line, out);
  };
  while (!body.empty()) {
    const std::string piece(body.substr(0, next_piece()));
    body.remove_prefix(piece.size());
    reader.Feed(Bytes(piece));
    for (;;) {
      const auto line = reader.Next();
      REQUIRE(line.ok());
      if (!line->has_value()) break;
      decode(**line);
    }
  }
  const auto rest = reader.Finish();
  REQUIRE(rest.ok());
  if (rest->has_value()) decode(**rest);
  return all;
}

std::string RecodeWhole(std::string_view body, Encoding encoding, const EncodeOptions& out) {
  return Recode(body, encoding, out, [&] { return body.size(); });
}

Encoding EncodingOf(const std::string& name) {
  return name.find(".bson") != std::string::npos ? Encoding::kBson : Encoding::kNdjson;
}

std::vector<std::string> AllNames() {
  std::vector<std::string> names = skerry::test::TranscriptNames(".ndjson");
  for (std::string& name : skerry::test::TranscriptNames(".bson")) names.push_back(std::move(name));
  return names;
}

TEST_CASE("every recorded stream is decoded and written again byte for byte", "[protocol][golden][P-033][P-035]") {
  for (const std::string& name : AllNames()) {
    INFO(name);
    const std::string body = skerry::test::ReadTranscript(name);
    const bool raw_data = name.find("nested") == std::string::npos;
    const std::string again = RecodeWhole(body, EncodingOf(name), {EncodingOf(name), raw_data});
    CHECK(again == body);
  }
}

TEST_CASE("every recorded NDJSON stream passes through BSON unchanged", "[protocol][golden]") {
  for (const std::string& name : skerry::test::TranscriptNames(".ndjson")) {
    INFO(name);
    const std::string body = skerry::test::ReadTranscript(name);
    const bool raw_data = name.find("nested") == std::string::npos;
    const std::string bson = RecodeWhole(body, Encoding::kNdjson, {.encoding = Encoding::kBson});
    CHECK(RecodeWhole(bson, Encoding::kBson, {Encoding::kNdjson, raw_data}) == body);
  }
}

TEST_CASE("the two recordings of one request differ in their encoding alone", "[protocol][golden]") {
  for (const std::string name : {"initial-two-streams", "types"}) {
    INFO(name);
    const std::string json = skerry::test::ReadTranscript(name + ".ndjson");
    const std::string bson = skerry::test::ReadTranscript(name + ".bson");
    CHECK(RecodeWhole(json, Encoding::kNdjson, {.encoding = Encoding::kBson}) == bson);
  }
}

TEST_CASE("recorded streams give the same lines byte by byte and at any cuts", "[protocol][golden][property][P-033]") {
  const std::uint64_t seed = 20261122;
  INFO("seed " << seed);
  SeededRandom random(seed);
  for (const std::string& name : AllNames()) {
    INFO(name);
    const std::string body = skerry::test::ReadTranscript(name);
    const EncodeOptions out{.encoding = EncodingOf(name)};
    const std::string whole = RecodeWhole(body, EncodingOf(name), out);
    CHECK(Recode(body, EncodingOf(name), out, [] { return std::size_t{1}; }) == whole);
    for (int i = 0; i < 20; ++i) {
      const std::uint64_t longest = std::uint64_t{1} << (1 + random.Next() % 12);
      CHECK(Recode(body, EncodingOf(name), out, [&] { return 1 + random.Next() % longest; }) == whole);
    }
  }
}

TEST_CASE("a recorded BSON document cut at any length is refused", "[protocol][golden][bson][P-036]") {
  for (const std::string& name : skerry::test::TranscriptNames(".bson")) {
    INFO(name);
    const std::string body = skerry::test::ReadTranscript(name);
    LineReader reader(Encoding::kBson);
    LineDecoder decoder(Encoding::kBson);
    reader.Feed(Bytes(body));
    for (;;) {
      const auto line = reader.Next();
      REQUIRE(line.ok());
      if (!line->has_value()) break;
      const std::string_view document = **line;
      for (std::size_t length = 0; length < document.size(); ++length) {
        // Once as it is, and once claiming to be whole, so that the cut is met inside.
        std::string cut(document.substr(0, length));
        REQUIRE_FALSE(decoder.Decode(cut).ok());
        if (length < 5) continue;
        cut.replace(0, 4, test::LittleEndian(length, 4));
        REQUIRE_FALSE(decoder.Decode(cut).ok());
        cut.back() = '\0';
        REQUIRE_FALSE(decoder.Decode(cut).ok());
      }
      REQUIRE(decoder.Decode(document).ok());
    }
  }
}

TEST_CASE("recorded lines with a changed byte are decoded or refused, never worse", "[protocol][golden][property]") {
  const std::uint64_t seed = 99;
  INFO("seed " << seed);
  SeededRandom random(seed);
  for (const std::string& name : AllNames()) {
    INFO(name);
    const std::string body = skerry::test::ReadTranscript(name);
    std::size_t refused = 0;
    for (int i = 0; i < 60; ++i) {
      std::string changed = body;
      changed[random.Next() % changed.size()] = static_cast<char>(random.Next());
      LineReader reader(EncodingOf(name));
      LineDecoder decoder(EncodingOf(name));
      reader.Feed(Bytes(changed));
      for (;;) {
        const auto line = reader.Next();
        if (!line.ok() || !line->has_value()) {
          refused += line.ok() ? 0 : 1;
          break;
        }
        if (!decoder.Decode(**line).ok()) {
          ++refused;
          break;
        }
      }
    }
    // Most bytes are structure or text, and only text may change unnoticed.
    CHECK(refused > 0);
    CHECK(refused < 60);
  }
}

}  // namespace
}  // namespace skerry::protocol
