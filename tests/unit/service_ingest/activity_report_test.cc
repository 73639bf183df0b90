// The line that replication gets in the log, once a minute.
#include "ingest/activity_report.h"

#include "support/catch.h"

namespace skerry::ingest {

using namespace std::chrono_literals;

TEST_CASE("replication is summed up once a minute", "[ingest]") {
  ActivityReport report(1000ms);
  Ingester::Counters counters{.rows = 10, .bytes = 200, .transactions = 3, .chunks = 1, .publications = 2};
  CHECK_FALSE(report.Take(counters, 1500ms));
  CHECK_FALSE(report.Take(counters, 60'999ms));
  const auto first = report.Take(counters, 61'000ms);
  REQUIRE(first);
  CHECK(first->InWords() == "replicated 10 rows, 200 bytes, in 3 transactions and 2 checkpoints within 60 s");
  CHECK_FALSE(report.Take(counters, 61'001ms));

  counters.rows = 12;
  counters.bytes = 230;
  counters.transactions = 4;
  counters.publications = 9;
  CHECK_FALSE(report.Take(counters, 100'000ms));
  const auto second = report.Take(counters, 125'000ms);
  REQUIRE(second);
  CHECK(second->InWords() == "replicated 2 rows, 30 bytes, in 1 transactions and 7 checkpoints within 64 s");
}

TEST_CASE("a minute without rows is not worth a line", "[ingest]") {
  ActivityReport report(0ms);
  Ingester::Counters counters{.rows = 5, .publications = 1};
  CHECK(report.Take(counters, 60'000ms));
  counters.publications = 6;  // Write checkpoints, say.
  CHECK_FALSE(report.Take(counters, 120'000ms));
  // The next line is about its own minute.
  counters.rows = 6;
  const auto next = report.Take(counters, 180'000ms);
  REQUIRE(next);
  CHECK(next->during == 60'000ms);
  CHECK(next->since_last.rows == 1);
}

}  // namespace skerry::ingest
