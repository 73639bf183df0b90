// What storage remembers of source rows against what it has sent of them (I6), after random histories.
#include <set>

#include "bucket/operation.h"
#include "random_app.h"
#include "storage/op_hash.h"
#include "storage/record.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;

namespace {

// One PUT that stands: where, of which source row, as which object, with which data.
using Standing = std::set<std::string>;

std::string_view AsText(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(byte) >> 4];
    hex += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return hex;
}

std::string Line(std::int64_t bucket, std::int64_t table, std::string_view row_uuid, std::string_view type,
                 std::string_view id, std::string_view digest) {
  return std::to_string(bucket) + " " + std::to_string(table) + " " + Hex(row_uuid) + " " + std::string(type) + "/" +
         std::string(id) + " " + Hex(digest);
}

// As the records have it. A row that stands twice under one name in a bucket would be lost by a set.
Standing OfRecords(sqlite::Connection& db) {
  Standing standing;
  storage::Hasher hasher;
  auto select =
      Must(db.Prepare("SELECT t.number, t.id, r.key, r.state FROM records r JOIN tables t ON t.number = source_table"));
  while (Must(select.Step())) {
    const storage::Digest uuid = hasher.RowUuid(select.Text(1), select.Text(2));
    const std::string state(AsText(select.Bytes(3)));
    const auto record = storage::DecodeRecord(state);
    REQUIRE(record);
    for (const storage::Record::Membership& in : record->memberships) {
      REQUIRE(standing.insert(Line(in.bucket, select.Int64(0), uuid.view(), in.type, in.id, in.digest)).second);
    }
  }
  return standing;
}

// As the operations have it, each bucket's in their order.
Standing OfOperations(sqlite::Connection& db) {
  std::map<std::pair<std::int64_t, std::string>, std::string> puts;  // (bucket, row and object) → the line.
  storage::Hasher hasher;
  auto select = Must(db.Prepare(
      "SELECT bucket, kind, source_table, row_uuid, object_type, object_id, data FROM ops ORDER BY bucket, op"));
  while (Must(select.Step())) {
    const std::int64_t bucket = select.Int64(0);
    const std::string_view uuid = AsText(select.Bytes(3));
    const auto key = std::pair(bucket, Line(bucket, select.Int64(2), uuid, select.Text(4), select.Text(5), ""));
    switch (static_cast<bucket::OpKind>(select.Int64(1))) {
      case bucket::OpKind::kPut:
        puts[key] = Line(bucket, select.Int64(2), uuid, select.Text(4), select.Text(5),
                         hasher.Put(select.Text(4), select.Text(5), select.Text(6)).view());
        break;
      case bucket::OpKind::kRemove:
        puts.erase(key);
        break;
      case bucket::OpKind::kClear:
        std::erase_if(puts, [&](const auto& put) { return put.first.first == bucket; });
        break;
      case bucket::OpKind::kMove:
        break;
    }
  }
  Standing standing;
  for (auto& [key, line] : puts) standing.insert(std::move(line));
  return standing;
}

void Compact(Service& service) {
  Must(service.writer->StartCompaction(storage::CompactionScope::kEverything));
  while (Must(service.writer->CompactSlice())) {
  }
}

// Gives how many PUTs stand.
std::size_t Check(Service& service) {
  auto db = Must(sqlite::Connection::Open({.path = service.storage_path, .page_size = 8192}));
  const Standing standing = OfOperations(*db);
  CHECK(OfRecords(*db) == standing);
  CHECK(Must(db->QueryInt("SELECT coalesce(sum(live), 0) FROM buckets")) == static_cast<std::int64_t>(standing.size()));
  return standing.size();
}

// Beside the random ones: rows that come and go as different objects and projections of one name.
constexpr char kProjections[] = R"(
  two:
    auto_subscribe: true
    queries:
      - SELECT id, a FROM t0 WHERE b != 1
      - SELECT id, c FROM t0 WHERE a != 2
  renamed:
    auto_subscribe: true
    query: SELECT a AS id, b FROM t1
)";

}  // namespace

TEST_CASE("I6: memberships of source rows equal the PUTs that stand, over compactions, repeated rows and deployments",
          "[ingest][property][I6]") {
  std::size_t standing = 0;
  std::int64_t repeated = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    RandomApp random(seed, /*unique_ids=*/seed % 2 == 0);
    SeededRandom chance(seed);
    Service service(random.Setup(), random.Streams() + kProjections);
    for (int round = 0; round < 6; ++round) {
      for (int transactions = 0; transactions < 5; ++transactions) {
        if (!service.app->Execute(random.Transaction()).ok() && service.app->InTransaction()) {
          Must(service.app->Execute("ROLLBACK"));
        }
        if (chance.Next() % 2 == 0) service.Poll();
      }
      service.Poll();
      standing += Check(service);
      if (chance.Next() % 2 == 0) {
        const Rows rows = service.Download(R"({"sub":"x"})");
        Compact(service);
        repeated += Must(service.writer->Defragment());
        Check(service);
        Compact(service);
        Check(service);
        CHECK(service.Download(R"({"sub":"x"})") == rows);
      }
      if (chance.Next() % 3 == 0) {
        service.Stop();
        if (chance.Next() % 2 == 0) service.Configure(random.Streams() + kProjections);
        service.Start();
        Check(service);
      }
    }
  }
  CHECK(standing > 1000);
  CHECK(repeated > 0);
}

TEST_CASE("I6: of two projections of a row in one bucket the later counts, and the earlier when that goes",
          "[ingest][I6][E33]") {
  Service service("CREATE TABLE t(id TEXT PRIMARY KEY, a, b, o)", R"(
  two:
    auto_subscribe: true
    queries:
      - SELECT id, a FROM t WHERE o = auth.user_id()
      - SELECT id, b FROM t WHERE o = auth.user_id() AND b IS NOT NULL
)");
  const std::string u1 = R"({"sub":"u1"})";
  service.Do("INSERT INTO t VALUES ('1', 1, 2, 'u1')");
  CHECK(service.Download(u1) == Rows{{"t/1", R"({"id":"1","b":2})"}});
  service.Do("UPDATE t SET a = 3");
  CHECK(service.Download(u1) == Rows{{"t/1", R"({"id":"1","b":2})"}});
  service.Do("UPDATE t SET b = NULL");
  CHECK(service.Download(u1) == Rows{{"t/1", R"({"id":"1","a":3})"}});
  CHECK(Check(service) == 1);
  service.Do("DELETE FROM t");
  CHECK(service.Download(u1).empty());
  CHECK(Check(service) == 0);
}
