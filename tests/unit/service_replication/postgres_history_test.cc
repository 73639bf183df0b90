// The Postgres source when the source itself changes: tables, publication, slot, rights.
#include <algorithm>

#include "postgres_fixture.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;
using Lines = std::vector<std::string>;

namespace {

constexpr char kBoats[] =
    "CREATE TABLE boats(id text PRIMARY KEY, name text);"
    "INSERT INTO boats VALUES ('b1', 'Alke'), ('b2', 'Brigg');";

bool Has(const Lines& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

// Polls until the source gives an error.
std::string AwaitRefusal(PostgresDatabase& db) {
  auto polled = db.Look();
  while (polled.ok()) polled = db.Look();
  CHECK(polled.error().code == ErrorCode::kConfig);
  return polled.error().message;
}

}  // namespace

TEST_CASE("Postgres: a table whose columns change is copied again, before anything of it counts",
          "[replication][postgres][schema]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.CatchUp();
  const std::string id = db.sink.tables.at("public.boats").id;
  // With a change of its rows in the same transaction.
  Lines lines =
      db.Do("BEGIN; ALTER TABLE boats ADD keel int DEFAULT 2; UPDATE boats SET keel = 3 WHERE id = 'b1'; COMMIT");
  CHECK(Has(lines, R"(put boats ["b1"] "b1","Alke",3)"));
  CHECK(Has(lines, R"(put boats ["b2"] "b2","Brigg",2)"));
  CHECK(db.sink.tables.at("public.boats").id == id);
  // Without one.
  Must(db.app->Execute("ALTER TABLE boats RENAME name TO title"));
  while (db.sink.tables.at("public.boats").columns.at(1) != "title") (void)db.Step();
  db.CatchUp();
  lines = db.Do("ALTER TABLE boats ALTER keel TYPE text; UPDATE boats SET keel = 'k' WHERE id = 'b1'");
  CHECK(Has(lines, R"(put boats ["b2"] "b2","Brigg","2")"));
  CHECK(Has(lines, R"(put boats ["b1"] "b1","Alke","k")"));
  db.source.reset();
  Must(db.app->Execute("ALTER TABLE boats DROP keel"));
  db.Restart();
  lines = db.CatchUp();
  CHECK(Has(lines, R"(put boats ["b1"] "b1","Alke")"));
  CHECK(db.Do("CREATE INDEX ON boats(title); UPDATE boats SET title = 'z' WHERE id = 'b1'") ==
        Lines{R"(put boats ["b1"] "b1","z")"});
}

TEST_CASE("Postgres: a table with another key is another table", "[replication][postgres][schema]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.CatchUp();
  const std::string id = db.sink.tables.at("public.boats").id;
  const Lines lines = db.Do(
      "ALTER TABLE boats DROP CONSTRAINT boats_pkey; ALTER TABLE boats ALTER name SET NOT NULL, ADD PRIMARY KEY (name);"
      "UPDATE boats SET id = 'c1' WHERE name = 'Alke'");
  CHECK(Has(lines, R"(put boats ["Brigg"] "b2","Brigg")"));
  CHECK(Has(lines, R"(put boats ["Alke"] "c1","Alke")"));
  CHECK(db.sink.tables.at("public.boats").id != id);
}

TEST_CASE("Postgres: tables that are dropped, made again, renamed or moved", "[replication][postgres][schema]") {
  PostgresDatabase db(kBoats, {"boats", "ships"});
  db.CatchUp();
  Lines lines = db.Do(
      "DROP TABLE boats; CREATE TABLE boats(id text PRIMARY KEY, name text);"
      "INSERT INTO boats VALUES ('n1', 'new')");
  CHECK(Has(lines, "begin boats"));
  CHECK(Has(lines, R"(put boats ["n1"] "n1","new")"));
  CHECK_FALSE(Has(lines, R"(put boats ["b1"] "b1","Alke")"));
  Must(db.app->Execute("ALTER TABLE boats RENAME TO ships"));
  while (db.sink.tables.count("public.ships") == 0) (void)db.Step();
  lines = db.Do("INSERT INTO ships VALUES ('s1', 'after')");
  CHECK(db.sink.tables.count("public.boats") == 0);
  CHECK(Has(lines, "drop public.boats"));
  CHECK(Has(lines, R"(put ships ["n1"] "n1","new")"));
  CHECK(Has(lines, R"(put ships ["s1"] "s1","after")"));
  Must(db.app->Execute("DROP TABLE ships"));
  while (db.sink.tables.count("public.ships") != 0) (void)db.Step();
  CHECK(db.Said("table 'ships' is not in the source database"));
}

TEST_CASE("Postgres: a table that is made later comes with its first row, or without any",
          "[replication][postgres][schema]") {
  PostgresDatabase db(kBoats, {"boats", "crew", "later"});
  db.CatchUp();
  CHECK(db.Said("table 'crew' is not in the source database"));
  Must(db.app->Execute("CREATE TABLE crew(id int PRIMARY KEY); INSERT INTO crew VALUES (1)"));
  CHECK(Has(db.AwaitTable("public.crew"), "put crew [1] 1"));
  Must(db.app->Execute("CREATE TABLE later(id int PRIMARY KEY)"));
  while (db.sink.tables.count("public.later") == 0) (void)db.Step();
}

TEST_CASE("Postgres: a table that joins or leaves the publication", "[replication][postgres][publication]") {
  PostgresDatabase db(std::string(kBoats) +
                          "CREATE TABLE crew(id int PRIMARY KEY); INSERT INTO crew VALUES (1), (2);"
                          "DROP PUBLICATION powersync; CREATE PUBLICATION powersync FOR TABLE boats",
                      {"boats", "crew"});
  CHECK(db.CatchUp() ==
        Lines{"begin boats", R"(put boats ["b1"] "b1","Alke")", R"(put boats ["b2"] "b2","Brigg")", "end boats"});
  CHECK(
      db.Said("PSYNC_S1141: table 'public.crew' is not in the publication; run: ALTER PUBLICATION powersync ADD TABLE "
              "\"public\".\"crew\""));
  CHECK(db.Do("INSERT INTO crew VALUES (3)").empty());
  Must(db.app->Execute("ALTER PUBLICATION powersync ADD TABLE crew"));
  while (db.sink.tables.count("public.crew") == 0) (void)db.Step();
  const Lines lines = db.Do("INSERT INTO crew VALUES (4)");
  CHECK(Has(lines, "put crew [3] 3"));
  CHECK(Has(lines, "put crew [4] 4"));
  Must(db.app->Execute("ALTER PUBLICATION powersync DROP TABLE crew"));
  while (db.sink.tables.count("public.crew") != 0) (void)db.Step();
}

TEST_CASE("Postgres: changes of other tables go on while a copy waits for an open transaction",
          "[replication][postgres][schema]") {
  PostgresDatabase db(kBoats, {"boats", "crew"});
  db.CatchUp();
  auto writer = db.cluster.Connect(db.database);
  Must(writer->Execute("CREATE TABLE crew(id int PRIMARY KEY); BEGIN; INSERT INTO crew VALUES (1)"));
  CHECK(db.Do("UPDATE boats SET name = 'x' WHERE id = 'b1'") == Lines{R"(put boats ["b1"] "b1","x")"});
  CHECK(db.sink.tables.count("public.crew") == 0);
  Must(writer->Execute("COMMIT"));
  CHECK(Has(db.AwaitTable("public.crew"), "put crew [1] 1"));
}

TEST_CASE("Postgres: partitions are tables of their own, found by a wildcard", "[replication][postgres][E24]") {
  PostgresDatabase db(
      "CREATE TABLE event(id int, year int, PRIMARY KEY (id, year)) PARTITION BY LIST (year);"
      "CREATE TABLE event_2024 PARTITION OF event FOR VALUES IN (2024);"
      "CREATE TABLE event_2025 PARTITION OF event FOR VALUES IN (2025);"
      "CREATE SCHEMA ten_a; CREATE TABLE ten_a.orders(id int PRIMARY KEY);"
      "INSERT INTO event VALUES (1, 2024), (2, 2025); INSERT INTO ten_a.orders VALUES (5)",
      {"event_%", "ten%.orders"});
  Lines lines = db.CatchUp();
  CHECK(Has(lines, "put event_2024 [1,2024] 1,2024"));
  CHECK(Has(lines, "put event_2025 [2,2025] 2,2025"));
  CHECK(Has(lines, "put orders [5] 5"));
  CHECK(db.sink.tables.at("ten_a.orders").schema == "ten_a");
  CHECK(db.log.lines.size() == 3);  // Three copies, no complaint about the root.
  CHECK(db.Do("UPDATE event SET year = 2025 WHERE id = 1") ==
        Lines{"delete event_2024 [1,2024]", "put event_2025 [1,2025] 1,2025"});
  Must(db.app->Execute(
      "CREATE TABLE event_2026 PARTITION OF event FOR VALUES IN (2026); INSERT INTO event VALUES (3, 2026)"));
  CHECK(Has(db.AwaitTable("public.event_2026"), "put event_2026 [3,2026] 3,2026"));
  db.wanted = {"event"};
  db.Restart();
  db.CatchUp();
  CHECK(db.Said("PSYNC_S1143: table 'public.event' is partitioned"));
}

TEST_CASE("Postgres: row filters, column lists and generated columns bind the copy, too",
          "[replication][postgres][publication]") {
  PostgresDatabase db(
      "CREATE TABLE t(id int PRIMARY KEY, a text, secret text, doubled int GENERATED ALWAYS AS (id * 2) STORED);"
      "INSERT INTO t VALUES (1, 'yes', 's'), (2, 'no', 's'), (11, 'yes', 's'); DROP PUBLICATION powersync;"
      "CREATE PUBLICATION powersync FOR TABLE t (id, a) WHERE (id < 10)",
      {"t"});
  CHECK(db.CatchUp() == Lines{"begin t", R"(put t [1] 1,"yes")", R"(put t [2] 2,"no")", "end t"});
  CHECK(db.Do("UPDATE t SET id = 12 WHERE id = 2") == Lines{"delete t [2]"});
  CHECK(db.Do("UPDATE t SET id = 3 WHERE id = 11") == Lines{R"(put t [3] 3,"yes")"});
}

TEST_CASE("Postgres W27: a lost slot leads to a new history, and no slot is left behind",
          "[replication][postgres][W27]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.CatchUp();
  const std::string first = db.Slot();
  db.source.reset();
  db.DropSlots();
  Must(db.app->Execute("DELETE FROM boats WHERE id = 'b1'"));
  db.Restart();
  CHECK(db.CatchUp() == Lines{"begin boats", R"(put boats ["b2"] "b2","Brigg")", "end boats"});
  CHECK(db.Said("the replication slot " + first + " is gone; everything is copied again"));
  CHECK(db.Slot() != first);
  // While it runs, too. The old one goes when the new history is durable.
  const std::string second = db.Slot();
  db.Restart();
  db.CatchUp();
  db.Open({.identity = db.sink.notes.identity});  // Another config.
  db.CatchUp();
  const std::string slots =
      "SELECT string_agg(slot_name, ' ') FROM pg_replication_slots WHERE database = current_database()";
  CHECK(db.Ask(slots).find(second) != std::string::npos);
  Must(db.source->Confirm(db.sink.notes.position));
  CHECK(db.Ask(slots) == db.Slot());
  CHECK(db.notepad.text == db.Slot());
}

TEST_CASE("Postgres W25: what is stored is confirmed while a new history waits for its snapshot, whose slot stays",
          "[replication][postgres][W25]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.CatchUp();
  const std::string old = db.Slot();
  db.Open({.identity = db.sink.notes.identity});
  // The snapshot is not there before this has ended.
  auto writer = db.cluster.Connect(db.database);
  Must(writer->Execute("BEGIN; INSERT INTO boats VALUES ('b3', 'Cutter')"));
  CHECK(db.Step() == replication::Polled::kNothing);
  Must(writer->Execute("COMMIT"));
  const std::string ready = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database() AND ";
  while (db.Ask(ready + "NOT active AND confirmed_flush_lsn IS NOT NULL AND slot_name <> '" + old + "'") != "1") {
  }
  Must(db.source->Confirm(db.sink.notes.position));
  const Lines lines = db.CatchUp();
  CHECK(Has(lines, R"(put boats ["b3"] "b3","Cutter")"));
  CHECK(db.Slot() != old);
  CHECK(db.Ask(ready + "slot_name = '" + db.Slot() + "'") == "1");
  CHECK(db.Do("INSERT INTO boats VALUES ('b4', 'Dory')") == Lines{R"(put boats ["b4"] "b4","Dory")"});
}

TEST_CASE("Postgres: a crash in the middle of the first copy leaves no slot behind", "[replication][postgres][W27]") {
  PostgresDatabase db(kBoats, {"boats"});
  for (int crashes = 0; crashes < 5; ++crashes) {
    while (db.Step() == replication::Polled::kNothing) {
    }
    db.Open({});
    db.Take();
  }
  db.CatchUp();
  const auto slots = [&] {
    return db.Ask("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()");
  };
  // A slot of the last crash may still be in use by a server process that has not noticed.
  for (std::string left = slots(); left != "1"; left = slots()) {
    db.Restart();
    db.CatchUp();
    Must(db.source->Confirm(db.sink.notes.position));
  }
  CHECK(db.notepad.text == db.Slot());
}

TEST_CASE("Postgres: a storage that is older than the slot, or newer than the source, is told from a good one",
          "[replication][postgres][W27]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.CatchUp();
  const std::string old = db.sink.notes.position;
  db.Do("INSERT INTO boats VALUES ('b3', 'x')");
  Must(db.source->Confirm(db.sink.notes.position));
  const std::string is_confirmed = "SELECT confirmed_flush_lsn > '" +
                                   replication::pg::ToText(replication::pg::FromPosition(old)) +
                                   "' FROM pg_replication_slots WHERE slot_name = '" + db.Slot() + "'";
  while (db.Ask(is_confirmed) != "t") (void)db.Step();
  db.sink.notes.position = old;
  db.Restart();
  db.AwaitCommit();
  CHECK(db.Said("the bucket storage is older than what the replication slot"));
  CHECK(db.Take().size() == 5);
  db.sink.notes.position = "00FFFFFFFFFFFFFF";
  db.Restart();
  db.AwaitCommit();
  CHECK(db.Said("the source is at an earlier state than the bucket storage"));
  CHECK(db.Take().size() == 5);
  db.sink.notes.identity.insert(std::string("postgres ").size(), "7");
  db.Restart();
  db.AwaitCommit();
  CHECK(db.Said("the source is another database"));
}

TEST_CASE("Postgres: what is missing at the start is told with the statement that mends it",
          "[replication][postgres][checks]") {
  PostgresDatabase db(kBoats, {"boats"});
  Must(db.app->Execute("DROP PUBLICATION powersync"));
  CHECK(AwaitRefusal(db).find("PSYNC_S1141") == 0);
  CHECK(AwaitRefusal(db).find("CREATE PUBLICATION powersync FOR ALL TABLES") != std::string::npos);
  Must(db.app->Execute("CREATE PUBLICATION powersync FOR ALL TABLES WITH (publish = 'insert')"));
  CHECK(AwaitRefusal(db).find("PSYNC_S1142") == 0);
  Must(
      db.app->Execute("ALTER PUBLICATION powersync SET (publish = 'insert, update, delete, truncate', "
                      "publish_via_partition_root = true)"));
  CHECK(AwaitRefusal(db).find("PSYNC_S1143") == 0);
  Must(db.app->Execute("ALTER PUBLICATION powersync SET (publish_via_partition_root = false)"));

  const std::string role = "role_" + db.database;
  Must(db.app->Execute("CREATE ROLE " + role + " LOGIN"));
  db.options.connection = db.cluster.Keywords(db.database, role);
  db.Open({});
  CHECK(AwaitRefusal(db).find("ALTER ROLE \"" + role + "\" REPLICATION") != std::string::npos);
  Must(db.app->Execute("ALTER ROLE " + role + " REPLICATION"));
  db.AwaitCommit();
  CHECK(db.Said("GRANT SELECT ON \"public\".\"boats\" TO \"" + role + "\""));
  CHECK(db.Take().empty());
  Must(db.app->Execute("GRANT SELECT ON boats TO " + role + "; ALTER TABLE boats ENABLE ROW LEVEL SECURITY"));
  while (!db.Said("PSYNC_S1145: row level security hides rows of table 'public.boats'")) (void)db.Step();
  CHECK(db.Said("ALTER ROLE \"" + role + "\" BYPASSRLS"));
  Must(db.app->Execute("ALTER ROLE " + role + " BYPASSRLS"));
  db.source.reset();
  db.Restart();  // A session keeps the rights that its role had.
  CHECK(Has(db.AwaitTable("public.boats"), R"(put boats ["b1"] "b1","Alke")"));

  db.options.connection["dbname"] = "nowhere";
  db.Restart();
  CHECK(AwaitRefusal(db).find("database \"nowhere\" does not exist") != std::string::npos);
}

TEST_CASE("Postgres: a server without logical replication is told how to switch it on",
          "[replication][postgres][checks]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.source.reset();
  // The server would not start with them. Those of tests that just ended may be in use for a moment.
  while (db.Ask("SELECT count(*) FROM pg_replication_slots") != "0") {
    Must(db.app->Execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active"));
  }
  db.app.reset();
  db.cluster.Stop(2);
  db.cluster.Start("-c wal_level=replica -c max_wal_senders=10");
  db.Open({});
  CHECK(AwaitRefusal(db).find("ALTER SYSTEM SET wal_level = logical") != std::string::npos);
  db.source.reset();
  db.cluster.Stop(2);
  db.cluster.Start();
  db.app = db.cluster.Connect(db.database);
}
