// The Postgres source against a real server: snapshot, changes, keys, large values, restarts.
#include <signal.h>

#include <algorithm>

#include "postgres_fixture.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;
using Lines = std::vector<std::string>;
using replication::Polled;

namespace {

constexpr char kBoats[] =
    "CREATE TABLE boats(id text PRIMARY KEY, name text);"
    "INSERT INTO boats VALUES ('b1', 'Alke'), ('b2', 'Brigg');";

// A text that no compression makes small: Postgres keeps it out of line.
constexpr char kLarge[] = "(SELECT string_agg(md5(i::text || random()), '') FROM generate_series(1, 400) i)";

bool Has(const Lines& lines, const std::string& start) {
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) { return line.find(start) == 0; });
}

}  // namespace

TEST_CASE("Postgres: the tables are copied in one snapshot, then changes come", "[replication][postgres][W01][G1]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.AwaitCommit();
  CHECK(db.Take() ==
        Lines{"begin boats", R"(put boats ["b1"] "b1","Alke")", R"(put boats ["b2"] "b2","Brigg")", "end boats"});
  CHECK(db.sink.notes.position.size() == 16);
  CHECK(db.Do("INSERT INTO boats VALUES ('b3', NULL)") == Lines{R"(put boats ["b3"] "b3",null)"});
  CHECK(db.Do("UPDATE boats SET name = 'Alke II' WHERE id = 'b1'") == Lines{R"(put boats ["b1"] "b1","Alke II")"});
  CHECK(db.Do("DELETE FROM boats WHERE id = 'b2'") == Lines{R"(delete boats ["b2"])"});
  CHECK(db.Do("CREATE TABLE other(id text PRIMARY KEY); INSERT INTO other VALUES ('x')").empty());
}

TEST_CASE("Postgres: what commits while the tables are copied comes after the copy, once",
          "[replication][postgres][W24]") {
  PostgresDatabase db(kBoats, {"boats"});
  auto writer = db.cluster.Connect(db.database);
  Must(writer->Execute("BEGIN; UPDATE boats SET id = 'b0' WHERE id = 'b2'"));
  // The snapshot has to wait for the open transaction.
  for (int looks = 0; looks < 3; ++looks) CHECK(Must(db.source->Poll(db.sink)) == Polled::kNothing);
  Must(writer->Execute("COMMIT"));
  CHECK(db.CatchUp() ==
        Lines{"begin boats", R"(put boats ["b1"] "b1","Alke")", R"(put boats ["b0"] "b0","Brigg")", "end boats"});
  CHECK(db.Do("UPDATE boats SET id = 'b2' WHERE id = 'b0'") ==
        Lines{R"(delete boats ["b0"])", R"(put boats ["b2"] "b2","Brigg")"});
}

TEST_CASE("Postgres: an open or rolled back transaction delivers nothing", "[replication][postgres][G1]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.CatchUp();
  auto writer = db.cluster.Connect(db.database);
  Must(writer->Execute("BEGIN; UPDATE boats SET name = 'x'"));
  CHECK(db.CatchUp().empty());
  CHECK(db.Do("INSERT INTO boats VALUES ('b3', 'first')") == Lines{R"(put boats ["b3"] "b3","first")"});
  Must(writer->Execute("ROLLBACK"));
  CHECK(db.CatchUp().empty());
  Must(writer->Execute(
      "BEGIN; SAVEPOINT s; DELETE FROM boats; ROLLBACK TO s; DELETE FROM boats WHERE id = 'b1'; COMMIT"));
  CHECK(db.CatchUp() == Lines{R"(delete boats ["b1"])"});
}

TEST_CASE("Postgres W06: a key change deletes the old row and puts the new one", "[replication][postgres][W06][I16]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.CatchUp();
  CHECK(db.Do("UPDATE boats SET id = 'b9' WHERE id = 'b1'") ==
        Lines{R"(delete boats ["b1"])", R"(put boats ["b9"] "b9","Alke")"});
  CHECK(db.Do("BEGIN; DELETE FROM boats WHERE id = 'b2'; UPDATE boats SET id = 'b2' WHERE id = 'b9'; COMMIT") ==
        Lines{R"(delete boats ["b2"])", R"(delete boats ["b9"])", R"(put boats ["b2"] "b2","Alke")"});
}

TEST_CASE("Postgres W10: TRUNCATE empties the table, also those that it cascades to",
          "[replication][postgres][W10][I15]") {
  PostgresDatabase db(std::string(kBoats) +
                          "CREATE TABLE crew(id int PRIMARY KEY, boat text REFERENCES boats);"
                          "INSERT INTO crew VALUES (1, 'b1')",
                      {"boats", "crew"});
  db.CatchUp();
  Lines lines = db.Do("BEGIN; TRUNCATE boats CASCADE; INSERT INTO boats VALUES ('b1', 'again'); COMMIT");
  CHECK(Has(lines, "begin crew"));
  CHECK(Has(lines, "end crew"));
  REQUIRE(lines.size() == 5);
  CHECK(lines.back() == R"(put boats ["b1"] "b1","again")");
}

TEST_CASE("Postgres: every replica identity finds its rows", "[replication][postgres][identity]") {
  PostgresDatabase db(
      "CREATE TABLE by_index(a int NOT NULL, b text NOT NULL, v text); CREATE UNIQUE INDEX x ON by_index(b, a);"
      "ALTER TABLE by_index REPLICA IDENTITY USING INDEX x;"
      "CREATE TABLE full_key(id int PRIMARY KEY, v text); ALTER TABLE full_key REPLICA IDENTITY FULL;"
      "CREATE TABLE full_rows(a int, v text); ALTER TABLE full_rows REPLICA IDENTITY FULL;"
      "CREATE TABLE nothing(id int PRIMARY KEY, v text); ALTER TABLE nothing REPLICA IDENTITY NOTHING;"
      "CREATE TABLE keyless(a int, v text)",
      {"by_index", "full_key", "full_rows", "keyless", "nothing"});
  db.CatchUp();
  CHECK(db.Do("INSERT INTO by_index VALUES (1, 'x', 'v')") == Lines{R"(put by_index ["x",1] 1,"x","v")"});
  CHECK(db.Do("UPDATE by_index SET v = 'w'") == Lines{R"(put by_index ["x",1] 1,"x","w")"});
  CHECK(db.Do("UPDATE by_index SET a = 2") == Lines{R"(delete by_index ["x",1])", R"(put by_index ["x",2] 2,"x","w")"});
  CHECK(db.Do("DELETE FROM by_index") == Lines{R"(delete by_index ["x",2])"});

  CHECK(db.Do("INSERT INTO full_key VALUES (1, 'v')") == Lines{R"(put full_key [1] 1,"v")"});
  CHECK(db.Do("UPDATE full_key SET v = NULL") == Lines{R"(put full_key [1] 1,null)"});
  CHECK(db.Do("UPDATE full_key SET id = 2") == Lines{"delete full_key [1]", "put full_key [2] 2,null"});
  CHECK(db.Do("DELETE FROM full_key") == Lines{"delete full_key [2]"});

  CHECK(db.Do("INSERT INTO full_rows VALUES (1, NULL)") == Lines{"put full_rows [1,null] 1,null"});
  CHECK(db.Do("UPDATE full_rows SET v = 'v'") == Lines{"delete full_rows [1,null]", R"(put full_rows [1,"v"] 1,"v")"});
  CHECK(db.Do("DELETE FROM full_rows") == Lines{R"(delete full_rows [1,"v"])"});

  CHECK(db.Do("INSERT INTO nothing VALUES (1, 'v')") == Lines{R"(put nothing [1] 1,"v")"});
  CHECK_FALSE(db.app->Execute("UPDATE nothing SET v = 'w'").ok());  // Postgres itself refuses.
  CHECK(db.Do("INSERT INTO keyless VALUES (1, 'v')") == Lines{R"(put keyless [1,"v"] 1,"v")"});
  CHECK(db.Said("table 'public.keyless' has no replica identity"));
  CHECK(db.Said("ALTER TABLE \"public\".\"keyless\" REPLICA IDENTITY FULL"));
  // Another identity with another key is another table for whoever knows its rows.
  CHECK(Has(db.Do("ALTER TABLE nothing REPLICA IDENTITY DEFAULT; UPDATE nothing SET v = 'w'"),
            R"(put nothing [1] 1,"w")"));
  CHECK(Has(db.Do("ALTER TABLE by_index ADD PRIMARY KEY (a); ALTER TABLE by_index REPLICA IDENTITY DEFAULT;"
                  "INSERT INTO by_index VALUES (7, 'y', 'v')"),
            R"(put by_index [7] 7,"y","v")"));
}

TEST_CASE("Postgres W11: a large value that an update leaves out is restored", "[replication][postgres][W11][toast]") {
  PostgresDatabase db(std::string("CREATE TABLE notes(id int PRIMARY KEY, title text, body text);"
                                  "ALTER TABLE notes ALTER body SET STORAGE EXTERNAL;"
                                  "INSERT INTO notes VALUES (1, 'old', ") +
                          kLarge + "), (2, 'small', 'b')",
                      {"notes"});
  db.CatchUp();
  CHECK(db.sink.KeptRows() == 1);  // A small row is always sent whole.
  const std::string body = db.Ask("SELECT body FROM notes WHERE id = 1");
  CHECK(db.Do("UPDATE notes SET title = 'new' WHERE id = 1") == Lines{"put notes [1] 1,\"new\",\"" + body + "\""});
  CHECK(db.sink.restored == 1);
  CHECK(db.Do("UPDATE notes SET id = 3 WHERE id = 1") ==
        Lines{"delete notes [1]", "put notes [3] 3,\"new\",\"" + body + "\""});
  CHECK(db.Do("UPDATE notes SET title = 'newer' WHERE id = 3") == Lines{"put notes [3] 3,\"newer\",\"" + body + "\""});
  CHECK(db.sink.restored == 3);
  CHECK(db.Do("UPDATE notes SET body = 'short' WHERE id = 3") == Lines{R"(put notes [3] 3,"newer","short")"});
  CHECK(db.sink.KeptRows() == 0);
  // Values that Postgres compressed or keeps in several types come back the same.
  Must(db.app->Execute(
      std::string("CREATE TABLE mixed(id int PRIMARY KEY, n int, b bytea, j jsonb, a text[]);"
                  "INSERT INTO mixed SELECT 1, 1, decode(t, 'hex'), to_jsonb(t), ARRAY[t, NULL] FROM ") +
      kLarge + " AS s(t)"));
  db.wanted.push_back("mixed");
  db.Restart();
  const Lines copied = db.AwaitTable("public.mixed");
  const auto row = std::find_if(copied.begin(), copied.end(), [](const auto& line) { return line.find("put") == 0; });
  REQUIRE(row != copied.end());
  const Lines updated = db.Do("UPDATE mixed SET n = 2");
  REQUIRE(updated.size() == 1);
  CHECK(updated[0].substr(std::string("put mixed [1] 1,1").size()) ==
        row->substr(std::string("put mixed [1] 1,1").size()));
}

TEST_CASE("Postgres: with FULL nothing is kept, because the old row has what the new one leaves out",
          "[replication][postgres][W11][toast]") {
  PostgresDatabase db(std::string("CREATE TABLE notes(id int PRIMARY KEY, title text, body text);"
                                  "ALTER TABLE notes REPLICA IDENTITY FULL; INSERT INTO notes VALUES (1, 'old', ") +
                          kLarge + ")",
                      {"notes"});
  db.CatchUp();
  const std::string body = db.Ask("SELECT body FROM notes");
  CHECK(db.Do("UPDATE notes SET title = 'new'") == Lines{"put notes [1] 1,\"new\",\"" + body + "\""});
  CHECK(db.sink.KeptRows() == 0);
  CHECK(db.sink.restored == 0);
}

TEST_CASE("Postgres W12: a large value that nobody kept is read from the source, and no commit comes too early",
          "[replication][postgres][W12][toast]") {
  PostgresDatabase db(std::string("CREATE TABLE notes(id int PRIMARY KEY, title text, body text);"
                                  "INSERT INTO notes VALUES (1, 'one', ") +
                          kLarge + "), (2, 'two', " + kLarge + ")",
                      {"notes"});
  db.CatchUp();
  db.sink.kept.clear();
  Must(db.app->Execute("UPDATE notes SET title = 'first'"));
  Must(db.app->Execute("DELETE FROM notes WHERE id = 2"));
  const std::string end = Must(db.source->Head());
  const std::string body = db.Ask("SELECT body FROM notes WHERE id = 1");
  // The marker of before may have a commit of its own.
  Lines lines;
  while (!Has(lines, "put notes [1] 1,\"first\",\"" + body + "\"")) {
    db.AwaitCommit();
    lines = db.Take();
  }
  CHECK(db.sink.notes.position >= end);  // Row 2 was gone when it was read, so its deletion had to be in.
  CHECK(Has(lines, "delete notes [2]"));
  CHECK_FALSE(Has(lines, "put notes [2]"));
}

TEST_CASE("Postgres: a restart continues where the sink stood", "[replication][postgres][I1][I13]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.CatchUp();
  db.source.reset();
  Must(db.app->Execute("UPDATE boats SET name = 'while down' WHERE id = 'b2'"));
  db.Restart();
  CHECK(db.CatchUp() == Lines{R"(put boats ["b2"] "b2","while down")"});
}

TEST_CASE("Postgres: a failing sink gets the same changes again", "[replication][postgres][I13]") {
  PostgresDatabase db(kBoats, {"boats"});
  const auto await_failure = [&] {
    Result<Polled> polled = db.Look();
    while (polled.ok()) polled = db.Look();
    return polled.error().code;
  };
  db.sink.notes.fail_at = "commit";
  CHECK(await_failure() == ErrorCode::kStorageFull);
  db.Take();
  db.sink.notes.fail_at.clear();
  CHECK(db.CatchUp().size() == 4);
  Must(db.app->Execute("BEGIN; INSERT INTO boats VALUES ('b3', 'x'); DELETE FROM boats WHERE id = 'b1'; COMMIT"));
  db.sink.notes.fail_at = R"(delete boats ["b1"])";
  CHECK(await_failure() == ErrorCode::kStorageFull);
  db.Take();
  db.sink.notes.fail_at.clear();
  CHECK(db.CatchUp() == Lines{R"(put boats ["b3"] "b3","x")", R"(delete boats ["b1"])"});
}

TEST_CASE("Postgres W19: a marker moves the position of an idle source", "[replication][postgres][W19]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.CatchUp();
  const std::string head = Must(db.source->Head());
  CHECK(db.sink.notes.position <= head);
  Must(db.source->EmitMarker());
  db.AwaitCommit();
  CHECK(db.sink.notes.position > head);
  CHECK(db.Take().empty());
}

TEST_CASE("Postgres: the log is let go after Confirm, not before", "[replication][postgres][confirm]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.CatchUp();
  const auto confirmed = [&] {
    return db.Ask("SELECT confirmed_flush_lsn - '0/0'::pg_lsn FROM pg_replication_slots WHERE slot_name = '" +
                  db.Slot() + "'");
  };
  const auto stored = [&] {
    return std::to_string(replication::pg::Raw(replication::pg::FromPosition(db.sink.notes.position)));
  };
  const std::string before = confirmed();
  db.Do("INSERT INTO boats SELECT i::text, 'x' FROM generate_series(1, 100) i");
  for (int i = 0; i < 20; ++i) db.CatchUp();
  CHECK(confirmed() == before);
  CHECK(stored() != before);
  Must(db.source->Confirm(db.sink.notes.position));
  const std::string told = stored();
  while (confirmed() == before) (void)db.Step();
  CHECK(confirmed() == told);
}

TEST_CASE("Postgres: an idle source moves on with what others write", "[replication][postgres][keepalive]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.options.move_on_every = std::chrono::milliseconds(1);
  db.Open({});
  db.CatchUp();
  PostgresDatabase other("CREATE TABLE t(id int PRIMARY KEY)", {"t"});
  Must(other.app->Execute("INSERT INTO t SELECT generate_series(1, 1000)"));
  const std::string head = Must(db.source->Head());
  // The server tells its end with the answer to a status, which is due when something is confirmed.
  while (db.sink.notes.position < head) {
    Must(db.source->Confirm(db.sink.notes.position));
    (void)db.Step();
  }
  CHECK(db.Take().empty());
}

TEST_CASE("Postgres: a lost connection is made again", "[replication][postgres][fault]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.CatchUp();
  Must(
      db.app->Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'skerryd' AND "
                      "datname = current_database() AND pid <> pg_backend_pid()"));
  Must(db.app->Execute("INSERT INTO boats VALUES ('b3', 'x')"));
  std::size_t failures = 0;
  while (!Has(db.sink.notes.lines, "put boats")) failures += db.Look().ok() ? 0 : 1;
  CHECK(failures > 0);
  CHECK(db.CatchUp() == Lines{R"(put boats ["b3"] "b3","x")"});
}

TEST_CASE("Postgres: a server that stops, crashes and comes back loses no change", "[replication][postgres][fault]") {
  PostgresDatabase db(kBoats, {"boats"});
  db.CatchUp();
  int rows = 0;
  for (const int signal : {SIGINT, SIGQUIT}) {
    const std::string row = "r" + std::to_string(++rows);
    Must(db.app->Execute("INSERT INTO boats VALUES ('" + row + "', 'x')"));
    db.app.reset();
    // A server that stops in order waits until every reader of its log has acknowledged its end.
    db.cluster.Stop(signal, [&] {
      (void)db.source->Poll(db.sink);
      (void)db.source->Confirm(db.sink.notes.position);
    });
    Result<Polled> polled = db.Look();
    while (polled.ok()) polled = db.Look();
    CHECK(polled.error().code == ErrorCode::kSource);
    CHECK_FALSE(db.source->Head().ok());
    db.cluster.Start();
    db.app = db.cluster.Connect(db.database);
    while (!Has(db.sink.notes.lines, "put boats")) (void)db.Look();
    CHECK(db.CatchUp() == Lines{"put boats [\"" + row + "\"] \"" + row + "\",\"x\""});
  }
}
