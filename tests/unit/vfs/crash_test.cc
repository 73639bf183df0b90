// The worker may be killed at any instruction. Whatever was pushed to the files by then must open as a sound database
// with every commit that was reported, and none half.

#include <random>

#include "unit/vfs/support.h"

namespace skerry::vfs::test {
namespace {

// Transaction k puts k into `progress` and rows of its own into `t`, so what a crash leaves says by itself whether it
// is whole.
constexpr const char* kSetup =
    "CREATE TABLE progress(k INTEGER, written INTEGER); INSERT INTO progress VALUES (0, 0);"
    "CREATE TABLE t(id TEXT PRIMARY KEY, k INTEGER, data BLOB) WITHOUT ROWID";
constexpr const char* kLook =
    "SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 't') THEN 0 ELSE 1 END";
constexpr const char* kProgress =
    "SELECT CASE WHEN written = (SELECT count(*) FROM t) THEN k ELSE 'rows are missing or too many' END FROM progress";

// Looks at the files after each change and keeps the first thing that is wrong; assertions wait until SQLite has
// returned.
class Crashes {
 public:
  Crashes(Mounted& files, std::string sql) : files_(files), sql_(std::move(sql)) {
    files_.main.torn = files_.wal.torn = true;
    files_.main.after_change = files_.wal.after_change = [this] { Look(); };
  }
  ~Crashes() {
    files_.main.after_change = files_.wal.after_change = [] {};
  }

  std::string allowed = "0";       // What the last commit left, and ...
  std::string also_allowed = "0";  // ... what the running transaction is about to leave.
  std::string problem;
  int looks = 0;

 private:
  void Look() {
    ++looks;
    const std::string found = ReadCopy(files_.main, files_.wal, sql_);
    if (problem.empty() && found != allowed && found != also_allowed) {
      problem = "expected " + allowed + " or " + also_allowed + ", found " + found;
    }
  }
  Mounted& files_;
  const std::string sql_;
};

std::string InsertRows(int k, int rows, int size) {
  const std::string number = std::to_string(k);
  return "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < " + std::to_string(rows) +
         ") INSERT INTO t SELECT hex(randomblob(8)), " + number + ", randomblob(" + std::to_string(size) +
         ") FROM c; UPDATE progress SET k = " + number + ", written = (SELECT count(*) FROM t)";
}

}  // namespace

TEST_CASE("a crash at any write leaves the last commit or the one under way", "[vfs][fault]") {
  const unsigned seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  Mounted files;
  Db db(*files.vfs);
  Db reader(*files.vfs);
  REQUIRE(db.Run("PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL") == SQLITE_OK);
  // A small cache spills in mid-transaction and writes over its own frames; small limits make checkpoints frequent.
  REQUIRE(db.Run("PRAGMA cache_size = 8; PRAGMA wal_autocheckpoint = 60") == SQLITE_OK);
  REQUIRE(db.Run(kSetup) == SQLITE_OK);
  Crashes crashes(files, kProgress);

  for (int k = 1; k <= 25; ++k) {
    crashes.also_allowed = std::to_string(k);
    const bool hold_snapshot = below(3) == 0;
    if (hold_snapshot) {
      REQUIRE(reader.Run("BEGIN") == SQLITE_OK);
      REQUIRE(reader.Value("SELECT k FROM progress") == std::to_string(k - 1));
    }
    if (below(4) == 0) {
      REQUIRE(db.Run("BEGIN; " + InsertRows(k, 30, 200) + "; ROLLBACK") == SQLITE_OK);
    }
    const int rows = below(5) == 0 ? 60 : below(4) + 1;
    REQUIRE(db.Run("BEGIN; " + InsertRows(k, rows, below(300) + 1) + "; COMMIT") == SQLITE_OK);
    crashes.allowed = std::to_string(k);
    REQUIRE(ReadCopy(files.main, files.wal, kProgress) == crashes.allowed);
    if (hold_snapshot) {
      REQUIRE(reader.Value("SELECT k FROM progress") == std::to_string(k - 1));
      REQUIRE(reader.Run("COMMIT") == SQLITE_OK);
    }
    if (below(8) == 0) REQUIRE(db.Run("PRAGMA wal_checkpoint(TRUNCATE)") == SQLITE_OK);
  }
  REQUIRE(reader.Close() == SQLITE_OK);
  REQUIRE(db.Close() == SQLITE_OK);
  CHECK(crashes.problem == "");
  CHECK(crashes.looks > 100);
}

TEST_CASE("a crash while a database is made leaves nothing or a sound one", "[vfs][fault]") {
  Mounted files;
  Crashes crashes(files, kLook);
  crashes.also_allowed = "1";
  Db db(*files.vfs);
  REQUIRE(db.Run(kWal) == SQLITE_OK);
  REQUIRE(db.Run(kSetup) == SQLITE_OK);
  CHECK(crashes.problem == "");
  CHECK(crashes.looks > 3);
}

}  // namespace skerry::vfs::test
