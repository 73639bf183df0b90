// What the log says of a sync stream.
#include "http/stream_log.h"

#include <map>
#include <vector>

#include "support/catch.h"

namespace skerry::http {
namespace {

using namespace std::chrono_literals;

class Events final : public EventLog {
 public:
  explicit Events(LogLevel lowest) : lowest_(lowest) {}

  struct Seen {
    LogLevel level;
    std::string name;
    std::string line;
    std::map<std::string, std::string> fields;
  };
  std::vector<Seen> seen;

  bool Wants(LogLevel level) const override { return level >= lowest_; }
  void Log(LogLevel level, std::string_view line) override { Event(level, {}, line, {}); }
  void Event(LogLevel level, std::string_view name, std::string_view line,
             std::span<const EventField> fields) override {
    Seen event{level, std::string(name), std::string(line), {}};
    for (const EventField& field : fields) {
      const auto* number = std::get_if<std::int64_t>(&field.value);
      event.fields[std::string(field.name)] =
          number != nullptr ? std::to_string(*number) : std::string(std::get<std::string_view>(field.value));
    }
    seen.push_back(std::move(event));
  }

 private:
  LogLevel lowest_;
};

TimePoint At(std::chrono::milliseconds monotonic) { return {.monotonic = monotonic, .wall = {}}; }

bucket::Checkpoint CheckpointOf(std::size_t buckets) {
  bucket::Checkpoint checkpoint{.last_op_id = OpId{7}};
  checkpoint.buckets.resize(buckets);
  return checkpoint;
}

}  // namespace

TEST_CASE("a stream is a line when it opens and one when it ends", "[http]") {
  Events events(LogLevel::kInfo);
  StreamLog log({"alice", "phone", "app/1"}, events, At(1000ms));
  log.Opened();
  log.Sent(CheckpointOf(2), {}, At(1001ms));
  log.Sent(protocol::CheckpointComplete{OpId{7}}, {1, 5, 100}, At(1002ms));
  log.Ended("closed by the client", {1, 5, 100}, At(1500ms));
  REQUIRE(events.seen.size() == 2);
  CHECK(events.seen[0].line == "stream of alice/phone opened");
  CHECK(events.seen[0].fields["user_agent"] == "app/1");
  CHECK(events.seen[1].line ==
        "stream of alice/phone closed by the client: 1 checkpoints, 5 operations, 100 bytes, 500 ms");
  CHECK(events.seen[1].fields["reason"] == "closed by the client");
  CHECK(events.seen[1].fields["bytes"] == "100");
}

TEST_CASE("in detail, each checkpoint of a stream tells what it cost", "[http]") {
  Events events(LogLevel::kDebug);
  StreamLog log({"alice", "", ""}, events, At(0ms));
  log.Sent(CheckpointOf(3), {0, 0, 10}, At(100ms));
  log.Sent(protocol::TokenExpiresIn{20s}, {1, 0, 10}, At(110ms));
  log.Sent(protocol::PartialCheckpointComplete{OpId{7}}, {1, 40, 4000}, At(120ms));
  log.Sent(protocol::CheckpointComplete{OpId{7}}, {1, 90, 9010}, At(150ms));
  log.Sent(bucket::CheckpointDiff{.last_op_id = OpId{8}, .removed_buckets = {"a", "b"}}, {1, 90, 9010}, At(200ms));
  log.Sent(protocol::CheckpointComplete{OpId{8}}, {2, 90, 9100}, At(207ms));
  REQUIRE(events.seen.size() == 4);
  for (const Events::Seen& event : events.seen) CHECK(event.level == LogLevel::kDebug);
  CHECK(events.seen[0].line == "stream of alice gets checkpoint 7: 3 buckets, 0 gone");
  CHECK(events.seen[1].fields["operations"] == "90");
  CHECK(events.seen[1].fields["bytes"] == "9000");
  CHECK(events.seen[1].fields["ms"] == "50");
  CHECK(events.seen[2].fields["removed_buckets"] == "2");
  CHECK(events.seen[3].line == "stream of alice has checkpoint 8: 0 operations, 7 ms");
}

TEST_CASE("names that clients choose are cut between characters", "[http]") {
  CHECK(Shortened("abc", 3) == "abc");
  CHECK(Shortened("abcd", 3) == "abc...");
  CHECK(Shortened("a\xc3\xa9z", 2) == "a...");
  CHECK(Shortened("a\xc3\xa9z", 3) == "a\xc3\xa9...");
  CHECK(Shortened("\x80\x80\x80", 2) == "...");
  Events events(LogLevel::kInfo);
  StreamLog log({std::string(500, 'u'), std::string(500, 'c'), std::string(500, 'a')}, events, At(0ms));
  log.Opened();
  CHECK(events.seen[0].line.size() < 300);
  CHECK(events.seen[0].fields["user_agent"].size() == 103);
}

}  // namespace skerry::http
