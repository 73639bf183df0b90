// Random histories of downloads, publishes, local writes and clears against a model that keeps every operation's effect
// in maps: after every publish the visible rows are the model's, and every sum adds up.
#include <map>
#include <set>

#include "support/catch.h"
#include "support/download_rig.h"

namespace skerry::test {
namespace {

using Outcome = store::PublishStart::Outcome;
using RowKey = std::pair<std::string, std::string>;  // Type and id.

constexpr char kSchema[] = R"({"tables":[
  {"name":"lists","columns":[{"name":"name","type":"text"}]},
  {"name":"todos","columns":[{"name":"name","type":"text"}],
   "indexes":[{"name":"n","columns":[{"name":"name","ascending":true,"type":"text"}]}]}]})";
const char* const kTypes[] = {"lists", "todos", "other"};
const std::vector<BucketSpec> kBuckets = {{"a", 0}, {"b", 1}, {"c", 1}, {"d", 3}};

struct Entry {
  std::int64_t op = 0;
  std::string name;
  bool is_new = true;  // Not yet part of a publish.
};

// What the client holds, without storage: per bucket the PUTs in force, by row and subkey.
struct Model {
  std::map<std::string, std::map<std::pair<RowKey, std::string>, Entry>> buckets;
  std::map<RowKey, std::string> visible;

  void Apply(const std::string& bucket, const Op& op) {
    auto& entries = buckets[bucket];
    if (op.kind == bucket::OpKind::kClear) entries.clear();
    if (op.kind != bucket::OpKind::kPut && op.kind != bucket::OpKind::kRemove) return;
    const auto key = std::make_pair(RowKey(*op.type, *op.row), op.subkey.value_or("null"));
    if (op.kind == bucket::OpKind::kRemove) {
      entries.erase(key);
    } else {
      entries[key] = {op.id, "v" + std::to_string(op.id), true};
    }
  }

  // Of each row the newest entry among the buckets that `in_scope` takes.
  template <typename Scope>
  std::map<RowKey, Entry> Winners(Scope in_scope) const {
    std::map<RowKey, Entry> winners;
    for (const auto& [bucket, entries] : buckets) {
      if (!in_scope(bucket)) continue;
      for (const auto& [key, entry] : entries) {
        Entry& winner = winners[key.first];
        if (entry.op > winner.op) winner = entry;
      }
    }
    return winners;
  }

  void PublishAll() {
    visible.clear();
    for (const auto& [row, entry] : Winners([](const std::string&) { return true; })) visible[row] = entry.name;
    for (auto& [bucket, entries] : buckets) {
      for (auto& [key, entry] : entries) entry.is_new = false;
    }
  }

  // Rows with a new entry in scope show the winner in scope; everything else stays as it is.
  void PublishSome(const std::set<std::string>& scope) {
    const auto winners = Winners([&](const std::string& bucket) { return scope.count(bucket) != 0; });
    for (const std::string& bucket : scope) {
      const auto found = buckets.find(bucket);
      if (found == buckets.end()) continue;
      for (auto& [key, entry] : found->second) {
        if (entry.is_new) visible[key.first] = winners.at(key.first).name;
        entry.is_new = false;
      }
    }
  }

  void MarkAllNew() {
    for (auto& [bucket, entries] : buckets) {
      for (auto& [key, entry] : entries) entry.is_new = true;
    }
  }
};

class Simulation {
 public:
  // Odd seeds reduce a few operations at a time, even ones everything at once.
  explicit Simulation(std::uint64_t seed)
      : random_(seed),
        rig_(kSchema, {":memory:"}, seed % 2 == 1 ? store::DownloadOptions{100} : store::DownloadOptions{}) {}

  void Step() {
    switch (Pick(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        return Line();
      case 5:
        return rig_.Flush();
      case 6:
        rig_.Flush();
        return rig_.Restart();
      case 7:
      case 8:
      case 9:
        return PublishFull();
      case 10:
      case 11:
        return PublishPartial();
      case 12:
        return RemoveBucket();
      case 13:
        return WriteLocally();
      case 14:
        return Upload();
      default:
        return Pick(4) == 0 ? ClearSoftly() : Resync();
    }
  }

  void PublishFull() {
    const auto checkpoint = TrackKnown(Pick(3) == 0 ? std::optional<std::int64_t>() : write_checkpoint_);
    MaybeAbort(checkpoint, std::nullopt);
    const Outcome outcome = rig_.Complete(checkpoint, std::nullopt, 1 + static_cast<int>(Pick(20)));
    if (checkpoint.write_checkpoint) has_seen_ = true;
    REQUIRE(outcome == (GateIsOpen() ? Outcome::kStarted : Outcome::kGateClosed));
    if (GateIsOpen()) model_.PublishAll();
    Compare();
    if (GateIsOpen()) CHECK(rig_.local.UpdatedRows().empty());
  }

  void Compare() {
    std::map<RowKey, std::string> shown;
    for (const char* type : {"lists", "todos"}) {
      for (const std::string& row : rig_.local.OwnRows("SELECT id || '/' || name FROM " + std::string(type))) {
        shown[{type, row.substr(0, row.find('/'))}] = row.substr(row.find('/') + 1);
      }
    }
    for (const std::string& row :
         rig_.local.OwnRows("SELECT type || '/' || id || '/' || json_extract(data, '$.name') FROM ps_untyped")) {
      const std::size_t slash = row.find('/'), second = row.find('/', slash + 1);
      shown[{row.substr(0, slash), row.substr(slash + 1, second - slash - 1)}] = row.substr(second + 1);
    }
    REQUIRE(shown == model_.visible);
    if (Pick(3) == 0) rig_.CheckSums();
  }

  void OpenGate() { Upload(); }

  // A bare entry is alone with its row, and the table shows what its operation brought: at any time, not only when
  // published.
  void CheckBareEntries() {
    for (const std::string type : {"lists", "todos"}) {
      CHECK(rig_.local
                .OwnRows("SELECT o.row_id, o.op_id, t.name FROM ps_oplog AS o LEFT JOIN " + type +
                         " AS t ON t.id = o.row_id WHERE o.type = '" + type +
                         "' AND o.data = '' AND (t.name IS NOT 'v' || o.op_id OR (SELECT count(*) FROM ps_oplog AS x"
                         " WHERE x.type = o.type AND x.row_id = o.row_id) > 1)")
                .empty());
    }
  }

 private:
  std::uint64_t Pick(std::uint64_t below) { return random_.Next() % below; }

  void Line() {
    const std::size_t index = Pick(kBuckets.size());
    const std::string& bucket = kBuckets[index].name;
    std::vector<Op> operations;
    const std::uint64_t count = 1 + Pick(6);
    for (std::uint64_t i = 0; i < count; ++i) {
      // Ascending in the bucket and beyond every checkpoint that named it; a new bucket starts low, so that older
      // operations than those of others arrive late.
      std::int64_t& last = last_op_[bucket];
      last += static_cast<std::int64_t>(4 * (1 + Pick(8)));
      const std::int64_t id = last + static_cast<std::int64_t>(index);
      const std::string type = kTypes[Pick(3)];
      const std::string row = std::to_string(Pick(5));
      Op op = Put(id, type, row, R"({"name":"v)" + std::to_string(id) + "\"}");
      const std::uint64_t kind = Pick(20);
      if (kind < 6) op = Remove(id, type, row);
      if (kind == 6) op = Move(id);
      if (kind == 7) op = Clear(id, static_cast<std::uint32_t>(random_.Next()));
      if (op.type && Pick(2) == 0) op.subkey = std::to_string(Pick(2));
      op.checksum = static_cast<std::uint32_t>(random_.Next());
      model_.Apply(bucket, op);
      operations.push_back(std::move(op));
    }
    named_.insert(bucket);
    rig_.Line(bucket, operations);
  }

  bucket::Checkpoint TrackKnown(std::optional<std::int64_t> write_checkpoint) {
    std::vector<BucketSpec> specs;
    for (const BucketSpec& each : kBuckets) {
      if (named_.count(each.name) != 0) specs.push_back(each);
    }
    bucket::Checkpoint checkpoint = rig_.Checkpoint(specs, write_checkpoint);
    for (const BucketSpec& each : specs) last_op_[each.name] = (Raw(checkpoint.last_op_id) / 4 + 1) * 4;
    rig_.Track(checkpoint);
    return checkpoint;
  }

  void PublishPartial() {
    const auto checkpoint = TrackKnown(std::nullopt);
    const auto priority = static_cast<bucket::Priority>(Pick(3));
    std::set<std::string> scope;
    for (const bucket::BucketState& each : checkpoint.buckets) {
      if (each.priority <= priority) scope.insert(each.name);
    }
    MaybeAbort(checkpoint, priority);
    const bool is_published = priority == 0 || GateIsOpen();
    const Outcome outcome = rig_.Complete(checkpoint, priority, 1 + static_cast<int>(Pick(20)));
    REQUIRE(outcome == (is_published ? Outcome::kStarted : Outcome::kGateClosed));
    if (is_published) model_.PublishSome(scope);
    Compare();
  }

  // Begins, works a little, gives up: nothing may remain of it.
  void MaybeAbort(const bucket::Checkpoint& checkpoint, std::optional<bucket::Priority> priority) {
    if (Pick(3) != 0) return;
    Require(rig_.downloads->BeginPublish(checkpoint, priority, rig_.now));
    if (!rig_.downloads->IsPublishing()) {
      if (checkpoint.write_checkpoint && !priority) has_seen_ = true;
      return;
    }
    // A slice of one row; the publish may also end with it, if there is nothing to do.
    if (Require(rig_.downloads->ContinuePublish(1)) == store::PublishStep::kMore) return rig_.downloads->AbortPublish();
    if (checkpoint.write_checkpoint && !priority) has_seen_ = true;
  }

  void RemoveBucket() {
    if (named_.empty()) return;
    const std::string bucket = *std::next(named_.begin(), static_cast<std::ptrdiff_t>(Pick(named_.size())));
    TrackKnown(std::nullopt);  // So that the bucket is one that the service named.
    named_.erase(bucket);
    TrackKnown(std::nullopt);
    rig_.Forget(bucket);
    model_.buckets.erase(bucket);
    last_op_.erase(bucket);
  }

  void WriteLocally() {
    const std::string type = kTypes[Pick(2)];
    const std::string id = std::to_string(Pick(5));
    const std::string name = "local" + std::to_string(random_.Next() % 1000);
    if (Pick(3) == 0) {
      if (model_.visible.erase({type, id}) == 0) return;
      rig_.local.Must("DELETE FROM " + type + " WHERE id = ?", {id});
    } else {
      rig_.local.Must(
          "INSERT INTO " + type + "(id, name) VALUES(?, ?) ON CONFLICT(id) DO UPDATE SET name = excluded.name",
          {id, name});
      model_.visible[{type, id}] = name;
    }
    has_queue_ = has_target_ = true;
    has_seen_ = false;
  }

  void Upload() {
    rig_.EmptyQueue();
    has_queue_ = false;
    if (!has_target_) return;
    rig_.SetTarget(*write_checkpoint_);
  }

  bool GateIsOpen() const { return !has_queue_ && (!has_target_ || has_seen_); }

  void ClearSoftly() {
    Require(rig_.downloads->Stop());
    Require(rig_.downloads->Clear({true, true}));
    Require(rig_.downloads->Start());
    model_.visible.clear();
    model_.MarkAllNew();
    has_queue_ = has_target_ = has_seen_ = false;
    Compare();
  }

  void Resync() {
    Require(rig_.downloads->Stop());
    Require(rig_.downloads->Resync(Pick(2) == 0));
    Require(rig_.downloads->Start());
    model_.MarkAllNew();
  }

  SeededRandom random_;
  DownloadRig rig_;
  Model model_;
  std::map<std::string, std::int64_t> last_op_;
  std::set<std::string> named_;
  std::optional<std::int64_t> write_checkpoint_ = 5;
  bool has_queue_ = false, has_target_ = false, has_seen_ = false;
};

TEST_CASE(
    "visible rows and sums follow the model through any history",
    "[property][store][P-060][P-061][P-062][C-100][C-112][C-120][C-123][C-124][C-125][C-129][C-140][C-201][C-203]") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    Simulation simulation(seed);
    for (int step = 0; step < 60; ++step) {
      INFO("step " << step);
      simulation.Step();
      simulation.CheckBareEntries();
    }
    simulation.OpenGate();
    simulation.PublishFull();
  }
}

}  // namespace
}  // namespace skerry::test
