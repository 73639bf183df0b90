// What sessions cost: lines that are made once for all who read the same, and nothing at all for those whom a change
// does not concern.
#include <algorithm>

#include "stream/chunk_cache.h"
#include "support/catch.h"
#include "unit/service_stream/rig.h"

namespace skerry::stream {
namespace {

using test::Rig;
using Lines = std::vector<std::string>;

constexpr const char* kStreams = R"(
config:
  edition: 3
streams:
  news:
    auto_subscribe: true
    query: SELECT * FROM news
  lists:
    auto_subscribe: true
    priority: 1
    query: SELECT * FROM lists WHERE owner = auth.user_id()
  todos:
    auto_subscribe: true
    query: SELECT * FROM todos WHERE list IN (SELECT id FROM lists WHERE owner = auth.user_id())
)";

std::unique_ptr<Rig> MakeRig() {
  return std::make_unique<Rig>(
      kStreams, std::map<std::string, Lines>{
                    {"news", {"id", "text"}}, {"lists", {"id", "name", "owner"}}, {"todos", {"id", "list", "text"}}});
}

std::size_t CountOf(const Lines& lines, const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(), [&](const auto& line) { return line.find(text) != std::string::npos; }));
}

std::shared_ptr<const SharedLine> MakeLine(std::size_t size) {
  auto line = std::make_shared<SharedLine>();
  line->text.assign(size, 'x');
  return line;
}

}  // namespace

TEST_CASE("many sessions that read the same bucket read it once", "[stream][sharing]") {
  auto rig = MakeRig();
  for (int i = 0; i < 50; ++i) rig->Put("news", {"n" + std::to_string(i), "text"});
  rig->Publish();
  Lines first;
  for (int i = 0; i < 20; ++i) {
    auto session = rig->Open("user" + std::to_string(i));
    const Lines lines = rig->Lines(*session);
    if (i == 0) first = lines;
    REQUIRE(CountOf(lines, R"("op":"PUT")") == 1);
    const auto data = [](const std::string& line) { return line.rfind(R"({"data")", 0) == 0; };
    REQUIRE(*std::find_if(lines.begin(), lines.end(), data) == *std::find_if(first.begin(), first.end(), data));
  }
  CHECK(rig->reader().scans == 1);
  CHECK(rig->chunks.counters().made == 1);
  CHECK(rig->chunks.counters().found == 19);
}

TEST_CASE("a change is encoded once for all sessions that were waiting for it", "[stream][sharing]") {
  auto rig = MakeRig();
  rig->Put("news", {"n1", "first"});
  rig->Publish();
  std::vector<std::unique_ptr<Session>> sessions;
  for (int i = 0; i < 20; ++i) {
    sessions.push_back(rig->Open("user" + std::to_string(i)));
    rig->Lines(*sessions.back());
  }
  const int before = rig->reader().scans;
  rig->Put("news", {"n1", "second"});
  rig->Publish();
  for (auto& session : sessions) CHECK(CountOf(rig->Lines(*session), "second") == 1);
  CHECK(rig->reader().scans == before + 1);
}

TEST_CASE("a session at another position, checkpoint or bucket is served its own", "[stream][sharing]") {
  auto rig = MakeRig();
  rig->Put("news", {"n1", "first"});
  rig->Put("lists", {"l1", "Groceries", "alice"});
  rig->Publish();
  auto early = rig->Open("alice");
  rig->Lines(*early);
  rig->Put("news", {"n2", "second"});
  rig->Publish();
  auto late = rig->Open("bob");
  const Lines late_lines = rig->Lines(*late);
  CHECK(CountOf(late_lines, "first") == 1);
  CHECK(CountOf(late_lines, "Groceries") == 0);
  const Lines early_lines = rig->Lines(*early);
  CHECK(CountOf(early_lines, "first") == 0);
  CHECK(CountOf(early_lines, "second") == 1);
}

TEST_CASE("encoded lines are kept up to a number of bytes, the oldest go first", "[stream][sharing][I17]") {
  ChunkCache cache(100);
  for (int i = 0; i < 10; ++i) {
    cache.Keep({"b" + std::to_string(i), OpId{0}, OpId{1}, {}}, MakeLine(30));
    CHECK(cache.bytes() <= 100);
  }
  CHECK(cache.Find({"b6", OpId{0}, OpId{1}, {}}) == nullptr);
  CHECK(cache.Find({"b9", OpId{0}, OpId{1}, {}}) != nullptr);
  CHECK(cache.Find({"b9", OpId{1}, OpId{1}, {}}) == nullptr);
  CHECK(cache.Find({"b9", OpId{0}, OpId{2}, {}}) == nullptr);
  CHECK(cache.Find({"b9", OpId{0}, OpId{1}, {protocol::Encoding::kBson, true}}) == nullptr);
  CHECK(cache.Find({"b9", OpId{0}, OpId{1}, {protocol::Encoding::kNdjson, false}}) == nullptr);
  cache.Keep({"large", OpId{0}, OpId{1}, {}}, MakeLine(101));
  CHECK(cache.Find({"large", OpId{0}, OpId{1}, {}}) == nullptr);
  CHECK(cache.Find({"b9", OpId{0}, OpId{1}, {}}) != nullptr);
}

TEST_CASE("I20: with many buckets, an update of an unrelated one costs a session no read", "[stream][I20]") {
  auto rig = MakeRig();
  rig->options.limits = {.buckets = 1100, .index_rows = 1100};
  for (int i = 0; i < 998; ++i) rig->Put("lists", {"l" + std::to_string(i), "L", "alice"});
  rig->Put("lists", {"other", "L", "bob"});
  rig->Publish();
  auto session = rig->Open("alice");
  CHECK(rig->Lines(*session).size() >= 3);
  rig->wakes = 0;
  const int opens = rig->reader().opens;
  const int scans = rig->reader().scans;
  for (int i = 0; i < 20; ++i) {
    rig->Put("todos", {"t1", "other", "text " + std::to_string(i)});
    rig->Publish();
    CHECK(rig->Line(*session) == "wait");
  }
  CHECK(rig->wakes == 0);
  CHECK(rig->reader().opens == opens);
  CHECK(rig->reader().scans == scans);
}

TEST_CASE("I18 W16 W17: a grant and its revocation reach a connected client with the next checkpoint",
          "[stream][I18][I8][W16][W17][W18]") {
  auto rig = MakeRig();
  rig->Put("lists", {"l1", "Groceries", "bob"});
  rig->Put("todos", {"t1", "l1", "milk"});
  rig->Publish();
  auto session = rig->Open("alice");
  CHECK(CountOf(rig->Lines(*session), "milk") == 0);
  rig->Put("lists", {"l1", "Groceries", "alice"});
  rig->Publish();
  Lines lines = rig->Lines(*session);
  CHECK_THAT(lines[0], Catch::Contains("checkpoint_diff") && Catch::Contains(R"(#todos|0[\"l1\"])"));
  CHECK(CountOf(lines, "milk") == 1);
  CHECK(CountOf(lines, R"("after":"0")") == 2);
  rig->Put("lists", {"l1", "Groceries", "carol"});
  rig->Publish();
  lines = rig->Lines(*session);
  CHECK(CountOf(lines, R"("removed_buckets":["1#todos|0[\"l1\"]"])") == 1);
  CHECK(CountOf(lines, "milk") == 0);
  // Another user's grants are none of this session's business (W18).
  rig->wakes = 0;
  rig->Put("lists", {"l7", "Garage", "u7"});
  rig->Publish();
  CHECK(rig->wakes == 0);
}

TEST_CASE("I19: a stream ends within a second of its token's expiry, whatever it is doing", "[stream][I19][W30]") {
  auto rig = MakeRig();
  rig->options.chunk.operations = 1;
  for (int i = 0; i < 50; ++i) rig->Put("news", {"n" + std::to_string(i), "text"});
  rig->Publish();
  auto waiting = rig->Open("alice", {}, std::chrono::seconds(5));
  rig->Lines(*waiting);
  auto downloading = rig->Open("bob", {}, std::chrono::seconds(5));
  rig->Line(*downloading);
  auto step = waiting->Next(rig->now);
  REQUIRE(step.ok());
  REQUIRE(std::holds_alternative<Waiting>(*step));
  const auto until = std::get<Waiting>(*step).until;  // When the host asks again, at the latest.
  CHECK(until <= rig->now.monotonic + std::chrono::seconds(6));
  rig->now = {until, rig->now.wall + (until - rig->now.monotonic)};
  for (auto* session : {waiting.get(), downloading.get()}) {
    CHECK(rig->Lines(*session) == Lines{R"({"token_expires_in":0})", "end"});
  }
}

TEST_CASE("W22: urgent data interrupts a long download, which continues where it was", "[stream][W22]") {
  auto rig = MakeRig();
  rig->options.chunk.operations = 500;
  rig->Put("lists", {"l1", "X", "alice"});
  for (int i = 0; i < 3000; ++i) rig->Put("todos", {"t" + std::to_string(i), "l1", "Y"});
  rig->Publish();
  auto session = rig->Open("alice");
  Lines lines;
  for (int i = 0; i < 5; ++i) lines.push_back(rig->Line(*session));  // checkpoint, X, partial, two chunks of Y.
  CHECK(CountOf(lines, "partial_checkpoint_complete") == 1);
  rig->Put("lists", {"l1", "X2", "alice"});
  rig->Publish();
  const Lines rest = rig->Lines(*session);
  REQUIRE(rest.size() == 8);
  CHECK_THAT(rest[0], Catch::Contains("checkpoint_diff"));
  CHECK_THAT(rest[1], Catch::Contains("X2"));
  CHECK_THAT(rest[2], Catch::Contains("partial_checkpoint_complete") && Catch::Contains(R"("priority":1)"));
  CHECK_THAT(rest[3], Catch::Contains(R"("after":"1001")"));
  CHECK_THAT(rest[7], Catch::Contains("checkpoint_complete"));
}

}  // namespace skerry::stream
