// Downloads and publishes on storage that fails at every point in turn: readers see the old state or the new one, sums
// stay true, and the next attempt, after a restart too, comes to the end without loss.
#include <map>

#include "support/catch.h"
#include "support/download_rig.h"
#include "support/fault_vfs.h"

using namespace skerry;
using test::DownloadRig;
using test::Fault;
using test::FaultVfs;
using test::Op;
using Rows = std::vector<std::string>;

namespace {

sqlite::OpenOptions Options(const FaultVfs& vfs) { return {"download.db", vfs.name(), false, 4096, 64}; }

std::string Data(const std::string& name) {
  return R"({"name":")" + name + R"(","owner":")" + std::string(700, 'o') + "\"}";
}

// What the service has: every bucket's operations, so that any of them can be sent again.
struct Service {
  std::map<std::string, std::vector<Op>> buckets;
  std::map<std::string, std::string> rows;  // What a client shows that has it all.

  Service(bool with_changes) {
    std::int64_t id = 0;
    for (int i = 0; i < 24; ++i) {
      const std::string row = "l" + std::to_string(10 + i);
      Add(i % 2 == 0 ? "a" : "b", test::Put(++id, "lists", row, Data("old")));
      rows[row] = "old";
    }
    first = id;
    if (!with_changes) return;
    for (int i = 0; i < 24; i += 3) {
      const std::string row = "l" + std::to_string(10 + i);
      const char* bucket = i % 2 == 0 ? "a" : "b";
      if (i % 4 == 0) {
        Add(bucket, test::Remove(++id, "lists", row));
        rows.erase(row);
      } else {
        Add(bucket, test::Put(++id, "lists", row, Data("new")));
        rows[row] = "new";
      }
    }
    for (int i = 0; i < 12; ++i) {
      const std::string row = "n" + std::to_string(10 + i);
      Add("c", test::Put(++id, "lists", row, Data("new")));
      rows[row] = "new";
    }
    last = id;
  }

  void Add(const std::string& bucket, Op op) { buckets[bucket].push_back(std::move(op)); }

  bucket::Checkpoint Checkpoint() const {
    bucket::Checkpoint checkpoint;
    checkpoint.last_op_id = OpId{std::max(first, last)};
    for (const auto& [name, operations] : buckets) {
      bucket::BucketState state;
      state.name = name;
      for (const Op& op : operations) state.checksum += op.View().checksum;
      state.count = static_cast<std::int64_t>(operations.size());
      checkpoint.buckets.push_back(std::move(state));
    }
    return checkpoint;
  }

  Rows Shown() const {
    Rows shown;
    for (const auto& [row, name] : rows) shown.push_back(row + "|" + name);
    return shown;
  }

  // Sends what comes after the client's positions, in lines of three, with a flush after each.
  Status Send(DownloadRig& rig, int attempts) const {
    std::map<std::string, std::int64_t> after;
    for (const auto& position : rig.downloads->Positions()) after[position.name] = Raw(position.after);
    for (const auto& [bucket, operations] : buckets) {
      std::vector<Op> line;
      for (const Op& op : operations) {
        if (op.id > after[bucket]) line.push_back(op);
        if (line.size() < 3 && &op != &operations.back()) continue;
        rig.Line(bucket, line);
        line.clear();
        SKERRY_TRY(Try(attempts, [&] { return rig.downloads->Flush(); }));
      }
    }
    return kDone;
  }

  template <typename Act>
  static Status Try(int attempts, Act act) {
    Status status = act();
    while (!status.ok() && --attempts > 0) status = act();
    return status;
  }

  std::int64_t first = 0, last = 0;
};

// Lines, checkpoint, publish; each part tried `attempts` times. Between the tries readers must see the old rows.
Status Work(DownloadRig& rig, const Service& service, int attempts) {
  SKERRY_TRY(service.Send(rig, attempts));
  const auto checkpoint = service.Checkpoint();
  const auto track = [&]() -> Status {
    SKERRY_TRY(rig.downloads->TrackCheckpoint(checkpoint, {}));
    return kDone;
  };
  SKERRY_TRY(Service::Try(attempts, track));
  return Service::Try(attempts, [&]() -> Status {
    SKERRY_ASSIGN(start, rig.TryComplete(checkpoint, std::nullopt, 5));
    if (start.outcome == store::PublishStart::Outcome::kStarted) return kDone;
    return Error{ErrorCode::kInternal, "not published: " + store::DescribeMismatches(start.mismatches)};
  });
}

Rows Lists(DownloadRig& rig) { return rig.Lists(); }

// The stored sums of every bucket are those of its operations up to its position, and op_checksum that of its rows.
void CheckStored(DownloadRig& rig, const Service& service) {
  CHECK(rig.local.OwnRows("PRAGMA integrity_check") == Rows{"ok"});
  for (const auto& position : rig.downloads->Positions()) {
    INFO(position.name);
    bucket::Checksum sum;
    for (const Op& op : service.buckets.at(position.name)) {
      if (op.id <= Raw(position.after)) sum += op.View().checksum;
    }
    const std::string name = sqlite::QuoteText(position.name);
    CHECK(rig.local.OwnRows("SELECT (add_checksum + op_checksum) & 0xffffffff, op_checksum, op_count FROM ps_buckets "
                            "WHERE name = " +
                            name) == rig.local.OwnRows("SELECT " + std::to_string(sum.value()) +
                                                       ", ifnull(sum(hash), 0) & 0xffffffff, count(*) FROM ps_oplog "
                                                       "WHERE bucket = (SELECT id FROM ps_buckets WHERE name = " +
                                                       name + ")"));
  }
}

void Prepare(DownloadRig& rig) { test::Require(Work(rig, Service(false), 1)); }

// A failure at call n, in a client that goes on. False when the work has fewer calls.
bool FailAndGoOn(int n, Fault fault, bool for_good) {
  INFO("call " << n << ", fault " << static_cast<int>(fault) << ", for good " << for_good);
  FaultVfs vfs;
  DownloadRig rig(test::kTodoSchema, Options(vfs));
  Prepare(rig);
  const Service service(true);
  vfs.FailAt(n, fault, for_good);
  const Status worked = Work(rig, service, 2);
  const bool failed = vfs.has_failed();
  vfs.NeverFail();
  CHECK_FALSE(rig.local.db->InTransaction());
  if (!worked.ok()) {
    CHECK(for_good);
    CHECK((worked.error().code == ErrorCode::kStorageFull || worked.error().code == ErrorCode::kStorageIo));
    CHECK(Lists(rig) == Service(false).Shown());
    test::Require(Work(rig, service, 1));
  }
  CHECK(Lists(rig) == service.Shown());
  CHECK(rig.local.UpdatedRows().empty());
  CheckStored(rig, service);
  return failed;
}

// The process dies, or the power goes, at call n; a new one goes on where the file says. False when there is no call n.
bool DieAndRestart(int n, bool lose_power) {
  INFO("call " << n << ", power loss " << lose_power);
  FaultVfs vfs;
  const Service service(true);
  bool reached = false;
  bool done = false;
  {
    DownloadRig rig(test::kTodoSchema, Options(vfs));
    Prepare(rig);
    // The state before is safe, so that a power loss takes at most what follows.
    rig.local.OwnSql("PRAGMA wal_checkpoint(TRUNCATE)");
    vfs.PullPlugAt(n);
    done = Work(rig, service, 1).ok();
    reached = vfs.has_failed() || vfs.dead();
  }
  if (lose_power) {
    vfs.RestartAfterPowerLoss(static_cast<std::uint64_t>(n));
  } else {
    vfs.Restart();
  }
  DownloadRig rig(test::kTodoSchema, Options(vfs));
  const Rows shown = Lists(rig);
  CHECK((shown == service.Shown() || (!done || lose_power) == true));
  CHECK((shown == service.Shown() || shown == Service(false).Shown()));
  CheckStored(rig, service);
  test::Require(Work(rig, service, 1));
  CHECK(Lists(rig) == service.Shown());
  CheckStored(rig, service);
  return reached;
}

}  // namespace

TEST_CASE("the download itself succeeds and makes enough calls for its failures to mean something", "[fault][store]") {
  FaultVfs vfs;
  DownloadRig rig(test::kTodoSchema, Options(vfs));
  Prepare(rig);
  CHECK(Lists(rig) == Service(false).Shown());
  vfs.NeverFail();
  test::Require(Work(rig, Service(true), 1));
  CHECK(vfs.calls() > 60);
  CHECK(Lists(rig) == Service(true).Shown());
}

TEST_CASE("a full disk or an I/O error at any call costs one attempt and nothing else",
          "[fault][store][C-114][C-120]") {
  for (const Fault fault : {Fault::kFull, Fault::kIoError}) {
    for (int n = 1; FailAndGoOn(n, fault, false); ++n) continue;
  }
}

TEST_CASE("a disk that stays full leaves the old rows, and the download goes on when there is room",
          "[fault][store][C-120]") {
  for (int n = 1; FailAndGoOn(n, Fault::kFull, true); ++n) continue;
}

TEST_CASE("a client that dies at any call goes on from its file", "[fault][store][C-100][C-101][C-120]") {
  for (int n = 1; DieAndRestart(n, false); ++n) continue;
}

TEST_CASE("a power loss at any call leaves the old state or the new one", "[fault][store][C-100][C-120]") {
  for (int n = 1; DieAndRestart(n, true); ++n) continue;
}
