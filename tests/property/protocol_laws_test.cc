// Laws of the line codecs over random histories and the recorded streams.
#include "property/history.h"
#include "protocol/decode.h"
#include "protocol/encode.h"
#include "protocol/line_reader.h"
#include "support/transcripts.h"

namespace skerry::protocol {
namespace {

std::span<const std::uint8_t> Bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The history as a body of data lines of random length.
std::string WriteBody(const std::vector<bucket::Operation>& ops, Encoding encoding, Random& random) {
  std::string body;
  for (std::size_t at = 0; at < ops.size();) {
    const std::size_t count = std::min<std::size_t>(ops.size() - at, random.Next() % 8);
    DataLine line;
    line.bucket = "b";
    line.operations.assign(ops.begin() + static_cast<std::ptrdiff_t>(at),
                           ops.begin() + static_cast<std::ptrdiff_t>(at + count));
    AppendLine(body, line, {.encoding = encoding});
    at += count;
  }
  return body;
}

TEST_CASE("a history comes to the same bucket in either encoding, cut into any lines and pieces",
          "[protocol][property][P-033][P-035]") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    SeededRandom random(seed);
    const test::History history(random, 1 + random.Next() % 60);
    bucket::ReducedBucket expected;
    for (const bucket::Operation& op : history.operations()) expected.Apply(op);
    const auto sent = test::Compact(history.operations(), random);

    for (const Encoding encoding : {Encoding::kNdjson, Encoding::kBson}) {
      const std::string body = WriteBody(sent, encoding, random);
      LineReader reader(encoding);
      LineDecoder decoder(encoding);
      bucket::ReducedBucket received;
      for (std::size_t at = 0; at < body.size();) {
        const std::string piece = body.substr(at, 1 + random.Next() % 300);
        at += piece.size();
        reader.Feed(Bytes(piece));
        for (auto next = reader.Next(); next.ok() && next->has_value(); next = reader.Next()) {
          const auto line = decoder.Decode(**next);
          REQUIRE(line.ok());
          for (const bucket::Operation& op : std::get<DataLine>(*line).operations) received.Apply(op);
        }
      }
      REQUIRE(reader.Finish().ok());
      REQUIRE(received.puts() == expected.puts());
      REQUIRE(received.remainder() == expected.remainder());
    }
  }
}

// Puts a member that no version knows at the front of every object below the line itself.
std::string WithUnknownMembers(std::string_view line) {
  std::string changed;
  bool in_string = false;
  int depth = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    changed += line[i];
    if (in_string) {
      if (line[i] == '\\') {
        changed += line[++i];
      } else if (line[i] == '"') {
        in_string = false;
      }
    } else if (line[i] == '"') {
      in_string = true;
    } else if (line[i] == '}') {
      --depth;
    } else if (line[i] == '{' && ++depth > 1) {
      changed += R"("future":{"a":["}",null,1.5e3],"op_id":7},)";
    }
  }
  return changed;
}

TEST_CASE("unknown members change nothing", "[protocol][property][golden][P-050]") {
  for (const std::string& name : test::TranscriptNames(".ndjson")) {
    const bool has_nested_rows = name.find("nested") != std::string::npos;  // Where a member more would be data.
    if (has_nested_rows) continue;
    INFO(name);
    const std::string body = test::ReadTranscript(name);
    LineReader reader(Encoding::kNdjson);
    LineDecoder decoder(Encoding::kNdjson);
    reader.Feed(Bytes(body));
    for (auto next = reader.Next(); next.ok() && next->has_value(); next = reader.Next()) {
      const std::string line(**next);
      const std::string changed = WithUnknownMembers(line);
      INFO(changed);
      const auto decoded = decoder.Decode(changed);
      REQUIRE(decoded.ok());
      std::string again;
      AppendLine(again, *decoded, {.encoding = Encoding::kNdjson});
      REQUIRE(again == line + "\n");
    }
  }
}

}  // namespace
}  // namespace skerry::protocol
