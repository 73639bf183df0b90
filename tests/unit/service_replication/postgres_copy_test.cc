// Copies of tables that change in unkind moments: between the snapshot and its reading, and while the stream goes on.
#include "postgres_fixture.h"
#include "replication/postgres/slots.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;

namespace {

std::size_t Count(const std::vector<std::string>& lines, const std::string& words) {
  std::size_t count = 0;
  for (const std::string& line : lines) count += line.find(words) != std::string::npos ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("Postgres: a table that is truncated before the first copy reaches it empties no state in which it was full",
          "[replication][postgres][copy][I5]") {
  PostgresDatabase db(
      "CREATE TABLE first(id int PRIMARY KEY); INSERT INTO first SELECT generate_series(1, 9000);"
      "CREATE TABLE second(id int PRIMARY KEY); INSERT INTO second VALUES (1), (2)",
      {"first", "second"});
  while (db.sink.tables.count("public.first") == 0) (void)db.Step();
  REQUIRE(db.sink.tables.count("public.second") == 0);
  // TRUNCATE hides its rows from every snapshot, also from those of the time when they were there.
  Must(db.app->Execute("BEGIN; TRUNCATE second; INSERT INTO first VALUES (10000); COMMIT"));
  db.AwaitCommit();
  const auto lines = db.Take();
  CHECK(Count(lines, "put first [10000]") == 1);
  CHECK(Count(lines, "put first") == 9001);
  CHECK(db.Do("INSERT INTO second VALUES (3)") == std::vector<std::string>{"put second [3] 3"});
}

TEST_CASE("Postgres: a table that was copied can be truncated and altered while others are copied",
          "[replication][postgres][copy]") {
  PostgresDatabase db(
      "CREATE TABLE first(id int PRIMARY KEY); INSERT INTO first VALUES (1);"
      "CREATE TABLE second(id int PRIMARY KEY); INSERT INTO second SELECT generate_series(1, 9000)",
      {"first", "second"});
  while (db.sink.tables.count("public.second") == 0) (void)db.Step();
  Must(db.app->Execute("SET lock_timeout = '10s'; TRUNCATE first"));
  Must(db.app->Execute("INSERT INTO first VALUES (2)"));
  db.AwaitCommit();
  const auto lines = db.CatchUp();
  CHECK(Count(lines, "put first [2] 2") == 1);
}

TEST_CASE("Postgres: what is written while a changed table waits for its copy is in the copy or comes after it",
          "[replication][postgres][copy][I1]") {
  PostgresDatabase db("CREATE TABLE boats(id int PRIMARY KEY, n int); INSERT INTO boats VALUES (1, 0)", {"boats"});
  db.CatchUp();
  int n = 0;
  for (int round = 0; round < 15; ++round) {
    Must(db.app->Execute("ALTER TABLE boats ADD COLUMN c" + std::to_string(round) + " int"));
    // The stream passes some of these before the snapshot is there, and some while it is being taken.
    for (int i = 0; i < 12; ++i) {
      Must(db.app->Execute("UPDATE boats SET n = " + std::to_string(++n) + " WHERE id = 1"));
      (void)db.Step();
    }
    std::string last;
    for (const std::string& line : db.CatchUp()) {
      if (line.rfind("put boats [1]", 0) == 0) last = line;
    }
    INFO("round " << round << ", the last row delivered: " << last);
    REQUIRE(last.rfind("put boats [1] 1," + std::to_string(n) + ",", 0) == 0);
  }
}

TEST_CASE("Postgres: a slot that is still being made for a service that was killed is not forgotten",
          "[replication][postgres][copy][W27]") {
  PostgresDatabase db("CREATE TABLE boats(id int PRIMARY KEY)", {"boats"});
  const std::string name = "powersync_" + db.database;
  Must(db.notepad.Write(name));
  auto keywords = db.options.connection;
  keywords["application_name"] = name;
  auto maker = Must(replication::pg::Connection::Open(keywords, replication::pg::Purpose::kReplication));
  const auto drop = [&] { return Must(replication::pg::DropOtherSlots(*db.app, db.notepad, {}, db.log)); };
  CHECK_FALSE(drop());
  CHECK(db.notepad.text == name);
  Must(maker->Execute("CREATE_REPLICATION_SLOT " + name + " LOGICAL pgoutput"));
  maker.reset();
  while (!drop()) {
  }
  CHECK(db.notepad.text.empty());
  CHECK(db.Ask("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()") == "0");
}
