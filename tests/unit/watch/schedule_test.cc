#include "watch/schedule.h"

#include "support/catch.h"

namespace skerry {
namespace {

using watch::Dependencies;
using watch::Schedule;
using watch::WatchId;
using Ms = std::chrono::milliseconds;

constexpr WatchId kA{1}, kB{2};

watch::Throttle Gap(int ms, bool trailing = false) { return {Ms(ms), trailing}; }

}  // namespace

TEST_CASE("a new watch is due at once", "[watch][schedule]") {
  Schedule schedule;
  schedule.Add(kA, Gap(30), {{"t"}, false}, Ms(5));
  CHECK(schedule.HasDue(Ms(5)));
  CHECK(schedule.TakeDue(Ms(5)) == kA);
  CHECK_FALSE(schedule.HasDue(Ms(5000)));
  CHECK_FALSE(schedule.NextDue());
}

TEST_CASE("leading edge, then one run per gap", "[watch][schedule]") {
  Schedule schedule;
  schedule.Add(kA, Gap(30), {{"t"}, false}, Ms(0));
  (void)schedule.TakeDue(Ms(0));
  schedule.TablesChanged({"t"}, Ms(100));
  CHECK(schedule.TakeDue(Ms(100)) == kA);
  schedule.TablesChanged({"t"}, Ms(101));
  schedule.TablesChanged({"t"}, Ms(110));
  CHECK_FALSE(schedule.HasDue(Ms(129)));
  CHECK(schedule.NextDue() == Ms(130));
  CHECK(schedule.TakeDue(Ms(130)) == kA);
  CHECK_FALSE(schedule.TakeDue(Ms(1000)));
}

TEST_CASE("trailing watches wait, and a burst is one run", "[watch][schedule]") {
  Schedule schedule;
  schedule.Add(kA, Gap(30, true), {{"t"}, false}, Ms(0));
  (void)schedule.TakeDue(Ms(0));
  for (int at = 100; at < 130; at += 5) schedule.TablesChanged({"t"}, Ms(at));
  CHECK(schedule.NextDue() == Ms(130));
  CHECK(schedule.TakeDue(Ms(130)) == kA);
  CHECK_FALSE(schedule.NextDue());
}

TEST_CASE("a commit during a run is not lost", "[watch][schedule]") {
  Schedule schedule;
  schedule.Add(kA, Gap(0), {{"t"}, false}, Ms(0));
  CHECK(schedule.TakeDue(Ms(0)) == kA);
  schedule.TablesChanged({"t"}, Ms(0));
  CHECK(schedule.TakeDue(Ms(0)) == kA);
}

TEST_CASE("only readers of a changed table become due, in the order in which they did", "[watch][schedule]") {
  Schedule schedule;
  schedule.Add(kA, Gap(0), {{"t", "u"}, false}, Ms(0));
  schedule.Add(kB, Gap(0), {{"u"}, false}, Ms(0));
  CHECK(schedule.TakeDue(Ms(0)) == kA);
  CHECK(schedule.TakeDue(Ms(0)) == kB);
  schedule.TablesChanged({"other"}, Ms(1));
  CHECK_FALSE(schedule.HasDue(Ms(1)));
  schedule.TablesChanged({"t"}, Ms(1));
  CHECK(schedule.TakeDue(Ms(1)) == kA);
  CHECK_FALSE(schedule.HasDue(Ms(1)));
}

TEST_CASE("new dependencies replace the old ones", "[watch][schedule]") {
  Schedule schedule;
  schedule.Add(kA, Gap(0), {{"t"}, false}, Ms(0));
  (void)schedule.TakeDue(Ms(0));
  schedule.SetDependencies(kA, {{"u"}, false});
  schedule.TablesChanged({"t"}, Ms(1));
  CHECK_FALSE(schedule.HasDue(Ms(1)));
  schedule.TablesChanged({"u"}, Ms(1));
  CHECK(schedule.HasDue(Ms(1)));
}

TEST_CASE("removed watches are never due, and their id can be used again", "[watch][schedule]") {
  Schedule schedule;
  schedule.Add(kA, Gap(0), {{"t"}, true}, Ms(0));
  schedule.Remove(kA);
  schedule.Remove(kA);
  schedule.TablesChanged({"t"}, Ms(1));
  schedule.EverythingChanged(Ms(1));
  CHECK_FALSE(schedule.HasDue(Ms(1)));
  schedule.Add(kA, Gap(0), {{"u"}, false}, Ms(2));
  CHECK(schedule.TakeDue(Ms(2)) == kA);
}

TEST_CASE("a watch of every commit and a changed schema make due what names no table", "[watch][schedule]") {
  Schedule schedule;
  schedule.Add(kA, Gap(0), {{}, true}, Ms(0));
  schedule.Add(kB, Gap(0), {{}, false}, Ms(0));
  (void)schedule.TakeDue(Ms(0));
  (void)schedule.TakeDue(Ms(0));
  schedule.TablesChanged({}, Ms(1));
  CHECK(schedule.TakeDue(Ms(1)) == kA);
  CHECK_FALSE(schedule.HasDue(Ms(1)));
  schedule.EverythingChanged(Ms(2));
  CHECK(schedule.TakeDue(Ms(2)).has_value());
  CHECK(schedule.TakeDue(Ms(2)).has_value());
}

TEST_CASE("a postponed watch waits until its time", "[watch][schedule]") {
  Schedule schedule;
  schedule.Add(kA, Gap(0), {{"t"}, false}, Ms(0));
  (void)schedule.TakeDue(Ms(0));
  schedule.Postpone(kA, Ms(50));
  CHECK_FALSE(schedule.HasDue(Ms(49)));
  CHECK(schedule.TakeDue(Ms(50)) == kA);
}

}  // namespace skerry
