// Stream subscriptions (client-core 15).
#include "store/stream_subscriptions.h"
#include "support/catch.h"
#include "support/download_rig.h"

namespace skerry::test {
namespace {

using namespace std::chrono_literals;
using store::StreamKey;
using store::StreamSubscriptionRow;

class Streams {
 public:
  void Subscribe(const StreamKey& key, std::chrono::seconds ttl = 3600s,
                 std::optional<bucket::Priority> priority = {}) {
    auto write = Require(sqlite::WriteTransaction::Begin(*rig.local.db));
    Require(store::Subscribe(write, key, ttl, priority, now));
    Require(write.Commit());
  }
  void Unsubscribe(const StreamKey& key) {
    auto write = Require(sqlite::WriteTransaction::Begin(*rig.local.db));
    Require(store::Unsubscribe(write, key));
    Require(write.Commit());
  }
  void Renew(const std::vector<StreamKey>& held) {
    auto write = Require(sqlite::WriteTransaction::Begin(*rig.local.db));
    Require(store::RenewSubscriptions(write, held, now));
    Require(write.Commit());
  }
  std::vector<std::string> Requested() {
    auto write = Require(sqlite::WriteTransaction::Begin(*rig.local.db));
    requested_ids.clear();
    std::vector<std::string> names;
    for (const auto& row : Require(store::SubscriptionsForRequest(write, now))) {
      names.push_back(row.key.name + row.key.parameters_json.value_or(""));
      requested_ids.push_back(row.id);
    }
    Require(write.Commit());
    return names;
  }
  // A checkpoint with these streams ("*" after the name: default).
  bucket::Checkpoint Checkpoint(const std::vector<std::string>& names) {
    bucket::Checkpoint checkpoint;
    for (std::string name : names) {
      bucket::StreamInfo info;
      info.is_default = name.back() == '*';
      if (info.is_default) name.pop_back();
      info.name = name;
      checkpoint.streams.push_back(info);
    }
    return checkpoint;
  }
  store::StreamsTracked Track(const bucket::Checkpoint& checkpoint) {
    return Require(rig.downloads->TrackCheckpoint(checkpoint, requested_ids));
  }
  std::vector<StreamSubscriptionRow> Rows() { return Require(store::ReadSubscriptions(*rig.local.db)); }

  DownloadRig rig;
  std::chrono::microseconds now = 1000s;
  std::vector<std::int64_t> requested_ids;
};

TEST_CASE("subscriptions are requested in order and told apart by the text of their parameters",
          "[store][C-163][C-164]") {
  Streams streams;
  streams.Subscribe({"a", R"({"x":1,"y":2})"});
  streams.Subscribe({"b", {}});
  streams.Subscribe({"a", R"({"y":2,"x":1})"});
  streams.Subscribe({"b", {}}, 10s);
  CHECK(streams.Requested() == std::vector<std::string>{R"(a{"x":1,"y":2})", "b", R"(a{"y":2,"x":1})"});
  CHECK(streams.Rows()[1].ttl == 10s);
  CHECK(streams.Rows()[1].expires_at == streams.now + 10s);
}

TEST_CASE("the more urgent priority of repeated subscriptions wins", "[store][C-161]") {
  Streams streams;
  streams.Subscribe({"a", {}}, 1h);
  CHECK_FALSE(streams.Rows()[0].local_priority);
  streams.Subscribe({"a", {}}, 1h, 2);
  CHECK(streams.Rows()[0].local_priority == 2);
  streams.Subscribe({"a", {}}, 1h, 3);
  CHECK(streams.Rows()[0].local_priority == 2);
  streams.Subscribe({"a", {}}, 1h);
  CHECK(streams.Rows()[0].local_priority == 2);
  streams.Subscribe({"a", {}}, 1h, 1);
  CHECK(streams.Rows()[0].local_priority == 1);
}

TEST_CASE("a subscription ends when its TTL has run out and nobody renewed it", "[store][C-164][C-165]") {
  Streams streams;
  streams.Subscribe({"a", {}}, 3600s);
  streams.Subscribe({"held", {}}, 3600s);
  streams.now += 3600s;
  CHECK(streams.Requested().size() == 2);
  streams.Renew({{"held", {}}, {"unknown", {}}});
  streams.now += 1s;
  CHECK(streams.Requested() == std::vector<std::string>{"held"});
}

TEST_CASE("an unsubscribed stream leaves the request at once", "[store][C-162]") {
  Streams streams;
  streams.Subscribe({"a", {}});
  streams.Unsubscribe({"a", {}});
  CHECK(streams.Requested().empty());
  CHECK(streams.Rows().empty());
}

TEST_CASE("default streams come with a checkpoint and go with it", "[store][C-168]") {
  Streams streams;
  streams.Track(streams.Checkpoint({"a*", "a*", "not_default"}));
  REQUIRE(streams.Rows().size() == 1);
  CHECK(streams.Rows()[0].key == StreamKey{"a", {}});
  CHECK(streams.Rows()[0].active);
  CHECK(streams.Rows()[0].is_default);
  CHECK(streams.Requested().empty());
  streams.Track(streams.Checkpoint({}));
  CHECK(streams.Rows().empty());
}

TEST_CASE("an explicit subscription to a default stream outlives it", "[store][C-170]") {
  Streams streams;
  streams.Track(streams.Checkpoint({"a*"}));
  streams.Subscribe({"a", {}});
  streams.Track(streams.Checkpoint({"a*"}));
  REQUIRE(streams.Rows().size() == 1);
  CHECK(streams.Rows()[0].is_default);
  CHECK(streams.Rows()[0].ttl);
  streams.Track(streams.Checkpoint({}));
  REQUIRE(streams.Rows().size() == 1);
  CHECK_FALSE(streams.Rows()[0].active);
  CHECK_FALSE(streams.Rows()[0].is_default);
  streams.Track(streams.Checkpoint({"a*"}));
  streams.Unsubscribe({"a", {}});
  CHECK(streams.Requested().empty());
  REQUIRE(streams.Rows().size() == 1);
  CHECK(streams.Rows()[0].is_default);
}

TEST_CASE("buckets belong to the subscriptions that they are there for", "[store][C-130][C-169]") {
  Streams streams;
  streams.Subscribe({"explicit", {}});
  streams.Requested();
  auto checkpoint = streams.Checkpoint({"default*", "explicit"});
  bucket::BucketState one, two;
  one.name = "one";
  one.priority = 1;
  one.reasons = {{true, 0}, {false, 0}, {false, 7}};
  two.name = "two";
  two.priority = 3;
  two.reasons = {{true, 0}, {true, 5}};
  checkpoint.buckets = {one, two};
  const auto tracked = streams.Track(checkpoint);
  REQUIRE(streams.Rows().size() == 2);
  const std::int64_t explicit_id = streams.Rows()[0].id;
  const std::int64_t default_id = streams.Rows()[1].id;
  REQUIRE(tracked.bucket_streams.size() == 2);
  CHECK(tracked.bucket_streams[0] == std::vector{default_id, explicit_id});
  CHECK(tracked.bucket_streams[1] == std::vector{default_id});

  streams.rig.now.wall = 77us;
  streams.rig.Complete(checkpoint, 1);
  CHECK(streams.Rows()[0].last_synced_at == 77us);  // Its only bucket has priority 1.
  CHECK_FALSE(streams.Rows()[1].last_synced_at);    // Its least urgent one has 3.
  streams.rig.now.wall = 88us;
  streams.rig.Complete(checkpoint);
  CHECK(streams.Rows()[0].last_synced_at == 88us);
  CHECK(streams.Rows()[1].last_synced_at == 88us);
}

TEST_CASE("a stream without buckets is complete only with everything", "[store][C-130]") {
  Streams streams;
  const auto checkpoint = streams.Checkpoint({"a*"});
  streams.Track(checkpoint);
  streams.rig.Complete(checkpoint, 3);
  CHECK_FALSE(streams.Rows()[0].last_synced_at);
  streams.rig.Complete(checkpoint);
  CHECK(streams.Rows()[0].last_synced_at);
}

TEST_CASE("errors of streams are told as warnings", "[store][C-171]") {
  Streams streams;
  streams.Subscribe({"a", R"({"x":1})"});
  streams.Subscribe({"a", {}});
  streams.Requested();
  auto checkpoint = streams.Checkpoint({"a*"});
  checkpoint.streams[0].errors = {{{}, "bad"}, {0, "no access"}, {1, "none"}};
  CHECK(
      streams.Track(checkpoint).warnings ==
      std::vector<std::string>{"Default subscription a has errors: bad",
                               R"(Subscription to stream a (with parameters {"x":1}) could not be resolved: no access)",
                               "Subscription to stream a (without parameters) could not be resolved: none"});
}

}  // namespace
}  // namespace skerry::test
