// Download progress (client-core 14).
#include "support/catch.h"
#include "support/download_rig.h"

namespace skerry::test {
namespace {

using store::ProgressCount;

bucket::Checkpoint Counting(std::initializer_list<std::pair<BucketSpec, std::int64_t>> buckets) {
  bucket::Checkpoint checkpoint;
  checkpoint.last_op_id = OpId{1000};
  for (const auto& [spec, count] : buckets) {
    bucket::BucketState state;
    state.name = spec.name;
    state.priority = spec.priority;
    state.count = count;
    checkpoint.buckets.push_back(std::move(state));
  }
  return checkpoint;
}

void Download(DownloadRig& rig, std::string_view bucket, int count, std::int64_t first) {
  for (int i = 0; i < count; ++i) rig.Line(bucket, {PutList(first + i, std::to_string(first + i), "x")});
}

ProgressCount Total(const DownloadRig& rig) {
  const auto progress = rig.downloads->Progress();
  REQUIRE(progress);
  return progress->Total();
}

TEST_CASE("an interrupted download goes on counting where it stopped", "[store][C-151]") {
  DownloadRig rig;
  rig.Track(Counting({{"a", 10}}));
  CHECK(Total(rig) == ProgressCount{0, 10});
  Download(rig, "a", 5, 1);
  CHECK(Total(rig) == ProgressCount{5, 10});
  CHECK(Total(rig).Fraction() == 0.5);
  Require(rig.downloads->Stop());
  CHECK_FALSE(rig.downloads->Progress());
  rig.Restart();
  rig.Track(Counting({{"a", 12}}));
  CHECK(Total(rig) == ProgressCount{5, 12});
}

TEST_CASE("a bucket that shrank by compaction restarts every counter", "[store][C-150]") {
  DownloadRig rig;
  Download(rig, "a", 5, 1);
  Download(rig, "b", 2, 6);
  rig.Flush();
  rig.Track(Counting({{"a", 4}, {"b", 9}}));
  CHECK(Total(rig) == ProgressCount{0, 13});
  CHECK(rig.local.OwnRows("SELECT sum(count_since_last), sum(count_at_last) FROM ps_buckets") ==
        std::vector<std::string>{"0|0"});
  rig.Restart();
  rig.Track(Counting({{"a", 4}, {"b", 9}}));
  CHECK(Total(rig) == ProgressCount{0, 13});
}

TEST_CASE("after a full sync only what is new counts, a partial one resets nothing", "[store][C-126][C-152]") {
  DownloadRig rig;
  Download(rig, "a", 10, 1);
  Download(rig, "b", 1, 11);
  auto checkpoint = rig.Checkpoint({{"a", 1}, {"b", 3}});
  rig.Track(checkpoint);
  rig.Complete(checkpoint, 1);
  CHECK(Total(rig) == ProgressCount{11, 11});
  rig.Complete(checkpoint);
  CHECK_FALSE(rig.downloads->Progress());
  rig.Track(Counting({{{"a", 1}, 12}, {{"b", 3}, 1}}));
  CHECK(Total(rig) == ProgressCount{0, 2});
  Download(rig, "a", 1, 12);
  CHECK(Total(rig) == ProgressCount{1, 2});
}

TEST_CASE("progress has one entry per priority", "[store][C-153]") {
  DownloadRig rig;
  rig.Track(Counting({{{"a", 0}, 2}, {{"b", 2}, 3}, {{"c", 2}, 5}}));
  Download(rig, "a", 2, 1);
  Download(rig, "c", 1, 3);
  const auto progress = *rig.downloads->Progress();
  CHECK(progress.by_priority == std::map<bucket::Priority, ProgressCount>{{0, {2, 2}}, {2, {1, 8}}});
  CHECK(progress.UntilPriority(1) == ProgressCount{2, 2});
  CHECK(progress.UntilPriority(2) == ProgressCount{3, 10});
  CHECK(ProgressCount{}.Fraction() == 0);
  CHECK(rig.downloads->ProgressOf(std::vector<std::string>{"a", "c"}) == ProgressCount{3, 7});
}

TEST_CASE("the size of lines is summed per bucket", "[store]") {
  DownloadRig rig;
  Download(rig, "a", 3, 1);
  rig.Flush();
  CHECK(rig.local.OwnRows("SELECT downloaded_size FROM ps_buckets") == std::vector<std::string>{"300"});
}

}  // namespace
}  // namespace skerry::test
