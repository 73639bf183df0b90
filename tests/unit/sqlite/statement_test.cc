#include "sqlite/statement.h"

#include <limits>

#include "sqlite/connection.h"
#include "support/catch.h"

using namespace skerry;
using sqlite::Connection;
using sqlite::ValueType;

namespace {

std::unique_ptr<Connection> OpenMemory() {
  auto db = Connection::Open({":memory:"});
  REQUIRE(db.ok());
  return *std::move(db);
}

}  // namespace

TEST_CASE("values of every type go in and come back", "[sqlite]") {
  auto db = OpenMemory();
  auto select = *db->Prepare("SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8");
  const std::uint8_t bytes[] = {0, 1, 255};
  REQUIRE(select.ParameterCount() == 8);
  REQUIRE(select
              .Bind(std::int64_t{INT64_MIN}, 0.5, std::string_view("te\0xt", 5), sqlite::Blob{bytes}, sqlite::Null{},
                    true, OpId{7}, std::optional<std::int64_t>())
              .ok());
  REQUIRE(*select.Step());
  CHECK(select.Int64(0) == INT64_MIN);
  CHECK(select.Double(1) == 0.5);
  CHECK(select.Text(2) == std::string_view("te\0xt", 5));
  CHECK(select.Bytes(3).size() == 3);
  CHECK(select.Bytes(3)[2] == 255);
  CHECK(select.IsNull(4));
  CHECK(select.Int64(5) == 1);
  CHECK(select.Int64(6) == 7);
  CHECK(select.IsNull(7));
  CHECK(select.Type(0) == ValueType::kInteger);
  CHECK(select.Type(1) == ValueType::kReal);
  CHECK(select.Type(2) == ValueType::kText);
  CHECK(select.Type(3) == ValueType::kBlob);
  CHECK_FALSE(*select.Step());
}

TEST_CASE("empty text and an empty blob are not NULL", "[sqlite]") {
  auto db = OpenMemory();
  auto select = *db->Prepare("SELECT typeof(?1), typeof(?2), length(?1)");
  REQUIRE(select.Bind(std::string_view(), sqlite::Blob{}).ok());
  REQUIRE(*select.Step());
  CHECK(select.Text(0) == "text");
  CHECK(select.Text(1) == "blob");
  CHECK(select.Int64(2) == 0);
}

TEST_CASE("a statement runs again after Run() and forgets its bindings when told", "[sqlite]") {
  auto db = OpenMemory();
  REQUIRE(db->Execute("CREATE TABLE t(a)").ok());
  auto insert = *db->Prepare("INSERT INTO t VALUES (?1)");
  REQUIRE(insert.Run("x").ok());
  REQUIRE(insert.Run(2).ok());
  insert.ClearBindings();
  REQUIRE(insert.RunBound().ok());
  CHECK(*db->QueryInt("SELECT count(*) FROM t WHERE a IS NULL") == 1);
  CHECK_FALSE(insert.IsReadOnly());
  CHECK(db->Prepare("SELECT 1")->IsReadOnly());
}

TEST_CASE("moving a statement leaves an empty one", "[sqlite]") {
  auto db = OpenMemory();
  sqlite::Statement one = *db->Prepare("SELECT 1 AS a");
  sqlite::Statement two(std::move(one));
  CHECK_FALSE(one.has_value());
  one = std::move(two);
  REQUIRE(one.has_value());
  CHECK(one.ColumnCount() == 1);
  CHECK(one.ColumnName(0) == "a");
  CHECK(one.ColumnName(5).empty());
  CHECK(*one.Step());
}

TEST_CASE("a failing step ends the statement, so that nothing stays locked", "[sqlite]") {
  auto db = OpenMemory();
  REQUIRE(db->Execute("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)").ok());
  auto select = *db->Prepare("SELECT abs(CASE a WHEN 2 THEN -9223372036854775808 ELSE a END) FROM t");
  REQUIRE(*select.Step());
  const auto failed = select.Step();
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().message == "integer overflow");
  CHECK(failed.error().code == ErrorCode::kSqlite);
  CHECK(db->Execute("DROP TABLE t").ok());
}

TEST_CASE("binding beyond the parameters is an error", "[sqlite]") {
  auto db = OpenMemory();
  auto select = *db->Prepare("SELECT ?1");
  const Status bound = select.Bind(1, 2);
  REQUIRE_FALSE(bound.ok());
  CHECK(bound.error().message == "binding a parameter: column index out of range");
}
