// The order of lines on a sync stream, over real rules and storage.
#include "stream/session.h"

#include <algorithm>

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
  lists:
    auto_subscribe: true
    priority: 1
    query: SELECT * FROM lists WHERE owner = auth.user_id()
  todos:
    auto_subscribe: true
    query: SELECT * FROM todos WHERE list IN (SELECT id FROM lists WHERE owner = auth.user_id())
)";

std::unique_ptr<Rig> MakeRig(const char* streams = kStreams) {
  return std::make_unique<Rig>(
      streams, std::map<std::string, Lines>{{"lists", {"id", "name", "owner"}}, {"todos", {"id", "list", "text"}}});
}

// The kind of a line and what tells it from others of its kind: "checkpoint 3", "data 1#lists|0["alice"] 2", ...
std::string Brief(const std::string& line) {
  const auto text_after = [&](const std::string& mark) -> std::string {
    const std::size_t at = line.find(mark);
    if (at == std::string::npos) return "";
    const std::size_t start = at + mark.size();
    return line.substr(start, line.find('"', start) - start);
  };
  if (line.rfind(R"({"data")", 0) == 0) {
    std::size_t operations = 0;
    for (std::size_t at = line.find(R"("op_id")"); at != std::string::npos; at = line.find(R"("op_id")", at + 1))
      ++operations;
    const std::string more = line.find(R"("has_more":true)") != std::string::npos ? " more" : "";
    return "data " + text_after("#").substr(0, text_after("#").find('|')) + " " + std::to_string(operations) + more;
  }
  const std::string kind = line.substr(2, line.find('"', 2) - 2);
  if (kind == "partial_checkpoint_complete") return "partial " + line.substr(line.find(R"("priority":)") + 11, 1);
  if (kind == "checkpoint_diff") {
    const std::string write = text_after(R"("write_checkpoint":")");
    return "diff" + (write.empty() ? "" : " write " + write);
  }
  if (kind == "checkpoint") return "checkpoint";
  if (kind == "checkpoint_complete") return "complete";
  return line;
}

Lines Briefly(const Lines& lines) {
  Lines brief;
  for (const std::string& line : lines) brief.push_back(Brief(line));
  return brief;
}

void FillTwoLists(Rig& rig) {
  rig.Put("lists", {"l1", "Groceries", "alice"});
  rig.Put("todos", {"t1", "l1", "milk"});
  rig.Put("todos", {"t2", "l1", "eggs"});
  rig.Put("lists", {"l2", "Garage", "bob"});
  rig.Put("todos", {"t3", "l2", "screws"});
  rig.Publish();
}

}  // namespace

TEST_CASE("the first lines are a checkpoint, its data by priority, and what is complete", "[stream][P-080][P-081]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  auto session = rig->Open("alice");
  const Lines lines = rig->Lines(*session);
  CHECK(Briefly(lines) == Lines{"checkpoint", "data lists 1", "partial 1", "data todos 2", "complete"});
  CHECK_THAT(lines[0], Catch::Contains(R"("streams":[{"name":"lists","is_default":true,"errors":[]})"));
  CHECK_THAT(lines[0], Catch::Contains(R"("priority":1,"subscriptions":[{"default":0}])"));
  CHECK_THAT(lines[1], Catch::Contains(R"("after":"0","has_more":false)"));
  CHECK_THAT(lines[3], !Catch::Contains("screws"));
}

TEST_CASE("a change sends a diff with the changed buckets only, and each operation once", "[stream][P-054]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  auto session = rig->Open("alice");
  rig->Lines(*session);
  rig->Put("todos", {"t1", "l1", "oat milk"});
  rig->Publish();
  const Lines lines = rig->Lines(*session);
  CHECK(Briefly(lines) == Lines{"diff", "data todos 1", "complete"});
  CHECK_THAT(lines[0], Catch::Contains(R"("removed_buckets":[],"updated_buckets":[{"bucket":"1#todos)"));
  CHECK_THAT(lines[1], Catch::Contains("oat milk"));
}

TEST_CASE("a change that a user cannot see neither wakes nor sends anything", "[stream]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  auto session = rig->Open("alice");
  rig->Lines(*session);
  rig->wakes = 0;
  rig->Put("todos", {"t3", "l2", "more screws"});
  rig->Publish();
  CHECK(rig->wakes == 0);
  CHECK(rig->Line(*session) == "wait");
}

TEST_CASE("granting and revoking access adds and removes buckets without a reconnect", "[stream][P-093]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  auto session = rig->Open("alice");
  rig->Lines(*session);

  rig->Put("lists", {"l2", "Garage", "alice"});  // Bob's list, with a todo from before.
  rig->Publish();
  Lines lines = rig->Lines(*session);
  CHECK(Briefly(lines) == Lines{"diff", "data lists 1", "partial 1", "data todos 1", "complete"});
  CHECK_THAT(lines[3], Catch::Contains(R"("after":"0")") && Catch::Contains("screws"));

  rig->Put("lists", {"l2", "Garage", "bob"});
  rig->Publish();
  lines = rig->Lines(*session);
  CHECK(Briefly(lines) == Lines{"diff", "data lists 1", "complete"});
  CHECK_THAT(lines[0], Catch::Contains(R"("removed_buckets":["1#todos|0[\"l2\"]"])"));

  rig->Put("lists", {"l2", "Garage", "alice"});
  rig->Publish();
  lines = rig->Lines(*session);
  REQUIRE(lines.size() == 5);
  CHECK_THAT(lines[3], Catch::Contains(R"("after":"0")"));  // A bucket that comes back is sent from its start.
}

TEST_CASE("a client that comes back is sent only what is new to it", "[stream]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  protocol::StreamRequest request;
  {
    auto session = rig->Open("alice");
    rig->Lines(*session);
  }
  request.buckets = {{"1#lists|0[\"alice\"]", OpId{5}}, {"1#todos|0[\"l1\"]", OpId{5}}, {"1#gone|0[]", OpId{7}}};
  {
    auto session = rig->Open("alice", request);
    CHECK(Briefly(rig->Lines(*session)) == Lines{"checkpoint", "partial 1", "complete"});
  }
  rig->Put("todos", {"t9", "l1", "tea"});
  rig->Publish();
  auto session = rig->Open("alice", request);
  const Lines lines = rig->Lines(*session);
  CHECK(Briefly(lines) == Lines{"checkpoint", "partial 1", "data todos 1", "complete"});
  CHECK_THAT(lines[2], Catch::Contains("tea"));
}

TEST_CASE("a position beyond the history is sent nothing", "[stream]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  protocol::StreamRequest request;
  request.buckets = {{"1#lists|0[\"alice\"]", OpId{999'999}}};
  auto session = rig->Open("alice", request);
  CHECK(Briefly(rig->Lines(*session)) == Lines{"checkpoint", "partial 1", "data todos 2", "complete"});
}

TEST_CASE("a user without buckets gets an empty checkpoint that is complete", "[stream]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  protocol::StreamRequest request;
  request.include_defaults = false;
  auto session = rig->Open("alice", request);
  const Lines lines = rig->Lines(*session);
  CHECK(Briefly(lines) == Lines{"checkpoint", "complete"});
  CHECK_THAT(lines[0], Catch::Contains(R"("buckets":[],"streams":[])"));
}

TEST_CASE("data is cut into chunks that say whether more follows", "[stream][P-083]") {
  auto rig = MakeRig();
  rig->Put("lists", {"l1", "Groceries", "alice"});
  for (int i = 0; i < 25; ++i) rig->Put("todos", {"t" + std::to_string(100 + i), "l1", "x"});
  rig->Publish();
  rig->options.chunk.operations = 10;
  auto session = rig->Open("alice");
  const Lines lines = rig->Lines(*session);
  CHECK(Briefly(lines) == Lines{"checkpoint", "data lists 1", "partial 1", "data todos 10 more", "data todos 10 more",
                                "data todos 5", "complete"});
  CHECK_THAT(lines[4], Catch::Contains(R"("after":"11")") && Catch::Contains(R"("next_after":"21")"));
}

TEST_CASE("a newer checkpoint cuts a long download short, which then goes on where it was", "[stream][P-082]") {
  auto rig = MakeRig();
  rig->Put("lists", {"l1", "Groceries", "alice"});
  for (int i = 0; i < 50; ++i) rig->Put("todos", {"t" + std::to_string(100 + i), "l1", "x"});
  rig->Publish();
  rig->options.chunk.operations = 10;
  rig->options.interrupt_after = 21;
  auto session = rig->Open("alice");
  Lines lines;
  for (int i = 0; i < 4; ++i) lines.push_back(rig->Line(*session));  // Up to the first ten todos.
  rig->Put("lists", {"l1", "Groceries!", "alice"});
  rig->Publish();
  for (const std::string& line : rig->Lines(*session)) lines.push_back(line);
  CHECK(Briefly(lines) == Lines{"checkpoint", "data lists 1", "partial 1", "data todos 10 more", "data todos 10 more",
                                "diff", "data lists 1", "partial 1", "data todos 10 more", "data todos 10 more",
                                "data todos 10", "complete"});
}

TEST_CASE("a short download is completed before a newer checkpoint is looked at", "[stream][P-082]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  auto session = rig->Open("alice");
  Lines lines = {rig->Line(*session)};
  rig->Put("lists", {"l1", "Groceries!", "alice"});
  rig->Publish();
  for (const std::string& line : rig->Lines(*session)) lines.push_back(line);
  CHECK(Briefly(lines) == Lines{"checkpoint", "data lists 1", "partial 1", "data todos 2", "complete", "diff",
                                "data lists 1", "complete"});
}

TEST_CASE("a look in between news is of one moment", "[stream]") {
  // Two publications, of which the hub has told the first only: what is sent is all of both or nothing of the second.
  auto rig = MakeRig();
  FillTwoLists(*rig);
  auto session = rig->Open("alice");
  rig->Lines(*session);
  rig->Put("todos", {"t1", "l1", "one"});
  rig->PublishSilently();
  rig->Tell();
  rig->Put("todos", {"t2", "l1", "two"});
  rig->Put("lists", {"l1", "both", "alice"});
  rig->PublishSilently();
  CHECK(Briefly(rig->Lines(*session)) == Lines{"diff", "data lists 1", "partial 1", "data todos 2", "complete"});
  rig->Tell();
  CHECK(rig->Line(*session) == "wait");
}

TEST_CASE("a write checkpoint is sent once the source's position has passed it, and then kept", "[stream][P-055]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  protocol::StreamRequest request;
  request.client_id = "c1";
  auto session = rig->Open("alice", request);
  auto other_client = rig->Open("alice");
  rig->Lines(*session);
  rig->Lines(*other_client);

  CHECK(rig->RequestWrites("alice/c1") == std::vector{WriteCheckpoint{1}});
  CHECK(rig->Line(*session) == "wait");
  rig->PublishSilently();  // The marker: a position and nothing else.
  rig->Tell();
  CHECK(Briefly(rig->Lines(*session)) == Lines{"diff write 1", "complete"});
  CHECK(rig->Line(*other_client) == "wait");

  rig->Put("todos", {"t1", "l1", "later"});
  rig->Publish();
  CHECK(Briefly(rig->Lines(*session)) == Lines{"diff write 1", "data todos 1", "complete"});
  CHECK(Briefly(rig->Lines(*other_client)) == Lines{"diff", "data todos 1", "complete"});
}

TEST_CASE("a newer request does not take back the write checkpoint a stream was told", "[stream]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  auto session = rig->Open("alice");
  rig->Lines(*session);
  rig->RequestWrites("alice");
  rig->Publish();
  CHECK(Briefly(rig->Lines(*session)) == Lines{"diff write 1", "complete"});
  CHECK(rig->RequestWrites("alice", WriteCheckpoint{7}) == std::vector{WriteCheckpoint{7}});
  CHECK(rig->Line(*session) == "wait");
  rig->Put("todos", {"t1", "l1", "later"});
  rig->Publish();
  CHECK(Briefly(rig->Lines(*session)) == Lines{"diff write 7", "data todos 1", "complete"});
}

TEST_CASE("a stream that opens later still hears of a request made before", "[stream]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  rig->RequestWrites("alice");
  auto session = rig->Open("alice");
  const Lines first = rig->Lines(*session);
  CHECK_THAT(first[0], !Catch::Contains("write_checkpoint"));
  rig->Publish();
  CHECK(Briefly(rig->Lines(*session)) == Lines{"diff write 1", "complete"});
  auto again = rig->Open("alice");
  CHECK_THAT(rig->Lines(*again)[0], Catch::Contains(R"("write_checkpoint":"1")"));
}

TEST_CASE("an expired token ends the stream with 0, before anything else", "[stream][P-101][P-102]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  auto session = rig->Open("alice", {}, std::chrono::seconds(-5));
  CHECK(rig->Lines(*session) == Lines{R"({"token_expires_in":0})", "end"});
}

TEST_CASE("a token that expires in the middle of a stream ends it", "[stream][P-100][P-102]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  auto session = rig->Open("alice", {}, std::chrono::seconds(45));
  rig->Lines(*session);
  const TimePoint start = rig->now;
  const auto at = [&](std::chrono::milliseconds later) {
    rig->now = {start.monotonic + later, start.wall + later};
    return rig->Lines(*session);
  };
  CHECK(at(std::chrono::seconds(10)).empty());
  CHECK(at(std::chrono::seconds(25)) == Lines{R"({"token_expires_in":20})"});
  CHECK(at(std::chrono::milliseconds(44'900)).size() <= 1);
  CHECK(at(std::chrono::seconds(45)) == Lines{R"({"token_expires_in":0})", "end"});
}

TEST_CASE("a new deployment ends the streams of the old one", "[stream]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  auto session = rig->Open("alice");
  rig->Lines(*session);
  rig->StartDeployment();
  CHECK(rig->Lines(*session) == Lines{"end"});
}

TEST_CASE("a new deployment in the middle of a download ends it, and nothing is called complete", "[stream][I9][I14]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  auto session = rig->Open("alice");
  const std::string first = rig->Line(*session);
  CHECK_THAT(first, Catch::StartsWith("{\"checkpoint\""));
  CHECK_THAT(rig->Line(*session), Catch::StartsWith("{\"data\""));
  // Storage has it before the news of it are here.
  rig->StartDeployment();
  for (std::string line = rig->Line(*session); line != "end"; line = rig->Line(*session)) {
    CHECK_THAT(line, Catch::StartsWith("{\"data\"") || Catch::StartsWith("{\"partial_checkpoint_complete\""));
  }
  CHECK(rig->Lines(*session) == Lines{"end"});
}

TEST_CASE("more buckets than allowed end the stream without a line for that checkpoint", "[stream][W28]") {
  auto rig = MakeRig();
  for (int i = 0; i < 5; ++i) {
    rig->Put("lists", {"l" + std::to_string(i), "L", "alice"});
  }
  rig->Publish();
  rig->options.limits.buckets = 5;  // Five lists' todos and the lists themselves are six.
  auto session = rig->Open("alice");
  const Lines lines = rig->Lines(*session);
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::StartsWith("error: ") && Catch::Contains("PSYNC_S2305"));
}

TEST_CASE("a session that ended hears no more news", "[stream]") {
  auto rig = MakeRig();
  FillTwoLists(*rig);
  {
    auto session = rig->Open("alice");
    rig->Lines(*session);
    CHECK(rig->hub().session_count() == 1);
  }
  CHECK(rig->hub().session_count() == 0);
  rig->wakes = 0;
  rig->Put("todos", {"t1", "l1", "later"});
  rig->Publish();
  CHECK(rig->wakes == 0);
}

}  // namespace skerry::stream
