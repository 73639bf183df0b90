// What SQLite tells the observers: rows, commits, accesses, progress.
#include "sqlite/connection.h"
#include "support/catch.h"

using namespace skerry;
using sqlite::Access;
using sqlite::AccessKind;
using sqlite::ChangeKind;
using sqlite::Connection;
using sqlite::RowChange;
using Lines = std::vector<std::string>;

namespace {

std::unique_ptr<Connection> OpenMemory(std::string_view sql) {
  auto db = Connection::Open({":memory:"});
  REQUIRE(db.ok());
  REQUIRE((*db)->Execute(sql).ok());
  return *std::move(db);
}

std::string Describe(const RowChange& change) {
  std::string line = std::to_string(change.depth) + " " + std::string(change.table);
  if (change.kind != ChangeKind::kInsert) {
    line += " -" + std::string(change.Old(0).Text()) + "," + std::string(change.Old(1).Text());
  }
  if (change.kind != ChangeKind::kDelete) {
    line += " +" + std::string(change.New(0).Text()) + "," + std::string(change.New(1).Text());
  }
  return line;
}

}  // namespace

TEST_CASE("every row change is told with its values, in true order", "[sqlite]") {
  auto db = OpenMemory(
      "CREATE TABLE t(a TEXT PRIMARY KEY, b); CREATE TABLE log(x, y);"
      "CREATE TABLE w(a TEXT PRIMARY KEY, b) WITHOUT ROWID;"
      "CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.a, 1); END");
  Lines lines;
  db->SetRowObserver([&](const RowChange& change) { lines.push_back(Describe(change)); });
  REQUIRE(db->Execute("INSERT INTO t VALUES ('1', 'x'); UPDATE t SET b = 'y'; REPLACE INTO t VALUES ('1', 'z');"
                      "DELETE FROM t; INSERT INTO w VALUES ('k', 'v'); CREATE TEMP TABLE s(a, b);"
                      "INSERT INTO s VALUES (1, 2)")
              .ok());
  db->SetRowObserver({});
  REQUIRE(db->Execute("INSERT INTO t VALUES ('2', 'x')").ok());
  CHECK(lines ==
        Lines{"0 t +1,x", "1 log +1,1", "0 t -1,x +1,y", "0 t -1,y", "0 t +1,z", "1 log +1,1", "0 t -1,z", "0 w +k,v"});
}

TEST_CASE("a row hook compares values by type and content", "[sqlite]") {
  auto db = OpenMemory("CREATE TABLE t(a, b); INSERT INTO t VALUES (1, x'0102')");
  Lines lines;
  db->SetRowObserver([&](const RowChange& change) {
    const bool same = Identical(change.Old(0), change.New(0)) && Identical(change.Old(1), change.New(1));
    lines.emplace_back(same ? "same" : "other");
    lines.emplace_back(change.New(99).IsNull() ? "null" : "value");
  });
  REQUIRE(db->Execute("UPDATE t SET a = 1; UPDATE t SET a = 1.0; UPDATE t SET b = x'0103'; UPDATE t SET a = NULL;"
                      "UPDATE t SET a = NULL")
              .ok());
  CHECK(lines == Lines{"same", "null", "other", "null", "other", "null", "other", "null", "same", "null"});
}

TEST_CASE("commits and rollbacks are told, reading alone is not", "[sqlite]") {
  auto db = OpenMemory("CREATE TABLE t(a UNIQUE)");
  Lines lines;
  db->SetCommitObserver([&] { lines.emplace_back("commit"); }, [&] { lines.emplace_back("rollback"); });
  REQUIRE(db->Execute("INSERT INTO t VALUES (1); SELECT * FROM t; BEGIN; INSERT INTO t VALUES (2); SAVEPOINT s;"
                      "INSERT INTO t VALUES (3); ROLLBACK TO s; ROLLBACK")
              .ok());
  CHECK_FALSE(db->Execute("INSERT OR ROLLBACK INTO t VALUES (1)").ok());
  db->SetCommitObserver({}, {});
  REQUIRE(db->Execute("INSERT INTO t VALUES (9)").ok());
  CHECK(lines == Lines{"commit", "rollback", "rollback"});
}

TEST_CASE("the authorizer hears accesses by kind and may refuse them", "[sqlite]") {
  auto db = OpenMemory("CREATE TABLE t(a, b); CREATE VIEW v AS SELECT a FROM t");
  Lines lines;
  db->SetAuthorizer([&](const Access& access) {
    if (access.kind == AccessKind::kRead) {
      lines.push_back(std::string(access.first) + "." + std::string(access.second) + " by " +
                      std::string(access.trigger));
    }
    return access.ddl != sqlite::DdlKind::kDropTable && access.kind != AccessKind::kAttach;
  });
  REQUIRE(db->Prepare("SELECT a FROM v WHERE a > 1").ok());
  CHECK(lines == Lines{"t.a by v", "v.a by ", "v.a by "});
  Status dropped = db->Execute("DROP TABLE t");
  REQUIRE_FALSE(dropped.ok());
  CHECK(dropped.error().code == ErrorCode::kNotAuthorized);
  CHECK_FALSE(db->Execute("ATTACH ':memory:' AS x").ok());
  db->SetAuthorizer({});
  CHECK(db->Execute("DROP TABLE t").ok());
}

TEST_CASE("the progress function interrupts a long statement", "[sqlite]") {
  auto db = OpenMemory("CREATE TABLE t(a)");
  int calls = 0;
  db->SetProgress(100, [&] { return ++calls == 10; });
  const Status done =
      db->Execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().code == ErrorCode::kInterrupted);
  CHECK(calls == 10);
  db->SetProgress(0, {});
  CHECK(db->Execute("SELECT 1").ok());
}

TEST_CASE("changes() tells what was restored until the next statement that changes", "[sqlite]") {
  auto db = OpenMemory(
      "CREATE TABLE t(a); CREATE TABLE log(n);"
      "CREATE TRIGGER g AFTER DELETE ON t BEGIN INSERT INTO log SELECT changes(); END;"
      "INSERT INTO t VALUES (1), (2), (3)");
  const std::int64_t rowid = db->LastInsertRowId();
  REQUIRE(db->Execute("INSERT INTO log VALUES (0)").ok());
  db->RestoreCounters(3, rowid);
  CHECK(*db->QueryInt("SELECT changes()") == 3);
  CHECK(*db->QueryInt("SELECT last_insert_rowid()") == 3);
  REQUIRE(db->Execute("UPDATE t SET a = 7 WHERE a > 1").ok());
  CHECK(*db->QueryInt("SELECT changes()") == 2);
  CHECK(db->Changes() == 2);
}
