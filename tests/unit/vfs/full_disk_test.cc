// Every write to a file fails once: the statement reports it, reads go on, nothing that was committed is lost, and when
// there is room again so is everything else.

#include "unit/vfs/support.h"

namespace skerry::vfs::test {
namespace {

constexpr const char* kFill =
    "BEGIN; WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 60) "
    "INSERT INTO t SELECT hex(randomblob(8)), randomblob(100) FROM c; UPDATE t SET data = randomblob(120); COMMIT";

// Runs the work with every write from the n-th on failing (`lasting`) or only that one; true if n was beyond the last
// write.
bool WorkWithFailure(int n, bool lasting, IoStatus failure) {
  Mounted files;
  Db db(*files.vfs);
  Db reader(*files.vfs);
  REQUIRE(db.Run("PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL") == SQLITE_OK);
  REQUIRE(db.Run("PRAGMA cache_size = 8; PRAGMA wal_autocheckpoint = 50") == SQLITE_OK);
  REQUIRE(db.Run("CREATE TABLE t(id TEXT PRIMARY KEY, data BLOB); INSERT INTO t VALUES ('first', 'x')") == SQLITE_OK);

  int writes = 0;
  const auto refuse = [&] {
    ++writes;
    return writes == n || (lasting && writes > n) ? failure : IoStatus::kOk;
  };
  files.main.before_write = files.wal.before_write = refuse;
  std::string expected = "1";
  for (int round = 1; round <= 2; ++round) {
    const int code = db.Run(kFill);
    const int primary = code & 0xff;
    REQUIRE((primary == SQLITE_OK || primary == (failure == IoStatus::kFull ? SQLITE_FULL : SQLITE_IOERR)));
    if (code == SQLITE_OK) expected = std::to_string(std::stoi(expected) + 60);
    // SQLite itself rolls back for most such errors; for the others it is up to us.
    if (sqlite3_get_autocommit(db.handle()) == 0) REQUIRE(db.Run("ROLLBACK") == SQLITE_OK);
    REQUIRE(reader.Value("SELECT count(*) FROM t") == expected);
    REQUIRE(db.Value("SELECT count(*) FROM t") == expected);
  }

  // Room again.
  files.main.before_write = files.wal.before_write = [] { return IoStatus::kOk; };
  REQUIRE(ReadCopy(files.main, files.wal, "SELECT count(*) FROM t") == expected);
  REQUIRE(db.Run(kFill) == SQLITE_OK);
  expected = std::to_string(std::stoi(expected) + 60);
  REQUIRE(db.Value("PRAGMA integrity_check") == "ok");
  REQUIRE(ReadCopy(files.main, files.wal, "SELECT count(*) FROM t") == expected);
  REQUIRE(reader.Close() == SQLITE_OK);
  REQUIRE(db.Close() == SQLITE_OK);
  REQUIRE(*files.wal.Size() == 0);
  REQUIRE(ReadCopy(files.main, files.wal, "SELECT count(*) FROM t") == expected);
  return writes < n;
}

}  // namespace

TEST_CASE("every write fails once and nothing is lost", "[vfs][fault]") {
  const bool lasting = GENERATE(false, true);
  const IoStatus failure = GENERATE(IoStatus::kFull, IoStatus::kFailed);
  CAPTURE(lasting, failure == IoStatus::kFull);
  int n = 1;
  while (!WorkWithFailure(n, lasting, failure)) ++n;
  CHECK(n > 20);
}

TEST_CASE("a full disk is SQLITE_FULL, another failure SQLITE_IOERR_WRITE", "[vfs][fault]") {
  Mounted files;
  Db db(*files.vfs);
  REQUIRE(db.Run(kWal) == SQLITE_OK);
  REQUIRE(db.Run("CREATE TABLE t(n)") == SQLITE_OK);
  files.wal.before_write = [] { return IoStatus::kFull; };
  CHECK(db.Run("INSERT INTO t VALUES (1)") == SQLITE_FULL);
  files.wal.before_write = [] { return IoStatus::kFailed; };
  CHECK(db.Run("INSERT INTO t VALUES (1)") == SQLITE_IOERR_WRITE);
  CHECK(db.Value("SELECT count(*) FROM t") == "0");
}

}  // namespace skerry::vfs::test
