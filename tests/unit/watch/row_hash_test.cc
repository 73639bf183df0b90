#include "watch/row_hash.h"

#include <set>

#include "sqlite/connection.h"
#include "support/catch.h"

namespace skerry {
namespace {

std::vector<std::uint64_t> Hashes(std::string_view sql, std::uint64_t seed = 5) {
  sqlite::OpenOptions options;
  options.path = ":memory:";
  auto db = sqlite::Connection::Open(options);
  REQUIRE(db.ok());
  auto statement = (*db)->Prepare(sql);
  REQUIRE(statement.ok());
  std::vector<std::uint64_t> hashes;
  while (*statement->Step()) hashes.push_back(watch::HashRow(*statement, seed));
  return hashes;
}

}  // namespace

TEST_CASE("values of different type or place hash differently", "[watch][hash]") {
  const auto hashes = Hashes(
      "SELECT 1, NULL UNION ALL SELECT 1.0, NULL UNION ALL SELECT '1', NULL UNION ALL SELECT x'31', NULL UNION ALL "
      "SELECT NULL, 1 UNION ALL SELECT NULL, NULL UNION ALL SELECT '', '' UNION ALL SELECT 'ab', 'c' UNION ALL SELECT "
      "'a', 'bc' "
      "UNION ALL SELECT 'abcdefgh', '' UNION ALL SELECT 'abcdefgh' || char(0), '' UNION ALL SELECT '', 'abcdefgh'");
  CHECK(std::set(hashes.begin(), hashes.end()).size() == 12);
}

TEST_CASE("equal rows hash equally, and the seed matters", "[watch][hash]") {
  const std::string sql = "SELECT 1, 2.5, 'text', x'00', NULL";
  CHECK(Hashes(sql) == Hashes(sql));
  CHECK(Hashes(sql, 5) != Hashes(sql, 6));
}

TEST_CASE("a hundred thousand near rows do not collide", "[watch][hash]") {
  const auto hashes = Hashes(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i, 'row ' || (i / 2), i "
      "% 7 FROM n");
  CHECK(std::set(hashes.begin(), hashes.end()).size() == hashes.size());
}

}  // namespace skerry
