// Sessions that read while the op log is compacted (service.md, sections 8 and 9): what was sent for a checkpoint is
// completed only if it adds up to it.
#include "support/catch.h"
#include "unit/service_stream/rig.h"

namespace skerry::stream {
namespace {

using test::Rig;
using Lines = std::vector<std::string>;

constexpr const char* kBoats = R"(
config:
  edition: 3
streams:
  my_boats:
    auto_subscribe: true
    query: SELECT id, name FROM boats WHERE skipper = auth.user_id()
  harbours:
    auto_subscribe: true
    priority: 1
    query: SELECT * FROM harbours
)";
const std::string kB = R"(1#my_boats|0["u1"])";

std::unique_ptr<Rig> MakeRig() {
  return std::make_unique<Rig>(
      kBoats, std::map<std::string, Lines>{{"boats", {"id", "name", "skipper"}}, {"harbours", {"id", "name"}}});
}

// Operations 1 to 3 of W15, a checkpoint each.
void FillUpTo3(Rig& rig) {
  rig.Put("boats", {"b1", "Alke", "u1"});
  rig.Publish();
  rig.Put("boats", {"b2", "Brigg", "u1"});
  rig.Publish();
  rig.Put("boats", {"b1", "Alke II", "u1"});
  rig.Publish();
}

void PublishOperation4(Rig& rig) {
  rig.Remove("boats", "b2");
  rig.PublishSilently();  // The hub has not told anyone yet.
}

std::string Kinds(const std::string& line) {
  std::string kinds;
  for (std::size_t at = line.find(R"("op":")"); at != std::string::npos; at = line.find(R"("op":")", at + 1)) {
    kinds += (kinds.empty() ? "" : " ") + line.substr(at + 6, line.find('"', at + 6) - at - 6);
  }
  return kinds;
}

protocol::StreamRequest From(std::int64_t position) {
  protocol::StreamRequest request;
  if (position > 0) request.buckets = {{kB, OpId{position}}};
  return request;
}

}  // namespace

TEST_CASE("W15: a client reads the compacted bucket from wherever it was", "[stream][compaction][W15][I4]") {
  for (const std::int64_t position : {0, 1, 2}) {
    INFO("position " << position);
    auto rig = MakeRig();
    FillUpTo3(*rig);
    PublishOperation4(*rig);
    rig->Tell();
    rig->Compact();
    auto session = rig->Open("u1", From(position));
    const Lines lines = rig->Lines(*session);
    REQUIRE(lines.size() == 4);
    CHECK_THAT(lines[0], Catch::StartsWith(R"({"checkpoint":{"last_op_id":"4")"));
    CHECK_THAT(lines[1], Catch::Contains("partial_checkpoint_complete"));
    CHECK(Kinds(lines[2]) == (position == 2 ? "PUT REMOVE" : "CLEAR PUT REMOVE"));
    CHECK(lines[3] == R"({"checkpoint_complete":{"last_op_id":"4"}})");
    if (position < 2) {
      CHECK_THAT(lines[2], Catch::Contains(R"({"op_id":"2","op":"CLEAR","checksum":1864767825})"));
    }
  }
}

TEST_CASE("W15: a session that still serves checkpoint 3 does not complete it, but goes on with 4",
          "[stream][compaction][W15][I9]") {
  auto rig = MakeRig();
  FillUpTo3(*rig);
  auto session = rig->Open("u1");
  CHECK_THAT(rig->Line(*session), Catch::StartsWith(R"({"checkpoint":{"last_op_id":"3")"));
  PublishOperation4(*rig);
  rig->Compact();
  const Lines lines = rig->Lines(*session);
  REQUIRE(lines.size() == 4);
  CHECK_THAT(lines[1], Catch::StartsWith(R"({"checkpoint_diff":{"last_op_id":"4")") && Catch::Contains("my_boats"));
  CHECK(Kinds(lines[2]) == "CLEAR PUT REMOVE");
  CHECK(lines[3] == R"({"checkpoint_complete":{"last_op_id":"4"}})");
  for (const std::string& line : lines)
    CHECK_THAT(line, !Catch::Contains(R"("last_op_id":"3"}})") || Catch::Contains("partial"));
  rig->Tell();
  CHECK(rig->Line(*session) == "wait");
}

TEST_CASE("a download that compaction overtakes in the middle goes on where it was", "[stream][compaction][I9]") {
  auto rig = MakeRig();
  rig->options.chunk.operations = 2;
  for (int i = 0; i < 6; ++i) rig->Put("boats", {"b" + std::to_string(i), "first", "u1"});
  rig->Publish();
  auto session = rig->Open("u1");
  rig->Line(*session);  // checkpoint
  CHECK_THAT(rig->Line(*session), Catch::Contains("partial"));
  CHECK(Kinds(rig->Line(*session)) == "PUT PUT");
  for (int i = 0; i < 4; ++i) rig->Put("boats", {"b" + std::to_string(i), "second", "u1"});
  rig->PublishSilently();
  rig->Compact();
  const Lines lines = rig->Lines(*session);
  CHECK_THAT(lines[0], Catch::StartsWith(R"({"checkpoint_diff":{"last_op_id":"10")"));
  std::string kinds;
  for (const std::string& line : lines) kinds += Kinds(line) + ";";
  CHECK(kinds == ";CLEAR PUT;PUT PUT;PUT PUT;PUT;;");
  CHECK(lines.back() == R"({"checkpoint_complete":{"last_op_id":"10"}})");
}

TEST_CASE("a revoked bucket that compaction overtook is gone with the newer checkpoint",
          "[stream][compaction][I8][I9]") {
  auto rig =
      std::make_unique<Rig>(R"(
config:
  edition: 3
streams:
  crew:
    auto_subscribe: true
    query: SELECT * FROM crew WHERE boat IN (SELECT id FROM boats WHERE skipper = auth.user_id())
)",
                            std::map<std::string, Lines>{{"boats", {"id", "skipper"}}, {"crew", {"id", "boat"}}});
  rig->Put("boats", {"b1", "u1"});
  rig->Put("crew", {"c1", "b1"});
  rig->Publish();
  auto session = rig->Open("u1");
  CHECK_THAT(rig->Line(*session), Catch::Contains("1#crew"));
  rig->Put("boats", {"b1", "u2"});
  rig->Remove("crew", "c1");
  rig->PublishSilently();
  rig->Compact();
  const Lines lines = rig->Lines(*session);
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[0], Catch::Contains(R"("removed_buckets":["1#crew|0[\"b1\"]"])"));
  CHECK_THAT(lines[1], Catch::Contains("checkpoint_complete"));
}

}  // namespace skerry::stream
