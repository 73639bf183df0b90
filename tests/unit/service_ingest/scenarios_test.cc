// The worked scenarios of service.md, section 22, from the app's INSERT to the bucket.
#include "replication/sqlite/sqlite_source.h"
#include "service.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;
using Lines = std::vector<std::string>;

namespace {

constexpr char kBoats[] =
    "CREATE TABLE boats(id TEXT PRIMARY KEY, name TEXT, skipper TEXT, notes TEXT);"
    "CREATE TABLE crew(id TEXT PRIMARY KEY, boat TEXT);";
constexpr char kStreams[] = R"(
  my_boats:
    auto_subscribe: true
    query: SELECT id, name FROM boats WHERE skipper = auth.user_id()
  crew_list:
    auto_subscribe: true
    query: SELECT * FROM crew WHERE boat IN (SELECT id FROM boats WHERE skipper = auth.user_id())
)";
constexpr char kB[] = "1#my_boats|0[\"u1\"]";
constexpr char kB2[] = "1#my_boats|0[\"u2\"]";
constexpr char kU1[] = R"({"sub":"u1"})";
constexpr char kU2[] = R"({"sub":"u2"})";

struct Boats : Service {
  Boats() : Service(kBoats, kStreams) {}
  std::uint32_t Sum(const std::string& bucket) {
    const std::string names[] = {bucket};
    return Must(Must(reader->Open())->Totals(names))[0].checksum.value();
  }
};

}  // namespace

TEST_CASE("W01 W02 W05: rows of one transaction, an update, a delete", "[ingest][W01][W02][W05]") {
  Boats service;
  CHECK(service.Do("BEGIN; INSERT INTO boats VALUES ('b1', 'Alke', 'u1', NULL), ('b2', 'Brigg', 'u1', NULL); COMMIT"));
  CHECK(service.Log(kB) ==
        Lines{R"(1 PUT boats/b1 {"id":"b1","name":"Alke"})", R"(2 PUT boats/b2 {"id":"b2","name":"Brigg"})"});
  CHECK(service.Sum(kB) == 1864767825u);
  CHECK(service.Do("UPDATE boats SET name = 'Alke II' WHERE id = 'b1'"));
  CHECK(service.Sum(kB) == 911310907u);
  CHECK(service.Do("DELETE FROM boats WHERE id = 'b2'"));
  CHECK(service.Log(kB).back() == "4 REMOVE boats/b2");
  CHECK(service.Download(kU1) == Rows{{"boats/b1", R"({"id":"b1","name":"Alke II"})"}});
  CHECK(service.Download(kU2).empty());
}

TEST_CASE("W03: an update of a column that is not selected appends nothing", "[ingest][W03]") {
  Boats service;
  service.Do("INSERT INTO boats VALUES ('b1', 'Alke', 'u1', NULL)");
  const std::int64_t before = service.LastOp();
  CHECK(service.Do("UPDATE boats SET notes = 'new' WHERE id = 'b1'"));
  CHECK(service.LastOp() == before);
}

TEST_CASE("W04: a new owner gains what the old one loses, in one checkpoint", "[ingest][W04]") {
  Boats service;
  service.Do("INSERT INTO boats VALUES ('b1', 'Alke', 'u1', NULL); INSERT INTO crew VALUES ('c', 'b1')");
  Must(service.app->Execute("UPDATE boats SET skipper = 'u2'"));
  const auto published = service.Poll();
  REQUIRE(published);
  CHECK(published->changes.buckets.size() == 2);
  CHECK(published->changes.index_keys.size() == 2);
  CHECK(service.Download(kU1).empty());
  CHECK(service.Download(kU2).size() == 2);
  CHECK(service.Log(kB).size() == 2);
  CHECK(service.Log(kB2).size() == 1);
}

TEST_CASE("W06: a key change moves the row in one checkpoint", "[ingest][W06][I16]") {
  Boats service;
  service.Do("INSERT INTO boats VALUES ('b1', 'Alke', 'u1', NULL)");
  CHECK(service.Do("UPDATE boats SET id = 'b9'"));
  CHECK(service.Download(kU1) == Rows{{"boats/b9", R"({"id":"b9","name":"Alke"})"}});
  // The new key existed before and goes in the same transaction.
  service.Do("INSERT INTO boats VALUES ('b2', 'Brigg', 'u1', NULL)");
  service.Do("BEGIN; DELETE FROM boats WHERE id = 'b2'; UPDATE boats SET id = 'b2' WHERE id = 'b9'; COMMIT");
  CHECK(service.Download(kU1) == Rows{{"boats/b2", R"({"id":"b2","name":"Alke"})"}});
}

TEST_CASE("W08: delete and insert of one key in one transaction ends with the new row", "[ingest][W08]") {
  Boats service;
  service.Do("INSERT INTO boats VALUES ('b1', 'Alke', 'u1', NULL)");
  service.Do("BEGIN; DELETE FROM boats; INSERT INTO boats VALUES ('b1', 'Again', 'u1', NULL); COMMIT");
  CHECK(service.Download(kU1) == Rows{{"boats/b1", R"({"id":"b1","name":"Again"})"}});
}

TEST_CASE("W09: the same changes applied twice leave the same rows", "[ingest][W09][I13]") {
  Boats service;
  service.Do("INSERT INTO boats VALUES ('b1', 'Alke', 'u1', NULL), ('b2', 'Brigg', 'u1', NULL)");
  service.Stop();
  // A storage as it was before the change, as after a crash that lost the last publication.
  const std::string saved = service.dir / "saved.db";
  std::filesystem::copy_file(service.storage_path, saved);
  service.Start();
  service.Do("UPDATE boats SET skipper = 'u2' WHERE id = 'b1'");
  const Rows u1 = service.Download(kU1);
  service.Stop();
  std::filesystem::copy_file(saved, service.storage_path, std::filesystem::copy_options::overwrite_existing);
  service.Start();
  CHECK(service.Download(kU1) == u1);
  CHECK(service.Download(kU2).size() == 1);
  // And onto a storage that already has them: capture begins anew, so everything is copied again.
  service.Do("DROP TRIGGER skerry_capture_insert_boats; UPDATE boats SET notes = 'x'");
  CHECK(service.Download(kU1) == u1);
  CHECK(service.Download(kU2).size() == 1);
}

TEST_CASE("W13: a row above the limit leaves its buckets and comes back when it is small", "[ingest][W13]") {
  Boats service;
  service.Do("INSERT INTO boats VALUES ('b1', 'Alke', 'u1', NULL)");
  CHECK(service.Do("UPDATE boats SET name = hex(zeroblob(9000000))"));
  CHECK(service.Download(kU1).empty());
  REQUIRE(service.log.lines.size() == 1);
  CHECK(service.log.lines[0].find("PSYNC_S1002: a row of table 'boats' has 18000") == 0);
  service.Do("UPDATE boats SET name = 'small'");
  CHECK(service.Download(kU1).size() == 1);
}

TEST_CASE("W14: a row that one source cannot evaluate leaves that source's buckets, is told, and comes back",
          "[ingest][W14][S8][E10]") {
  Service service("CREATE TABLE posts(id TEXT PRIMARY KEY, title TEXT, tags TEXT)", R"(
  tagged:
    accept_potentially_dangerous_queries: true
    query: SELECT id, title FROM posts WHERE subscription.parameter('tag') IN tags
  all_posts:
    auto_subscribe: true
    query: SELECT id, title FROM posts
)");
  const std::vector<rules::Subscription> tagged = {{.stream = "tagged", .parameters_json = R"({"tag":"a"})"}};
  const auto in_tag = [&] { return service.Log("1#tagged|0[\"a\"]"); };
  service.Do(R"(INSERT INTO posts VALUES ('p1', 'T', '["a","b"]'), ('p2', 'U', '["a"]'))");
  CHECK(in_tag().size() == 2);
  service.log.lines.clear();
  CHECK(service.Do("UPDATE posts SET tags = 'nojson', title = 'V' WHERE id = 'p1'"));
  CHECK(in_tag().back() == "7 REMOVE posts/p1");
  CHECK(service.Log("1#tagged|0[\"b\"]").back() == "8 REMOVE posts/p1");
  REQUIRE(service.log.lines.size() == 1);
  CHECK(service.log.lines[0].find("a row of table 'posts' cannot be evaluated and is left out") == 0);
  CHECK(service.Download(R"({"sub":"u"})", tagged) ==
        Rows{{"posts/p1", R"({"id":"p1","title":"V"})"}, {"posts/p2", R"({"id":"p2","title":"U"})"}});
  service.Do(R"(UPDATE posts SET tags = '"a"' WHERE id = 'p1')");
  CHECK(in_tag().back() == R"(9 PUT posts/p1 {"id":"p1","title":"V"})");
}

TEST_CASE("W16 W17: a grant brings a bucket with all its rows, a revocation takes it", "[ingest][W16][W17][I18]") {
  Boats service;
  service.Do("INSERT INTO crew VALUES ('c1', 'b3'), ('c2', 'b3')");
  CHECK(service.Buckets(kU1) == Lines{kB});
  Must(service.app->Execute("INSERT INTO boats VALUES ('b3', 'Cutter', 'u1', NULL)"));
  const auto granted = service.Poll();
  REQUIRE(granted);
  CHECK(granted->changes.index_keys == std::vector<std::pair<std::uint32_t, std::string>>{{0, R"(["u1"])"}});
  CHECK(service.Buckets(kU1) == Lines{"1#crew_list|0[\"b3\"]", kB});
  CHECK(service.Download(kU1).size() == 3);
  service.Do("UPDATE boats SET skipper = 'u2' WHERE id = 'b3'");
  CHECK(service.Buckets(kU1) == Lines{kB});
  CHECK(service.Download(kU2).size() == 3);
}

TEST_CASE("W18: a change under another key is told as such", "[ingest][W18][S11]") {
  Boats service;
  Must(service.app->Execute("INSERT INTO boats VALUES ('b7', 'Other', 'u7', NULL)"));
  const auto published = service.Poll();
  REQUIRE(published);
  CHECK_FALSE(published->changes.everything);
  CHECK(published->changes.index_keys == std::vector<std::pair<std::uint32_t, std::string>>{{0, R"(["u7"])"}});
  CHECK(published->changes.buckets == Lines{"1#my_boats|0[\"u7\"]"});
}

TEST_CASE("W19 W20: write checkpoints are acknowledged after the writes before them", "[ingest][W19][W20][G4]") {
  Boats service;
  const auto acknowledged = [&] {
    const auto id = Must(Must(service.reader->Open())->AcknowledgedWrite("u1/c1"));
    return id ? Raw(*id) : 0;
  };
  const storage::WriteCheckpointRequest request{.user_key = "u1/c1"};
  Must(service.app->Execute("INSERT INTO boats VALUES ('b1', 'Alke', 'u1', NULL)"));
  CHECK(Raw(Must(service.ingester->RequestWriteCheckpoints({&request, 1}, {})).at(0)) == 1);
  CHECK(acknowledged() == 0);
  CHECK(service.Poll());
  CHECK(acknowledged() == 1);
  CHECK(service.Download(kU1).size() == 1);
  // On an idle source the marker alone moves the position: a checkpoint with the same op id.
  const std::int64_t op = service.LastOp();
  CHECK(Raw(Must(service.ingester->RequestWriteCheckpoints({&request, 1}, {})).at(0)) == 2);
  CHECK(Raw(Must(service.ingester->RequestWriteCheckpoints({&request, 1}, {})).at(0)) == 3);
  CHECK(service.Poll());
  CHECK_FALSE(service.Poll());
  CHECK(service.LastOp() == op);
  CHECK(acknowledged() == 3);
}

TEST_CASE("W21: a client's own numbers are kept for an hour", "[ingest][W21][P-115]") {
  Boats service;
  const auto ask = [&](const char* user, std::int64_t id, std::chrono::minutes at) {
    const storage::WriteCheckpointRequest request{.user_key = user, .supplied = WriteCheckpoint{id}};
    return Raw(Must(service.ingester->RequestWriteCheckpoints({&request, 1}, {.wall = at})).at(0));
  };
  using std::chrono::minutes;
  CHECK(ask("u1", 7, minutes(100)) == 7);
  CHECK(ask("u1", 1, minutes(150)) == 7);
  CHECK(ask("u2", 1, minutes(159)) == 1);
  CHECK(ask("u1", 1, minutes(159)) == 7);
  CHECK(ask("u2", 1, minutes(161)) == 1);
  CHECK(ask("u1", 1, minutes(161)) == 1);  // Forgotten: 7 was never asked for again.
}

TEST_CASE("W23: a large transaction is one checkpoint", "[ingest][W23]") {
  Boats service;
  Must(
      service.app->Execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) "
                           "INSERT INTO boats SELECT 'b' || i, 'n', 'u' || (i % 3), NULL FROM n"));
  const std::int64_t serial = service.writer->checkpoint().serial;
  REQUIRE(service.Poll());
  CHECK(service.writer->checkpoint().serial == serial + 1);
  CHECK_FALSE(service.Poll());
  CHECK(service.Download(kU1).size() == 10000 + 0u);
}

TEST_CASE("W25: another config makes a new deployment, a comment does not", "[ingest][W25][I14]") {
  Boats service;
  service.Do("INSERT INTO boats VALUES ('b1', 'Alke', 'u1', 'secret')");
  service.Stop();
  service.Configure(std::string("  # a comment\n") + kStreams);
  service.Start();
  CHECK(service.writer->deployment().number == 1);
  CHECK(service.LastOp() == 1);
  service.Stop();
  service.Configure(
      "  my_boats:\n    auto_subscribe: true\n    query: SELECT * FROM boats WHERE skipper = auth.user_id()\n");
  service.Start();
  CHECK(service.writer->deployment().number == 2);
  CHECK(service.Buckets(kU1) == Lines{"2#my_boats|0[\"u1\"]"});
  CHECK(service.Log(kB).empty());
  CHECK(service.Download(kU1) == Rows{{"boats/b1", R"({"id":"b1","name":"Alke","skipper":"u1","notes":"secret"})"}});
  CHECK(service.LastOp() == 2);
}

TEST_CASE("W27: lost history is noticed and everything copied again", "[ingest][W27]") {
  Boats service;
  service.Do("INSERT INTO boats VALUES ('b1', 'Alke', 'u1', NULL)");
  service.Stop();
  {
    auto app = Must(sqlite::Connection::Open({.path = service.source_path}));
    Must(
        app->Execute("DELETE FROM boats; INSERT INTO boats VALUES ('b2', 'Brigg', 'u1', NULL);"
                     "DROP TABLE skerry_changes; DROP TABLE skerry_source"));
  }
  service.Start();
  CHECK(service.writer->deployment().number == 2);
  CHECK(service.Download(kU1) == Rows{{"boats/b2", R"({"id":"b2","name":"Brigg"})"}});
}

TEST_CASE("W27: who keeps its deployment leaves it as it is when its history is lost", "[ingest][W27]") {
  Boats service;
  service.Do("INSERT INTO boats VALUES ('b1', 'Alke', 'u1', NULL)");
  service.ingester.reset();
  service.source.reset();
  Must(service.app->Execute("DELETE FROM boats; DROP TABLE skerry_changes; DROP TABLE skerry_source"));
  service.source = Must(replication::OpenSqliteSource({.path = service.source_path}, service.random, service.log));
  service.ingester = Must(
      ingest::Ingester::Start(service.plan, *service.source, *service.writer, service.log, /*keeps_deployment=*/true));
  for (int i = 0; i < 3; ++i) {
    const auto refused = service.ingester->Poll();
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message.find("the old deployment stays as it is") != std::string::npos);
  }
  CHECK(service.writer->deployment().number == 1);
  CHECK(service.Download(kU1).size() == 1);
}

TEST_CASE("schema changes while running keep the buckets right", "[ingest][schema]") {
  Boats service;
  service.Do(
      "INSERT INTO boats VALUES ('b1', 'Alke', 'u1', NULL), ('b2', 'Brigg', 'u1', NULL); INSERT INTO crew VALUES ('c', "
      "'b1')");
  const std::int64_t before = service.LastOp();
  CHECK(service.Do("ALTER TABLE boats ADD COLUMN keel"));
  CHECK(service.LastOp() == before);  // Not selected: nothing differs.
  CHECK(service.Do("ALTER TABLE crew ADD COLUMN rank DEFAULT 'mate'"));
  CHECK(service.Download(kU1).at("crew/c") == R"({"id":"c","boat":"b1","rank":"mate"})");
  service.Do("DROP TABLE boats");
  CHECK(service.Download(kU1).empty());
  CHECK(service.log.lines.back().find("table 'boats' is not in the source database") == 0);
  service.Do("CREATE TABLE boats(id INTEGER PRIMARY KEY, name, skipper); INSERT INTO boats VALUES (5, 'Five', 'u1')");
  CHECK(service.Download(kU1) == Rows{{"boats/5", R"({"id":5,"name":"Five"})"}});
}

TEST_CASE("a storage that cannot be written keeps the change for later", "[ingest][fault]") {
  Boats service;
  auto other = Must(sqlite::Connection::Open({.path = service.storage_path}));
  Must(service.app->Execute("INSERT INTO boats VALUES ('b1', 'Alke', 'u1', NULL)"));
  Must(other->Execute("BEGIN IMMEDIATE"));
  const auto failed = service.ingester->Poll();
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == ErrorCode::kStorageBusy);
  Must(other->Execute("ROLLBACK"));
  CHECK(service.Poll());
  CHECK(service.Download(kU1).size() == 1);
}
