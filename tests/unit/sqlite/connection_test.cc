#include "sqlite/connection.h"

#include <cstdio>
#include <fstream>

#include "support/catch.h"

using namespace skerry;
using sqlite::Connection;

namespace {

std::unique_ptr<Connection> OpenMemory() {
  auto db = Connection::Open({":memory:"});
  REQUIRE(db.ok());
  return *std::move(db);
}

// A file that is gone at both ends of the test.
class TemporaryFile {
 public:
  TemporaryFile() { Remove(); }
  ~TemporaryFile() { Remove(); }
  std::string path = "sqlite_room_test.db";

 private:
  void Remove() const {
    for (const char* suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
  }
};

std::string TextOf(Connection& db, const char* sql) {
  auto statement = db.Prepare(sql);
  REQUIRE(statement.ok());
  REQUIRE(*statement->Step());
  return std::string(statement->Text(0));
}

Error ErrorOf(Connection& db, std::string_view sql) {
  const Status done = db.Execute(sql);
  REQUIRE_FALSE(done.ok());
  return done.error();
}

}  // namespace

TEST_CASE("a connection opens with Skerry's settings", "[sqlite][C-001][C-002]") {
  TemporaryFile file;
  auto db = *Connection::Open({file.path});
  CHECK(TextOf(*db, "PRAGMA page_size") == "16384");
  CHECK(TextOf(*db, "PRAGMA journal_mode") == "wal");
  CHECK(TextOf(*db, "PRAGMA synchronous") == "1");
  CHECK(TextOf(*db, "PRAGMA recursive_triggers") == "1");
  CHECK(TextOf(*db, "PRAGMA trusted_schema") == "0");
  CHECK(TextOf(*db, "PRAGMA foreign_keys") == "0");
  CHECK(*db->QueryInt("SELECT sqlite_version() >= '3.44'") == 1);
  CHECK_FALSE(db->Execute("PRAGMA writable_schema=ON; DELETE FROM sqlite_schema").ok());
}

TEST_CASE("two connections share a file; a read-only one cannot write", "[sqlite]") {
  TemporaryFile file;
  auto writer = *Connection::Open({file.path});
  REQUIRE(writer->Execute("CREATE TABLE t(a); INSERT INTO t VALUES (1)").ok());
  auto reader = *Connection::Open({file.path, "", true});
  CHECK(*reader->QueryInt("SELECT a FROM t") == 1);
  CHECK(ErrorOf(*reader, "DELETE FROM t").message == "attempt to write a readonly database");
  REQUIRE(writer->Execute("BEGIN IMMEDIATE; DELETE FROM t").ok());
  CHECK(*reader->QueryInt("SELECT count(*) FROM t") == 1);  // A snapshot of the last commit.
  auto other = *Connection::Open({file.path});
  CHECK(ErrorOf(*other, "BEGIN IMMEDIATE").code == ErrorCode::kStorageBusy);
  REQUIRE(writer->Execute("COMMIT").ok());
  CHECK(*reader->QueryInt("SELECT count(*) FROM t") == 0);
}

TEST_CASE("what cannot be opened says which file and why", "[sqlite]") {
  const auto missing = Connection::Open({"no/such/folder/x.db"});
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().code == ErrorCode::kStorageUnavailable);
  CHECK(missing.error().message == "opening no/such/folder/x.db: unable to open database file");
  TemporaryFile file;
  std::ofstream(file.path) << std::string(10'000, 'x');
  const auto garbage = Connection::Open({file.path});
  REQUIRE_FALSE(garbage.ok());
  CHECK(garbage.error().code == ErrorCode::kStorageCorrupt);
  CHECK(garbage.error().message == "opening sqlite_room_test.db: file is not a database");
  CHECK_FALSE(Connection::Open({":memory:", "no-such-vfs"}).ok());
}

TEST_CASE("errors are typed and carry SQLite's text and extended code", "[sqlite]") {
  auto db = OpenMemory();
  REQUIRE(db->Execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b NOT NULL)").ok());
  Error error = ErrorOf(*db, "INSERT INTO t VALUES (1, NULL)");
  CHECK(error.code == ErrorCode::kConstraint);
  CHECK(error.message == "NOT NULL constraint failed: t.b");
  CHECK(error.sqlite_code == 1299);
  error = ErrorOf(*db, "SELEC 1");
  CHECK(error.code == ErrorCode::kSqlite);
  CHECK(error.message == "near \"SELEC\": syntax error");
  REQUIRE(db->Execute("PRAGMA max_page_count=2").ok());
  error = ErrorOf(*db, "INSERT INTO t SELECT value, randomblob(100000) FROM json_each('[1,2,3]')");
  CHECK(error.code == ErrorCode::kStorageFull);
  CHECK(error.message == "database or disk is full");
}

TEST_CASE("several statements in one text run in order; NUL and nothing are told apart", "[sqlite]") {
  auto db = OpenMemory();
  REQUIRE(db->Execute("CREATE TABLE t(a); -- c\n INSERT INTO t VALUES (1);; ").ok());
  CHECK(*db->QueryInt("SELECT count(*) FROM t") == 1);
  std::string_view tail;
  auto first = db->Prepare("SELECT 1; SELECT 2", &tail);
  REQUIRE(first.ok());
  CHECK(tail == " SELECT 2");
  CHECK_FALSE(db->Prepare(" -- nothing")->has_value());
  CHECK_FALSE(db->Prepare("")->has_value());
  CHECK(ErrorOf(*db, std::string_view("SELECT 1;\0 SELECT 2", 19)).code == ErrorCode::kInvalidArgument);
}

TEST_CASE("a cached statement is prepared once and ready each time", "[sqlite]") {
  auto db = OpenMemory();
  constexpr const char* kSql = "SELECT 1 UNION ALL SELECT 2";
  auto* first = *db->Cached(kSql);
  REQUIRE(*first->Step());
  auto* again = *db->Cached(kSql);
  CHECK(first == again);
  REQUIRE(*again->Step());
  CHECK(again->Int64(0) == 1);
  CHECK_FALSE(db->Cached("SELECT * FROM nowhere").ok());
  CHECK(*db->QueryInt("SELECT NULL") == std::nullopt);
  CHECK(*db->QueryInt("SELECT 1 WHERE ?1 > 5", 3) == std::nullopt);
}

TEST_CASE("names and texts are quoted whatever they hold", "[sqlite]") {
  CHECK(sqlite::QuoteName("a\"b") == "\"a\"\"b\"");
  CHECK(sqlite::QuoteText("it's") == "'it''s'");
  auto db = OpenMemory();
  REQUIRE(db->Execute("CREATE TABLE " + sqlite::QuoteName("x\"; DROP") + "(" + sqlite::QuoteName("select") + ")").ok());
  CHECK(TextOf(*db, "SELECT 'it''s'") == "it's");
}

TEST_CASE("uuid() comes from the given randomness, a callback gets its values and may refuse", "[sqlite]") {
  SeededRandom random{5};
  auto db = OpenMemory();
  REQUIRE(db->AddUuidFunctions(random).ok());
  SeededRandom same{5};
  CHECK(TextOf(*db, "SELECT uuid()") == NewUuid(same));
  CHECK(TextOf(*db, "SELECT gen_random_uuid()") == NewUuid(same));

  std::vector<std::string> heard;
  REQUIRE(db->AddCallback("hear", [&](std::span<const sqlite::Value> values) -> Status {
              for (const sqlite::Value value : values) heard.emplace_back(value.IsNull() ? "NULL" : value.Text());
              if (values.size() == 1) return Error{ErrorCode::kConstraint, "one is too few"};
              return kDone;
            }).ok());
  REQUIRE(db->Execute("SELECT hear('a', 1, NULL, 2.5)").ok());
  CHECK(heard == std::vector<std::string>{"a", "1", "NULL", "2.5"});
  const Error error = ErrorOf(*db, "SELECT hear(1)");
  CHECK(error.message == "one is too few");
  CHECK(error.code == ErrorCode::kConstraint);
}

TEST_CASE("a table's text is replaced in place, for this and other connections", "[sqlite]") {
  TemporaryFile file;
  auto db = *Connection::Open({file.path});
  REQUIRE(db->Execute("CREATE TABLE t(a TEXT); INSERT INTO t VALUES ('5')").ok());
  auto other = *Connection::Open({file.path});
  CHECK(*other->QueryInt("SELECT count(*) FROM t WHERE a = 5") == 1);
  REQUIRE(db->Execute("BEGIN").ok());
  REQUIRE(db->ReplaceTableText("t", "CREATE TABLE t(a INTEGER)").ok());
  REQUIRE(db->Execute("UPDATE t SET a = CAST(a AS INTEGER)").ok());
  CHECK_FALSE(db->ReplaceTableText("nowhere", "CREATE TABLE nowhere(a)").ok());
  REQUIRE(db->Execute("COMMIT").ok());
  CHECK(TextOf(*other, "SELECT type FROM pragma_table_info('t')") == "INTEGER");
  CHECK(TextOf(*db, "SELECT typeof(a) FROM t") == "integer");
  CHECK(TextOf(*db, "PRAGMA integrity_check") == "ok");
  CHECK_FALSE(db->Execute("UPDATE sqlite_schema SET sql = 'x'").ok());  // Defensive again.
}
