// Compaction by hand-made histories (service.md, section 9).
#include <map>

#include "bucket/reduce.h"
#include "engine.h"
#include "sqlite/connection.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;
using Lines = std::vector<std::string>;

namespace {

constexpr char kB[] = "1#my_boats|0[\"u1\"]";

void CompactAll(Engine& engine, storage::CompactionScope scope = storage::CompactionScope::kEverything) {
  Must(engine.writer->StartCompaction(scope));
  while (Must(engine.writer->CompactSlice())) {
  }
}

std::map<std::string, std::string> Rows(const bucket::ReducedBucket& client) {
  std::map<std::string, std::string> rows;
  for (const auto& [op, put] : client.puts()) rows[put.object_id] = put.data.value_or("");
  return rows;
}

void FillW15(Engine& engine) {
  engine.Deploy();
  const auto step = [&](const std::string& key, const std::vector<Put>& puts, const std::string& position) {
    Must(engine.writer->Begin());
    engine.Set("boats", key, puts);
    Must(engine.writer->Publish(position));
  };
  step("[\"b1\"]", {{kB, "boats", "b1", R"({"id":"b1","name":"Alke"})"}}, "01");
  step("[\"b2\"]", {{kB, "boats", "b2", R"({"id":"b2","name":"Brigg"})"}}, "02");
  step("[\"b1\"]", {{kB, "boats", "b1", R"({"id":"b1","name":"Alke II"})"}}, "03");
  step("[\"b2\"]", {}, "04");
}

// What a client has that was at `from` and reads on to the end.
bucket::ReducedBucket ReadOn(Engine& engine, bucket::ReducedBucket client, std::int64_t from) {
  const storage::Chunk chunk = Must(engine.reader->Scan(kB, OpId{from}, OpId{4}, {}));
  for (const bucket::Operation& op : chunk.operations) client.Apply(op);
  return client;
}

}  // namespace

TEST_CASE("a row at the front that never changes is sent again where more goes for it",
          "[storage][compaction][I3][I4]") {
  Engine engine;
  engine.Deploy();
  int position = 0;
  const auto step = [&](const std::string& id, const std::string& data) {
    Must(engine.writer->Begin());
    std::vector<Put> puts;
    if (!data.empty()) puts.push_back({kB, "boats", id, data});
    engine.Set("boats", "[\"" + id + "\"]", puts);
    Must(engine.writer->Publish(std::to_string(10 + ++position)));
  };
  step("old1", "{1}");
  step("old2", "{2}");
  for (int i = 0; i < 10; ++i) step("busy", "{" + std::to_string(i) + "}");
  step("gone", "{}");
  step("gone", "");
  // Behind it lies too little to be worth a row.
  step("late", "{3}");
  step("later", "{4}");
  step("busy", "{10}");
  const bucket::ReducedBucket before = [&] {
    bucket::ReducedBucket client;
    const storage::Chunk all = Must(engine.reader->Scan(kB, OpId{0}, engine.writer->checkpoint().op, {}));
    for (const bucket::Operation& op : all.operations) client.Apply(op);
    return client;
  }();
  const std::int64_t last_op = Raw(engine.writer->checkpoint().op);
  CompactAll(engine);
  CHECK(engine.Total(kB).count == 17);
  CHECK(Must(engine.writer->Defragment()) == 2);
  CHECK(Raw(engine.writer->checkpoint().op) == last_op + 2);
  CHECK(engine.writer->checkpoint().position == "27");
  CompactAll(engine);
  // CLEAR up to the removal, two late rows, the busy one, the two that moved.
  CHECK(engine.Total(kB).count == 6);
  const auto client_from = [&](bucket::ReducedBucket client, std::int64_t from) {
    const storage::Chunk rest = Must(engine.reader->Scan(kB, OpId{from}, engine.writer->checkpoint().op, {}));
    for (const bucket::Operation& op : rest.operations) client.Apply(op);
    return client;
  };
  const bucket::ReducedBucket fresh = client_from({}, 0);
  const bucket::ReducedBucket old = client_from(before, last_op);
  CHECK(fresh.checksum() == engine.Total(kB).checksum);
  CHECK(old.checksum() == engine.Total(kB).checksum);
  CHECK(Rows(fresh) == Rows(before));
  CHECK(Rows(old) == Rows(before));
  // Nothing is left to gain, also after a restart; the rows can be changed and removed where they are now.
  engine.Reopen();
  CompactAll(engine);
  CHECK(Must(engine.writer->Defragment()) == 0);
  step("old1", "");
  step("old2", "{5}");
  CHECK(Rows(client_from(old, last_op + 2)).size() == 4);
}

TEST_CASE("W15: superseded operations become one CLEAR with their sum and the highest target",
          "[storage][compaction][W15][I3]") {
  Engine engine;
  FillW15(engine);
  const bucket::Checksum sum = engine.Total(kB).checksum;
  CompactAll(engine);
  const storage::Chunk chunk = Must(engine.reader->Scan(kB, OpId{0}, OpId{4}, {}));
  REQUIRE(chunk.operations.size() == 3);
  CHECK(chunk.operations[0].kind == bucket::OpKind::kClear);
  CHECK(Raw(chunk.operations[0].id) == 2);
  CHECK(chunk.operations[0].checksum.value() == 1864767825u);
  CHECK(Raw(chunk.target) == 4);
  CHECK(chunk.operations[1].kind == bucket::OpKind::kPut);
  CHECK(Raw(chunk.operations[1].id) == 3);
  CHECK(chunk.operations[2].kind == bucket::OpKind::kRemove);
  CHECK(engine.Total(kB).count == 3);
  CHECK(engine.Total(kB).checksum == sum);
  CHECK(chunk.operations[0].checksum + chunk.operations[1].checksum == bucket::Checksum(911310907u));
  CHECK(Raw(engine.Total(kB).last_op) == 4);
}

TEST_CASE("W15: a new client and clients at 1 and 2 end with the same rows and sum", "[storage][compaction][W15][I4]") {
  Engine engine;
  FillW15(engine);
  bucket::ReducedBucket at[3];
  for (std::int64_t cut = 0; cut < 3; ++cut) {
    const storage::Chunk chunk = Must(engine.reader->Scan(kB, OpId{0}, OpId{cut}, {}));
    for (const bucket::Operation& op : chunk.operations) at[cut].Apply(op);
  }
  const bucket::Checksum sum = engine.Total(kB).checksum;
  CompactAll(engine);
  for (std::int64_t cut = 0; cut < 3; ++cut) {
    const bucket::ReducedBucket end = ReadOn(engine, at[cut], cut);
    CHECK(end.checksum() == sum);
    REQUIRE(end.puts().size() == 1);
    CHECK(end.puts().begin()->second.data == R"({"id":"b1","name":"Alke II"})");
  }
  CHECK(Must(engine.reader->Scan(kB, OpId{2}, OpId{4}, {})).operations.size() == 2);
}

TEST_CASE("a scan up to a checkpoint that compaction has passed says so, also where a CLEAR ends above it",
          "[storage][compaction][W15][I9]") {
  Engine engine;
  FillW15(engine);
  CompactAll(engine);
  CHECK(Raw(Must(engine.reader->Scan(kB, OpId{0}, OpId{3}, {})).target) == 4);
  CHECK(Raw(Must(engine.reader->Scan(kB, OpId{2}, OpId{3}, {})).target) == 0);  // Nothing of (2, 3] was touched.
  // The CLEAR stands at 2, so a scan up to 1 finds no operation and must not be taken for empty.
  const storage::Chunk below = Must(engine.reader->Scan(kB, OpId{0}, OpId{1}, {}));
  CHECK(below.operations.empty());
  CHECK(Raw(below.target) == 2);
}

TEST_CASE("rows that are gone leave one CLEAR, and what comes later is read behind it", "[storage][compaction]") {
  Engine engine;
  FillW15(engine);
  Must(engine.writer->Begin());
  engine.Set("boats", "[\"b1\"]", {});
  Must(engine.writer->Publish("05"));
  CompactAll(engine);
  CHECK(engine.Total(kB).count == 1);
  Must(engine.writer->Begin());
  engine.Set("boats", "[\"b3\"]", {{kB, "boats", "b3", "{}"}});
  Must(engine.writer->Publish("06"));
  const storage::Chunk chunk = Must(engine.reader->Scan(kB, OpId{0}, OpId{6}, {}));
  REQUIRE(chunk.operations.size() == 2);
  CHECK(chunk.operations[0].kind == bucket::OpKind::kClear);
  CHECK(Raw(chunk.operations[0].id) == 5);
  CHECK(chunk.operations[1].object_id == "b3");
  CHECK(engine.Total(kB).checksum == chunk.operations[0].checksum + chunk.operations[1].checksum);
}

TEST_CASE("a bucket is compacted when it holds more than twice its rows, and not again without news",
          "[storage][compaction]") {
  Engine engine;
  engine.Deploy();
  const auto touch = [&](int times, const std::string& position) {
    Must(engine.writer->Begin());
    for (int i = 0; i < times; ++i) {
      engine.Set("boats", "[1]", {{kB, "boats", "1", "{\"at\":" + position + ",\"n\":" + std::to_string(i) + "}"}});
    }
    Must(engine.writer->Publish(position));
  };
  touch(999, "01");
  CompactAll(engine, storage::CompactionScope::kCrowded);
  CHECK(engine.Total(kB).count == 999);
  touch(1, "02");
  CompactAll(engine, storage::CompactionScope::kCrowded);
  CHECK(engine.Total(kB).count == 2);
  CHECK(engine.writer->compaction().moved == 999);
  CHECK(engine.writer->compaction().buckets == 1);
  CompactAll(engine, storage::CompactionScope::kCrowded);
  CHECK(engine.writer->compaction().buckets == 1);
  touch(200, "03");
  CompactAll(engine, storage::CompactionScope::kChanged);
  CHECK(engine.writer->compaction().buckets == 2);
  CHECK(engine.Total(kB).count == 2);
}

TEST_CASE("the file gives back what compaction freed", "[storage][compaction]") {
  Engine engine;
  engine.Deploy();
  Must(engine.writer->Begin());
  for (int i = 0; i < 2000; ++i) {
    engine.Set("boats", "[1]", {{kB, "boats", "1", std::string(5000, static_cast<char>('a' + i % 26))}});
  }
  Must(engine.writer->Publish("01"));
  auto db = Must(sqlite::Connection::Open({.path = engine.path}));
  const std::int64_t before = *Must(db->QueryInt("PRAGMA page_count"));
  CompactAll(engine);
  CHECK(engine.writer->compaction().pages_freed > 1000);
  CHECK(*Must(db->QueryInt("PRAGMA page_count")) < before / 10);
  CHECK(Must(db->QueryInt("PRAGMA freelist_count")) == 0);
}

TEST_CASE("a new deployment in the middle of a compaction is left alone by it", "[storage][compaction]") {
  Engine engine;
  FillW15(engine);
  Must(engine.writer->StartCompaction(storage::CompactionScope::kEverything));
  CHECK(Must(engine.writer->CompactSlice()));
  engine.Deploy("plan 2");
  while (Must(engine.writer->CompactSlice())) {
  }
  CHECK(engine.writer->compaction().moved == 0);
}

TEST_CASE("a storage of version 1 is emptied; op ids and write checkpoints stay", "[storage][I2][I10]") {
  TempDir dir;
  const std::string path = dir / "storage.db";
  {
    auto db = Must(sqlite::Connection::Open({.path = path}));
    Must(db->Execute(R"sql(
      CREATE TABLE state(id INTEGER PRIMARY KEY CHECK (id = 1), deployment INTEGER NOT NULL, plan TEXT NOT NULL,
        source TEXT NOT NULL, published INTEGER NOT NULL, serial INTEGER NOT NULL, last_op INTEGER NOT NULL,
        position TEXT NOT NULL);
      INSERT INTO state VALUES (1, 3, 'plan', 'source', 1, 17, 42, '07');
      CREATE TABLE tables(number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
      CREATE TABLE buckets(number INTEGER PRIMARY KEY, name TEXT, last_op INTEGER);
      CREATE INDEX buckets_by_last_op ON buckets(last_op);
      CREATE TABLE ops(bucket INTEGER); CREATE TABLE records(key TEXT); CREATE TABLE copied(key TEXT);
      CREATE TABLE index_entries(key TEXT); CREATE TABLE index_changes(key TEXT);
      CREATE TABLE write_checkpoints(user_key TEXT PRIMARY KEY, id INTEGER NOT NULL, position TEXT NOT NULL,
        is_supplied INTEGER NOT NULL, requested_at INTEGER NOT NULL) WITHOUT ROWID;
      INSERT INTO write_checkpoints VALUES ('u1', 5, '07', 0, 0);
      PRAGMA user_version = 1;)sql"));
  }
  auto writer = Must(storage::OpenSqliteWriter(path));
  CHECK(writer->checkpoint().deployment == 0);  // Nothing is published until the next deployment.
  Must(writer->Begin());
  Must(writer->StartDeployment("plan", "source"));
  Must(writer->PutTable({"boats", kTableId, "{}"}));
  storage::RowState state;
  state.memberships.push_back({kB, "boats", "1", "{}"});
  Must(writer->SetRow("boats", "[1]", state));
  const auto published = Must(writer->Publish("08"));
  CHECK(published.checkpoint.deployment == 4);
  CHECK(Raw(published.checkpoint.op) == 43);
  const storage::WriteCheckpointRequest request{"u1", {}};
  CHECK(Must(writer->StoreWriteCheckpoints({&request, 1}, "09", {})) == std::vector{WriteCheckpoint{6}});
}
