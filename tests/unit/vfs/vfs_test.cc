#include "vfs/vfs.h"

#include "unit/vfs/support.h"

namespace skerry::vfs::test {

TEST_CASE("a reader keeps its snapshot while a write transaction is open, and sees the commit after", "[vfs]") {
  Mounted files;
  Db writer(*files.vfs);
  Db reader(*files.vfs);
  REQUIRE(writer.Run(kWal) == SQLITE_OK);
  REQUIRE(writer.Run("CREATE TABLE t(n); INSERT INTO t VALUES (1)") == SQLITE_OK);
  REQUIRE(reader.Run("BEGIN") == SQLITE_OK);
  CHECK(reader.Value("SELECT count(*) FROM t") == "1");

  REQUIRE(writer.Run("PRAGMA cache_size = 5; BEGIN IMMEDIATE") == SQLITE_OK);
  REQUIRE(writer.Run("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000) "
                     "INSERT INTO t SELECT randomblob(500) FROM c") == SQLITE_OK);
  CHECK(reader.Value("SELECT count(*) FROM t") == "1");
  CHECK(writer.Value("SELECT count(*) FROM t") == "1001");
  REQUIRE(writer.Run("COMMIT") == SQLITE_OK);
  CHECK(reader.Value("SELECT count(*) FROM t") == "1");
  REQUIRE(reader.Run("COMMIT") == SQLITE_OK);
  CHECK(reader.Value("SELECT count(*) FROM t") == "1001");
  CHECK(reader.Value("PRAGMA integrity_check") == "ok");
}

TEST_CASE("a second writer is told busy at once, and a reader is not disturbed", "[vfs]") {
  Mounted files;
  Db first(*files.vfs);
  Db second(*files.vfs);
  REQUIRE(first.Run(kWal) == SQLITE_OK);
  REQUIRE(first.Run("CREATE TABLE t(n); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)") == SQLITE_OK);
  CHECK(second.Run("BEGIN IMMEDIATE") == SQLITE_BUSY);
  CHECK(second.Value("SELECT count(*) FROM t") == "0");
  REQUIRE(first.Run("COMMIT") == SQLITE_OK);
  CHECK(second.Run("INSERT INTO t VALUES (2)") == SQLITE_OK);
  CHECK(first.Value("SELECT count(*) FROM t") == "2");
}

TEST_CASE("a commit is in the files when it returns, without a sync", "[vfs]") {
  const std::string page_size = GENERATE("512", "1024", "4096", "16384", "65536");
  CAPTURE(page_size);
  Mounted files;
  Db db(*files.vfs);
  REQUIRE(db.Run("PRAGMA page_size = " + page_size) == SQLITE_OK);
  REQUIRE(db.Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE t(n)") == SQLITE_OK);
  const int flushes = files.wal.flushes;
  for (int n = 1; n <= 20; ++n) {
    REQUIRE(db.Run("INSERT INTO t VALUES (randomblob(300))") == SQLITE_OK);
    REQUIRE(ReadCopy(files.main, files.wal, "SELECT count(*) FROM t") == std::to_string(n));
  }
  CHECK(files.wal.flushes == flushes);
}

TEST_CASE("what a commit and a checkpoint flush is the choice of whoever mounts", "[vfs]") {
  const auto durability = GENERATE(Durability::kOff, Durability::kNormal, Durability::kFull);
  CAPTURE(static_cast<int>(durability));
  Mounted files("skerry-test", durability);
  Db db(*files.vfs);
  REQUIRE(db.Run(kWal) == SQLITE_OK);
  REQUIRE(db.Run("CREATE TABLE t(n)") == SQLITE_OK);
  const int before = files.wal.flushes;
  for (int n = 0; n < 10; ++n) REQUIRE(db.Run("INSERT INTO t VALUES (1)") == SQLITE_OK);
  CHECK(files.wal.flushes - before == (durability == Durability::kFull ? 10 : 0));
  REQUIRE(db.Run("PRAGMA wal_checkpoint") == SQLITE_OK);
  CHECK((files.main.flushes > 0) == (durability != Durability::kOff));
}

TEST_CASE("a small commit is one write", "[vfs]") {
  Mounted files;
  Db db(*files.vfs);
  REQUIRE(db.Run(kWal) == SQLITE_OK);
  REQUIRE(db.Run("CREATE TABLE t(n); CREATE INDEX i ON t(n); INSERT INTO t VALUES (0)") == SQLITE_OK);
  const int before = files.wal.writes;
  for (int n = 0; n < 100; ++n) REQUIRE(db.Run("INSERT INTO t VALUES (random())") == SQLITE_OK);
  CHECK(files.wal.writes - before == 100);
}

TEST_CASE("a commit after a rolled back transaction is one write as well", "[vfs]") {
  Mounted files;
  Db db(*files.vfs);
  REQUIRE(db.Run(kWal) == SQLITE_OK);
  REQUIRE(db.Run("CREATE TABLE t(n); PRAGMA cache_size = 3; BEGIN") == SQLITE_OK);
  for (int n = 0; n < 200; ++n) REQUIRE(db.Run("INSERT INTO t VALUES (randomblob(1000))") == SQLITE_OK);
  REQUIRE(db.Run("ROLLBACK") == SQLITE_OK);
  const int before = files.wal.writes;
  REQUIRE(db.Run("INSERT INTO t VALUES (1)") == SQLITE_OK);
  CHECK(files.wal.writes - before == 1);
  CHECK(ReadCopy(files.main, files.wal, "SELECT count(*) FROM t") == "1");
}

TEST_CASE("a checkpoint writes neighbouring pages together and syncs both files", "[vfs]") {
  Mounted files;
  Db db(*files.vfs);
  REQUIRE(db.Run(kWal) == SQLITE_OK);
  REQUIRE(db.Run("CREATE TABLE t(n); PRAGMA wal_autocheckpoint = 0; BEGIN") == SQLITE_OK);
  for (int n = 0; n < 500; ++n) REQUIRE(db.Run("INSERT INTO t VALUES (randomblob(2000))") == SQLITE_OK);
  REQUIRE(db.Run("COMMIT") == SQLITE_OK);
  const int writes = files.main.writes;
  const int main_flushes = files.main.flushes;
  const int wal_flushes = files.wal.flushes;
  REQUIRE(db.Run("PRAGMA wal_checkpoint(PASSIVE)") == SQLITE_OK);
  CHECK(std::stoi(db.Value("PRAGMA page_count")) > 240);
  CHECK(files.main.writes - writes <= 4);
  CHECK(files.main.flushes > main_flushes);
  CHECK(files.wal.flushes > wal_flushes);
}

TEST_CASE("a partial checkpoint beside an open reader loses nothing and disturbs nobody", "[vfs]") {
  Mounted files;
  Db writer(*files.vfs);
  Db reader(*files.vfs);
  REQUIRE(writer.Run(kWal) == SQLITE_OK);
  REQUIRE(writer.Run("CREATE TABLE t(n); INSERT INTO t VALUES (1)") == SQLITE_OK);
  REQUIRE(reader.Run("BEGIN") == SQLITE_OK);
  REQUIRE(reader.Value("SELECT count(*) FROM t") == "1");
  REQUIRE(writer.Run("INSERT INTO t VALUES (2); PRAGMA wal_checkpoint(PASSIVE); INSERT INTO t VALUES (3)") ==
          SQLITE_OK);
  CHECK(reader.Value("SELECT sum(n) FROM t") == "1");
  CHECK(ReadCopy(files.main, files.wal, "SELECT sum(n) FROM t") == "6");
  CHECK(writer.Run("PRAGMA wal_checkpoint(TRUNCATE)") == SQLITE_OK);
  REQUIRE(reader.Run("COMMIT") == SQLITE_OK);
  CHECK(reader.Value("SELECT sum(n) FROM t") == "6");
}

TEST_CASE("closing the last connection leaves one plain file and an empty WAL", "[vfs]") {
  Mounted files;
  {
    Db first(*files.vfs);
    Db second(*files.vfs);
    REQUIRE(first.Run(kWal) == SQLITE_OK);
    REQUIRE(first.Run("CREATE TABLE t(n); INSERT INTO t VALUES (42)") == SQLITE_OK);
    REQUIRE(second.Value("SELECT n FROM t") == "42");
    CHECK(first.Close() == SQLITE_OK);
    CHECK(*files.wal.Size() > 0);
    CHECK_FALSE(files.vfs->Unmount("test.db"));
  }
  CHECK(*files.wal.Size() == 0);
  const auto header = ContentOf(files.main);
  CHECK(std::string(header.begin(), header.begin() + 15) == "SQLite format 3");
  CHECK(files.vfs->Unmount("test.db"));
  Db gone(*files.vfs);
  CHECK(gone.opened() == SQLITE_CANTOPEN);
}

TEST_CASE("a database that is not mounted cannot be opened", "[vfs]") {
  Mounted files;
  Db other(*files.vfs, "other.db");
  CHECK(other.opened() == SQLITE_CANTOPEN);
}

TEST_CASE("a name is mounted once", "[vfs]") {
  Mounted files;
  CHECK_FALSE(files.vfs->Mount("test.db", std::make_unique<MemoryBackend>(), std::make_unique<MemoryBackend>()));
}

TEST_CASE("temporary tables and large sorts work", "[vfs]") {
  Mounted files;
  Db db(*files.vfs);
  REQUIRE(db.Run(kWal) == SQLITE_OK);
  REQUIRE(db.Run("PRAGMA temp_store = FILE; PRAGMA cache_size = 5; PRAGMA cache_spill = 5; CREATE TEMP TABLE big AS "
                 "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000) "
                 "SELECT n, hex(randomblob(50)) AS text FROM c") == SQLITE_OK);
  CHECK(db.Value("SELECT count(*) FROM (SELECT text FROM big ORDER BY text LIMIT 20000)") == "20000");
}

TEST_CASE("a rollback journal works, although only the WAL survives a crash", "[vfs]") {
  Mounted files;
  Db db(*files.vfs);
  REQUIRE(db.Value("PRAGMA journal_mode = DELETE") == "delete");
  REQUIRE(db.Run("CREATE TABLE t(n); INSERT INTO t VALUES (1); BEGIN; UPDATE t SET n = 2; ROLLBACK") == SQLITE_OK);
  CHECK(db.Value("SELECT n FROM t") == "1");
  CHECK(ReadCopy(files.main, files.wal, "SELECT n FROM t") == "1");
}

TEST_CASE("the clock and the randomness are the host's", "[vfs]") {
  Mounted files;
  Db db(*files.vfs);
  CHECK(db.Value("SELECT strftime('%s', 'now')") == "1700000000");
}

}  // namespace skerry::vfs::test
