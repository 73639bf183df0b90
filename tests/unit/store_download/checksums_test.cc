// Sums, validation, and what a wrong one costs (client-core 10, 12.3; sync-protocol 8, 16).
#include "support/catch.h"
#include "support/download_rig.h"

namespace skerry::test {
namespace {

using Outcome = store::PublishStart::Outcome;
using Rows = std::vector<std::string>;

Op WithSum(Op op, std::uint32_t checksum) {
  op.checksum = checksum;
  return op;
}

const char kBucket[] = "1#todos|0[\"l1\"]";

std::vector<Op> History(char kind) {
  const Op put2 = WithSum(Put(2, "todos", "t1", R"({"list_id":"l1","text":"Milk","done":0})"), 544833942);
  const Op put3 = WithSum(Put(3, "todos", "t2", R"({"list_id":"l1","text":"Eggs","done":0})"), 3619094873);
  const Op put4 = WithSum(Put(4, "todos", "t1", R"({"list_id":"l1","text":"Milk","done":1})"), 3990193410);
  const Op remove5 = WithSum(Remove(5, "todos", "t2"), 1350051779);
  if (kind == 'f') return {put2, put3, put4, remove5};
  if (kind == 'm') return {WithSum(Move(2), 544833942), WithSum(Move(3), 3619094873), put4, remove5};
  return {Clear(3, 4163928815), put4, remove5};
}

TEST_CASE("three histories of one bucket come to the same rows and sums", "[store][P-062][P-071][P-072][C-100]") {
  const char kind = GENERATE('f', 'm', 'c');
  const bool in_steps = GENERATE(false, true);
  DownloadRig rig;
  for (const Op& op : History(kind)) {
    rig.Line(kBucket, {op});
    if (in_steps) rig.Sync({kBucket});
  }
  bucket::Checkpoint checkpoint = rig.Checkpoint({kBucket});
  checkpoint.buckets[0].checksum = bucket::Checksum(914239412);
  rig.Track(checkpoint);
  CHECK(rig.Complete(checkpoint) == Outcome::kStarted);
  CHECK(rig.local.OwnRows("SELECT id, text, done FROM todos") == Rows{"t1|Milk|1"});
  CHECK(rig.local.OwnRows("SELECT add_checksum, op_checksum, op_count FROM ps_buckets") ==
        Rows{"1219013298|3990193410|1"});
}

TEST_CASE("a wrong sum drops exactly that bucket, publishes nothing and says what it got", "[store][C-131][P-076]") {
  DownloadRig rig;
  rig.Line("a", {WithSum(PutList(1, "l1", "a"), 4321)});
  rig.Line("b", {PutList(2, "l2", "b")});
  rig.Sync({"a", "b"});
  rig.Line("b", {PutList(3, "l2", "b2")});
  bucket::Checkpoint checkpoint = rig.Checkpoint({"a", "b"});
  checkpoint.buckets[0].checksum = bucket::Checksum(1234);
  rig.Track(checkpoint);
  const auto start = Require(rig.TryComplete(checkpoint));
  CHECK(start.outcome == Outcome::kMismatch);
  CHECK(store::DescribeMismatches(start.mismatches) ==
        "Checksums didn't match, failed for: a (expected 0x000004d2, got 0x000010e1 = 0x000010e1 (op) + 0x00000000 "
        "(add))");
  CHECK(rig.Lists() == Rows{"l1|a", "l2|b"});
  CHECK(rig.local.OwnRows("SELECT name FROM ps_buckets") == Rows{"b"});
  CHECK(rig.downloads->Positions().size() == 1);

  rig.Forget("a");
  rig.Line("a", {PutList(4, "l3", "again")});
  CHECK(rig.Sync({"a", "b"}) == Outcome::kStarted);
  CHECK(rig.Lists() == Rows{"l2|b2", "l3|again"});
  rig.CheckSums();
}

TEST_CASE("a bucket that is not known counts as zero", "[store][P-075]") {
  DownloadRig rig;
  CHECK(rig.Sync({"empty"}) == Outcome::kStarted);
  bucket::Checkpoint checkpoint = rig.Checkpoint({"empty"});
  checkpoint.buckets[0].checksum = bucket::Checksum(1);
  CHECK(rig.Complete(checkpoint) == Outcome::kMismatch);
}

TEST_CASE("sums wrap at 32 bits", "[store][P-074]") {
  DownloadRig rig;
  rig.Line("a", {WithSum(PutList(1, "l1", "x"), 0xffffffff), WithSum(PutList(2, "l2", "y"), 1)});
  bucket::Checkpoint checkpoint = rig.Checkpoint({"a"});
  checkpoint.buckets[0].checksum = bucket::Checksum(0);
  CHECK(rig.Complete(checkpoint) == Outcome::kStarted);
  rig.CheckSums();
}

TEST_CASE("an empty line changes nothing", "[store][P-057]") {
  DownloadRig rig;
  rig.Line("a", {});
  CHECK(rig.downloads->Positions().empty());
  rig.Line("a", {PutList(1, "l1", "x")});
  rig.Line("a", {});
  CHECK(Raw(rig.downloads->Positions().at(0).after) == 1);
}

}  // namespace
}  // namespace skerry::test
