// The data side of the service over a real Postgres: what users hold is what plain SQL selects, whatever happens in
// between.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "postgres_app.h"
#include "random_app.h"
#include "replication/postgres/lsn.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;
using Lines = std::vector<std::string>;

namespace {

// A database with tables of the test's own.
struct Database {
  explicit Database(const std::string& setup) {
    app = cluster.Connect(name);
    Must(app->Execute("CREATE PUBLICATION powersync FOR ALL TABLES"));
    Must(app->Execute(setup));
  }
  ~Database() {
    const std::string mine = " FROM pg_replication_slots WHERE database = current_database()";
    while (Must(app->Query("SELECT count(*)" + mine)).Text(0, 0) != "0") {
      (void)app->Execute("SELECT pg_drop_replication_slot(slot_name)" + mine + " AND NOT active");
    }
  }
  Service::OpenSource Opener() {
    return [this](Random& random, LogSink& log) {
      replication::PostgresSourceOptions options;
      options.connection = cluster.Keywords(name);
      options.first_retry = options.last_retry = std::chrono::milliseconds(10);
      return replication::MakePostgresSource(std::move(options), random, log);
    };
  }

  PostgresCluster& cluster = PostgresCluster::Shared();
  std::string name = cluster.MakeDatabase();
  std::unique_ptr<replication::pg::Connection> app;
};

constexpr char kBoats[] =
    "CREATE TABLE boats(id text PRIMARY KEY, name text, skipper text, notes text);"
    "CREATE TABLE crew(id text PRIMARY KEY, boat text)";
constexpr char kStreams[] = R"(
  my_boats:
    auto_subscribe: true
    query: SELECT id, name FROM boats WHERE skipper = auth.user_id()
  crew_list:
    auto_subscribe: true
    query: SELECT * FROM crew WHERE boat IN (SELECT id FROM boats WHERE skipper = auth.user_id())
)";
constexpr char kB[] = "1#my_boats|0[\"u1\"]";
constexpr char kU1[] = R"({"sub":"u1"})";
constexpr char kU2[] = R"({"sub":"u2"})";

struct Boats : Database, Service {
  Boats() : Database(kBoats), Service(Opener(), kStreams) {}
  ~Boats() { Stop(); }
  void Run(const std::string& sql) {
    Must(Database::app->Execute(sql));
    CatchUp();
  }
};

void Compare(Service& service, PostgresApp& app, RandomApp& config, const std::string& streams, std::size_t& rows) {
  service.CatchUp();
  const auto snapshot = app.Snapshot();
  for (int requests = 0; requests < 3; ++requests) {
    const RandomApp::Request request = config.NextRequest();
    INFO("request " << request.ToText() << "\n" << streams);
    const Rows expected = config.Expected(*snapshot, request);
    rows += expected.size();
    REQUIRE(service.Download(request.token, request.subscriptions) == expected);
  }
}

}  // namespace

TEST_CASE("Postgres: a user sees what plain SQL over the source selects, after restarts and cuts at any point",
          "[ingest][postgres][property][I1][I13]") {
  std::size_t rows = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    INFO("seed " << seed);
    PostgresApp app(seed);
    RandomApp config(seed, /*unique_ids=*/true);
    const std::string streams = config.Streams();
    SeededRandom chaos(seed);
    Service service([&](Random&, LogSink& log) { return app.OpenSource(chaos, log); }, streams);
    for (int round = 0; round < 6; ++round) {
      for (int transactions = 0; transactions < 8; ++transactions) app.RunTransaction();
      // Killed in the middle of a group, cut off, or left alone.
      for (std::uint64_t looks = chaos.Next() % 6; looks > 0; --looks) (void)service.ingester->Poll();
      if (chaos.Next() % 3 == 0) {
        service.Stop();
        app.RunTransaction();
        service.Start();
      } else if (chaos.Next() % 3 == 0) {
        app.CutConnections();
        app.RunTransaction();
      }
      Compare(service, app, config, streams, rows);
    }
    CHECK(service.writer->deployment().number == 1);  // No round needed a new copy.
    service.Stop();
  }
  CHECK(rows > 100);  // The comparison is not one of nothing with nothing.
}

TEST_CASE("Postgres: a service killed again and again while the app writes ends with what plain SQL selects",
          "[ingest][postgres][crash][I1][I13]") {
  PostgresApp app(77);
  RandomApp config(77, /*unique_ids=*/true);
  const std::string streams = config.Streams();
  SeededRandom names(77);
  Service service([&](Random&, LogSink& log) { return app.OpenSource(names, log); }, streams);
  SeededRandom times(99);
  std::size_t rows = 0;
  for (int round = 0; round < 12; ++round) {
    service.Stop();  // A child must not inherit open databases.
    app.Close();
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      SeededRandom random(static_cast<std::uint64_t>(round));
      LogLines log;
      auto source = app.OpenSource(random, log);
      auto writer = storage::OpenSqliteWriter(service.storage_path);
      if (!writer.ok()) _exit(1);
      auto ingester = ingest::Ingester::Start(service.plan, *source, **writer, log);
      if (!ingester.ok()) _exit(2);
      for (;;) {
        const auto step = (*ingester)->Poll();
        if (!step.ok() && step.error().code != ErrorCode::kSource) _exit(3);
        const bool may_confirm = step.ok() && !step->is_unfinished;
        if (may_confirm && !(*ingester)->Confirm().ok()) _exit(4);
        usleep(200);
      }
    }
    app.Open();
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(times.Next() % 120);
    while (std::chrono::steady_clock::now() < end) app.RunTransaction();
    int ended = 0;
    const bool ended_by_itself = waitpid(child, &ended, WNOHANG) != 0;
    INFO("exit code " << WEXITSTATUS(ended));
    REQUIRE_FALSE(ended_by_itself);
    REQUIRE(kill(child, SIGKILL) == 0);
    waitpid(child, &ended, 0);
    service.Start();
    Compare(service, app, config, streams, rows);
  }
  CHECK(service.writer->deployment().number == 1);
  service.Stop();
}

TEST_CASE("Postgres: the worked scenarios of a bucket's life",
          "[ingest][postgres][W01][W03][W04][W05][W06][W08][W10]") {
  Boats boats;
  boats.Run("BEGIN; INSERT INTO boats VALUES ('b1', 'Alke', 'u1', NULL), ('b2', 'Brigg', 'u1', NULL); COMMIT");
  CHECK(boats.Log(kB) ==
        Lines{R"(1 PUT boats/b1 {"id":"b1","name":"Alke"})", R"(2 PUT boats/b2 {"id":"b2","name":"Brigg"})"});
  boats.Run("UPDATE boats SET notes = 'not selected' WHERE id = 'b1'");
  CHECK(boats.LastOp() == 2);
  boats.Run("UPDATE boats SET skipper = 'u2' WHERE id = 'b1'");
  CHECK(boats.Download(kU1) == Rows{{"boats/b2", R"({"id":"b2","name":"Brigg"})"}});
  CHECK(boats.Download(kU2) == Rows{{"boats/b1", R"({"id":"b1","name":"Alke"})"}});
  boats.Run("UPDATE boats SET id = 'b9' WHERE id = 'b2'");
  CHECK(boats.Download(kU1) == Rows{{"boats/b9", R"({"id":"b9","name":"Brigg"})"}});
  boats.Run("BEGIN; DELETE FROM boats WHERE id = 'b9'; INSERT INTO boats VALUES ('b9', 'New', 'u1', NULL); COMMIT");
  CHECK(boats.Download(kU1) == Rows{{"boats/b9", R"({"id":"b9","name":"New"})"}});
  boats.Run("TRUNCATE boats");
  CHECK(boats.Download(kU1).empty());
  CHECK(boats.Download(kU2).empty());
}

TEST_CASE("Postgres W11: a large value that is left out stays in the bucket, over a restart",
          "[ingest][postgres][W11]") {
  Database database(kBoats);
  Service service(database.Opener(),
                  "  my_boats:\n    auto_subscribe: true\n    query: SELECT id, name, notes FROM boats WHERE skipper = "
                  "auth.user_id()\n");
  Must(
      database.app->Execute("INSERT INTO boats SELECT 'b1', 'Alke', 'u1', string_agg(md5(i::text), '') FROM "
                            "generate_series(1, 15000) i"));
  service.CatchUp();
  const std::string notes(Must(database.app->Query("SELECT notes FROM boats")).Text(0, 0));
  CHECK(notes.size() == 480'000);
  Must(database.app->Execute("UPDATE boats SET name = 'x'"));
  service.CatchUp();
  CHECK(service.Download(kU1) == Rows{{"boats/b1", R"({"id":"b1","name":"x","notes":")" + notes + "\"}"}});
  service.Stop();
  Must(database.app->Execute("UPDATE boats SET name = 'y', skipper = 'u2'"));
  service.Start();
  CHECK(service.Download(kU1).empty());
  CHECK(service.Download(kU2) == Rows{{"boats/b1", R"({"id":"b1","name":"y","notes":")" + notes + "\"}"}});
  service.Stop();
}

TEST_CASE("Postgres W16 W17: a grant brings a bucket, a revocation takes it", "[ingest][postgres][W16][W17][I18]") {
  Boats boats;
  boats.Run("INSERT INTO crew VALUES ('c1', 'b3'), ('c2', 'b3')");
  CHECK(boats.Buckets(kU1) == Lines{kB});
  boats.Run("INSERT INTO boats VALUES ('b3', 'Cutter', 'u1', NULL)");
  CHECK(boats.Buckets(kU1) == Lines{"1#crew_list|0[\"b3\"]", kB});
  boats.Run("UPDATE boats SET skipper = 'u2' WHERE id = 'b3'");
  CHECK(boats.Buckets(kU1) == Lines{kB});
  CHECK(boats.Download(kU2).size() == 3);
}

TEST_CASE("Postgres W19 W20: write checkpoints are acknowledged after the writes before them",
          "[ingest][postgres][W19][W20][G4]") {
  Boats boats;
  const auto acknowledged = [&] {
    const auto id = Must(Must(boats.reader->Open())->AcknowledgedWrite("u1/c1"));
    return id ? Raw(*id) : 0;
  };
  const storage::WriteCheckpointRequest request{.user_key = "u1/c1"};
  Must(boats.Database::app->Execute("INSERT INTO boats VALUES ('b1', 'Alke', 'u1', NULL)"));
  CHECK(Raw(Must(boats.ingester->RequestWriteCheckpoints({&request, 1}, {})).at(0)) == 1);
  CHECK(acknowledged() == 0);
  while (acknowledged() == 0) Must(boats.Look());
  CHECK(boats.Download(kU1).size() == 1);
  // On an idle source the marker alone moves the position.
  const std::int64_t op = boats.LastOp();
  CHECK(Raw(Must(boats.ingester->RequestWriteCheckpoints({&request, 1}, {})).at(0)) == 2);
  while (acknowledged() != 2) Must(boats.Look());
  CHECK(boats.LastOp() == op);
  // Also when the service ends between storing the request and emitting the marker.
  Must(boats.writer->StoreWriteCheckpoints({&request, 1}, Must(boats.source->Head()), {}));
  boats.Stop();
  boats.Start();
  while (acknowledged() != 3) Must(boats.Look());
}

TEST_CASE("Postgres W23: a large transaction is one checkpoint, and readers see nothing before it",
          "[ingest][postgres][W23]") {
  Boats boats;
  const std::int64_t serial = boats.writer->checkpoint().serial;
  Must(boats.Database::app->Execute(
      "INSERT INTO boats SELECT 'b' || i, 'n', 'u' || (i % 3), NULL FROM generate_series(1, 15000) i"));
  int unfinished = 0;
  for (bool is_in = false; !is_in; is_in = boats.writer->checkpoint().op > OpId{0}) {
    if (Must(boats.Look()).is_unfinished) {
      ++unfinished;
      CHECK(Must(boats.reader->Open())->checkpoint().op == OpId{0});
    }
  }
  CHECK(unfinished > 0);
  CHECK(boats.Download(kU1).size() == 5'000);
  CHECK(boats.writer->checkpoint().serial <= serial + 2);
}

TEST_CASE("Postgres W25 W27: a new config or a lost slot makes a new deployment; the old one is read until then",
          "[ingest][postgres][W25][W27][I14]") {
  Boats boats;
  boats.Run("INSERT INTO boats VALUES ('b1', 'Alke', 'u1', 'secret')");
  boats.Stop();
  boats.Configure(
      "  my_boats:\n    auto_subscribe: true\n    query: SELECT * FROM boats WHERE skipper = auth.user_id()\n");
  boats.Start();
  CHECK(boats.writer->deployment().number == 2);
  CHECK(boats.Buckets(kU1) == Lines{"2#my_boats|0[\"u1\"]"});
  CHECK(boats.Download(kU1) == Rows{{"boats/b1", R"({"id":"b1","name":"Alke","skipper":"u1","notes":"secret"})"}});
  Must(boats.ingester->Confirm());
  const std::string slots = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()";
  CHECK(Must(boats.Database::app->Query(slots)).Text(0, 0) == "1");

  boats.Stop();
  while (Must(boats.Database::app->Query(slots)).Text(0, 0) != "0") {
    (void)boats.Database::app->Execute(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database() AND "
        "NOT active");
  }
  Must(boats.Database::app->Execute("DELETE FROM boats; INSERT INTO boats VALUES ('b2', 'Brigg', 'u1', NULL)"));
  boats.source = boats.open_source(boats.random, boats.log);
  boats.writer = Must(storage::OpenSqliteWriter(boats.storage_path));
  boats.reader = Must(storage::OpenSqliteReader(boats.storage_path));
  boats.ingester = Must(ingest::Ingester::Start(boats.plan, *boats.source, *boats.writer, boats.log));
  CHECK(boats.ingester->CanServe());
  int unfinished = 0;
  while (boats.writer->deployment().number == 2) {
    if (!Must(boats.Look()).is_unfinished) continue;
    ++unfinished;
    CHECK(boats.Download(kU1).count("boats/b1") == 1);
  }
  CHECK(unfinished > 0);
  CHECK(boats.writer->deployment().number == 3);
  CHECK(boats.Download(kU1).count("boats/b1") == 0);
  CHECK(boats.Download(kU1).count("boats/b2") == 1);
}

TEST_CASE("Postgres I5: nothing is visible before the copies are done, nor below the places of their snapshots",
          "[ingest][postgres][I5]") {
  Database database(kBoats);
  Service service(database.Opener(), std::string(kStreams) + R"(
  later:
    auto_subscribe: true
    query: SELECT * FROM later
)");
  const auto open = [&] {
    service.source = service.open_source(service.random, service.log);
    service.writer = Must(storage::OpenSqliteWriter(service.storage_path));
    service.reader = Must(storage::OpenSqliteReader(service.storage_path));
    service.ingester = Must(ingest::Ingester::Start(service.plan, *service.source, *service.writer, service.log));
  };
  // A storage of its own, so that the first copy can be watched.
  service.Stop();
  service.storage_path = service.dir / "watched.db";
  Must(
      database.app->Execute("INSERT INTO boats SELECT 'b' || i, 'n', 'u1', NULL FROM generate_series(1, 4000) i;"
                            "INSERT INTO crew SELECT 'c' || i, 'b' || i FROM generate_series(1, 4000) i"));
  open();
  const auto end_of_log = [&] {
    const auto rows = Must(database.app->Query("SELECT pg_current_wal_insert_lsn()"));
    return replication::pg::ToPosition(*replication::pg::ParseLsn(rows.Text(0, 0)));
  };
  const std::string before_copy = end_of_log();
  while (service.writer->checkpoint().deployment == 0) {
    (void)Must(service.Look());
    const auto snapshot = Must(service.reader->Open());
    if (service.writer->checkpoint().deployment == 0) CHECK(snapshot->checkpoint().deployment == 0);
  }
  CHECK(service.writer->checkpoint().position >= before_copy);
  CHECK(service.Download(kU1).size() == 8'000);

  // A table that appears while the stream is far behind: its copy is of a state that the stream has yet to reach.
  service.Stop();
  for (int i = 0; i < 4; ++i) Must(database.app->Execute("UPDATE boats SET name = 'n" + std::to_string(i) + "'"));
  const std::string before_table = end_of_log();
  Must(database.app->Execute("CREATE TABLE later(id text PRIMARY KEY); INSERT INTO later VALUES ('l1'), ('l2')"));
  open();
  const std::string bucket[] = {"1#later|0[]"};
  for (bool has_table = false; !has_table;) {
    const auto step = Must(service.Look());
    if (!step.published) continue;
    const auto snapshot = Must(service.reader->Open());
    has_table = Must(snapshot->Totals(bucket))[0].count > 0;
    if (has_table) CHECK(snapshot->checkpoint().position >= before_table);
  }
  CHECK(service.Download(kU1).size() == 8'002);
  CHECK(service.Download(kU1).at("boats/b1") == R"({"id":"b1","name":"n3"})");
  service.Stop();
}
