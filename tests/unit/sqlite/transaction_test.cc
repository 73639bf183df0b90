#include "sqlite/transaction.h"

#include "support/catch.h"

using namespace skerry;
using sqlite::Connection;
using sqlite::WriteTransaction;

namespace {

std::unique_ptr<Connection> OpenWithTable() {
  auto db = Connection::Open({":memory:"});
  REQUIRE(db.ok());
  REQUIRE((*db)->Execute("CREATE TABLE t(a)").ok());
  return *std::move(db);
}

std::int64_t Count(Connection& db) { return db.QueryInt("SELECT count(*) FROM t")->value(); }

}  // namespace

TEST_CASE("a transaction that is not committed is rolled back", "[sqlite]") {
  auto db = OpenWithTable();
  {
    auto write = WriteTransaction::Begin(*db);
    REQUIRE(write.ok());
    REQUIRE(db->Execute("INSERT INTO t VALUES (1)").ok());
    CHECK(db->InTransaction());
  }
  CHECK_FALSE(db->InTransaction());
  CHECK(Count(*db) == 0);
}

TEST_CASE("a committed transaction stays, moved or not", "[sqlite]") {
  auto db = OpenWithTable();
  {
    auto begun = WriteTransaction::Begin(*db);
    REQUIRE(begun.ok());
    WriteTransaction write(*std::move(begun));
    REQUIRE(write.db().Execute("INSERT INTO t VALUES (1)").ok());
    REQUIRE(write.Commit().ok());
    CHECK_FALSE(db->InTransaction());
  }
  CHECK(Count(*db) == 1);
}

TEST_CASE("a second transaction on one connection is refused, the first goes on", "[sqlite]") {
  auto db = OpenWithTable();
  auto write = WriteTransaction::Begin(*db);
  REQUIRE(write.ok());
  const auto second = WriteTransaction::Begin(*db);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().message == "cannot start a transaction within a transaction");
  CHECK(db->InTransaction());
  write->Rollback();
  CHECK_FALSE(db->InTransaction());
}

TEST_CASE("a transaction that SQLite has rolled back already ends without harm", "[sqlite]") {
  auto db = OpenWithTable();
  auto write = WriteTransaction::Begin(*db);
  REQUIRE(write.ok());
  REQUIRE(db->Execute("CREATE UNIQUE INDEX u ON t(a); INSERT INTO t VALUES (1)").ok());
  CHECK_FALSE(db->Execute("INSERT OR ROLLBACK INTO t VALUES (1)").ok());
  CHECK_FALSE(db->InTransaction());
  CHECK_FALSE(write->Commit().ok());
}
