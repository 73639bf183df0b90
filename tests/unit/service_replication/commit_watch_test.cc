// How a SQLite source learns that another program writes.
#include "replication/sqlite/commit_watch.h"

#include <poll.h>

#include <filesystem>
#include <string>

#include "sqlite/connection.h"
#include "support/catch.h"
#include "support/must.h"
#include "support/temp_dir.h"

namespace skerry::replication {
namespace {

using test::Must;

bool BecomesReadable(int descriptor) {
  pollfd wait{.fd = descriptor, .events = POLLIN, .revents = 0};
  return poll(&wait, 1, 60'000) == 1;
}

}  // namespace

TEST_CASE("a commit of another connection is told once", "[replication]") {
  test::TempDir folder;
  const std::string path = folder / "app.db";
  const auto app = Must(sqlite::Connection::Open({.path = path, .page_size = 4096}));
  Must(app->Execute("CREATE TABLE t(x); INSERT INTO t VALUES (1)"));
  REQUIRE(std::filesystem::exists(path + "-wal"));

  CommitWatch watch(path);
  CHECK_FALSE(watch.TakeWrites());  // What was before is not news.
  REQUIRE(watch.readable() >= 0);
  for (int i = 0; i < 3; ++i) {
    Must(app->Execute("INSERT INTO t VALUES (2)"));
    CHECK(BecomesReadable(watch.readable()));
    CHECK(watch.TakeWrites());
    CHECK_FALSE(watch.TakeWrites());
  }
}

TEST_CASE("a log that is made later is watched from then on", "[replication]") {
  test::TempDir folder;
  const std::string path = folder / "app.db";
  CommitWatch watch(path);
  CHECK_FALSE(watch.TakeWrites());
  CHECK(watch.readable() == -1);  // Nothing to wait on: whoever waits looks now and then.
  const auto app = Must(sqlite::Connection::Open({.path = path, .page_size = 4096}));
  Must(app->Execute("CREATE TABLE t(x)"));
  (void)watch.TakeWrites();
  REQUIRE(watch.readable() >= 0);
  Must(app->Execute("INSERT INTO t VALUES (1)"));
  CHECK(BecomesReadable(watch.readable()));
}

}  // namespace skerry::replication
