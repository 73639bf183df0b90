// Laws of compaction over random histories, slices and clients; a failure prints the seed that made it.
#include <deque>
#include <map>
#include <set>

#include "base/random.h"
#include "bucket/reduce.h"
#include "engine.h"
#include "sqlite/connection.h"
#include "storage/compactor.h"
#include "support/catch.h"

namespace skerry::test {
namespace {

constexpr std::uint64_t kSeeds = 60;
constexpr const char* kBuckets[] = {"left", "right"};

// An operation that owns its texts: the log as it was before any compaction.
struct Kept {
  std::int64_t id;
  bucket::OpKind kind;
  std::string type, object, subkey, data;
  bucket::Checksum checksum;

  bucket::Operation View() const {
    bucket::Operation op{.id = OpId{id}, .kind = kind, .object_type = type, .object_id = object};
    op.subkey = subkey;
    if (kind == bucket::OpKind::kPut) op.data = data;
    op.checksum = checksum;
    return op;
  }
};

// Where one client stands in one bucket: what it applied, and the checkpoint that it is reading.
struct Client {
  bucket::ReducedBucket has;
  std::int64_t position = 0;
  std::int64_t upto = 0;
};

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {
    engine_.Deploy();
    db_ = Must(sqlite::Connection::Open({.path = engine_.path}));
    // Slices so small that every state between two of them is met.
    storage::CompactorLimits limits{.ops_read = 1 + Below(12),
                                    .ops_written = 1 + static_cast<std::size_t>(Below(6)),
                                    .ops_cleared = 2 + Below(5),
                                    .rows_remembered = 1 + static_cast<std::size_t>(Below(6)),
                                    .pages_freed = 1};
    compactor_ = std::make_unique<storage::Compactor>(*db_, limits);
    Publish();
  }

  void Step() {
    const std::int64_t dice = Below(10);
    if (dice < 3) {
      Publish();
    } else if (dice < 7) {
      Compact();
    } else {
      Client& client = clients_[static_cast<std::size_t>(Below(kClients))][static_cast<std::size_t>(Below(2))];
      const auto b = static_cast<std::size_t>(&client - clients_[0]) % 2;
      Read(client, b);
    }
  }

  void Finish() {
    while (Must(compactor_->Step(OpId{published_}))) {
    }
    Must(compactor_->Start(storage::CompactionScope::kEverything));
    while (Must(compactor_->Step(OpId{published_}))) {
    }
    CheckLog();
    for (auto& pair : clients_) {
      for (std::size_t b = 0; b < 2; ++b) {
        do Read(pair[b], b);
        while (pair[b].position < published_ && pair[b].upto != 0);
      }
    }
  }

  int outdated = 0;
  int completed = 0;
  const storage::CompactionCounters& counters() const { return compactor_->counters(); }

 private:
  static constexpr std::int64_t kClients = 4;

  std::int64_t Below(std::int64_t bound) {
    return static_cast<std::int64_t>(random_.Next() % static_cast<std::uint64_t>(bound));
  }

  void Publish() {
    Must(engine_.writer->Begin());
    for (std::int64_t i = Below(8); i > 0; --i) {
      const std::string id = std::to_string(Below(5));
      std::vector<Put> puts;
      for (const char* bucket : kBuckets) {
        if (Below(3) != 0)
          puts.push_back({bucket, "t", Below(8) == 0 ? "x" + id : id, "{\"n\":" + std::to_string(++n_) + "}"});
      }
      engine_.Set(Below(4) == 0 ? "crew" : "boats", "[" + id + "]", puts);
    }
    std::string position = std::to_string(1000 + ++n_);
    const std::int64_t before = published_;
    published_ =
        Raw(Must(engine_.writer->Publish("1" + std::string(8 - position.size(), '0') + position)).checkpoint.op);
    for (std::size_t b = 0; b < 2; ++b) {
      const storage::Chunk chunk = Must(engine_.reader->Scan(kBuckets[b], OpId{before}, OpId{published_}, {}));
      for (const bucket::Operation& op : chunk.operations) {
        log_[b].push_back({Raw(op.id), op.kind, std::string(op.object_type), std::string(op.object_id),
                           std::string(*op.subkey), std::string(op.data.value_or("")), op.checksum});
        ids_[b].insert(Raw(op.id));
      }
    }
  }

  void Compact() {
    if (!Must(compactor_->Step(OpId{published_}))) Must(compactor_->Start(storage::CompactionScope::kEverything));
    CheckLog();
  }

  // I2, I3: no operation that was not there, the same sum, and totals that fit.
  void CheckLog() {
    for (std::size_t b = 0; b < 2; ++b) {
      const storage::Chunk chunk = Must(engine_.reader->Scan(kBuckets[b], OpId{0}, OpId{published_}, {}));
      bucket::Checksum sum, original;
      std::int64_t last = 0;
      for (const bucket::Operation& op : chunk.operations) {
        REQUIRE(ids_[b].count(Raw(op.id)) == 1);
        REQUIRE(Raw(op.id) > last);
        last = Raw(op.id);
        sum += op.checksum;
      }
      for (const Kept& op : log_[b]) original += op.checksum;
      REQUIRE(sum == original);
      const storage::BucketTotal total = engine_.Total(kBuckets[b]);
      REQUIRE(total.checksum == original);
      REQUIRE(total.count == static_cast<std::int64_t>(chunk.operations.size()));
      REQUIRE(Raw(total.last_op) == (log_[b].empty() ? 0 : log_[b].back().id));
      REQUIRE(chunk.target <= OpId{published_});
    }
  }

  // One chunk, as a session reads it. A client that has all of its checkpoint has what that checkpoint had (I4, I9).
  void Read(Client& client, std::size_t b) {
    if (client.upto == 0) client.upto = published_;
    const storage::Chunk chunk =
        Must(engine_.reader->Scan(kBuckets[b], OpId{client.position}, OpId{client.upto},
                                  {.operations = 1 + static_cast<std::size_t>(Below(6)), .bytes = 1000}));
    if (Raw(chunk.target) > client.upto) {
      REQUIRE(Raw(chunk.target) <= published_);  // There is a checkpoint to go on with.
      client.upto = published_;
      ++outdated;
      return;
    }
    for (const bucket::Operation& op : chunk.operations) client.has.Apply(op);
    client.position = Raw(chunk.next_after);
    if (chunk.has_more) return;
    bucket::ReducedBucket expected;
    bucket::Checksum sum;
    for (const Kept& op : log_[b]) {
      if (op.id > client.upto) break;
      expected.Apply(op.View());
      sum += op.checksum;
    }
    REQUIRE(client.has.puts() == expected.puts());
    REQUIRE(client.has.checksum() == sum);
    client.position = client.upto;
    client.upto = 0;
    ++completed;
  }

  SeededRandom random_;
  Engine engine_;
  std::unique_ptr<sqlite::Connection> db_;
  std::unique_ptr<storage::Compactor> compactor_;
  std::int64_t published_ = 0;
  std::int64_t n_ = 0;
  std::deque<Kept> log_[2];
  std::set<std::int64_t> ids_[2];
  Client clients_[kClients][2];
};

}  // namespace

TEST_CASE("whatever is compacted while clients read, each completed checkpoint is exact",
          "[storage][compaction][property][I2][I3][I4][I9]") {
  std::int64_t outdated = 0, completed = 0, moved = 0, cleared = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    INFO("seed " << seed);
    World world(seed);
    for (int step = 0; step < 120; ++step) world.Step();
    world.Finish();
    outdated += world.outdated;
    completed += world.completed;
    moved += world.counters().moved;
    cleared += world.counters().cleared;
  }
  // Or the law was tried on too little.
  CHECK(outdated > 20);
  CHECK(completed > 500);
  CHECK(moved > 500);
  CHECK(cleared > 500);
}

}  // namespace skerry::test
