#include <algorithm>
#include <chrono>

#include "file_source.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;
using Lines = std::vector<std::string>;

namespace {

constexpr char kBoats[] =
    "CREATE TABLE boats(id TEXT PRIMARY KEY, name TEXT);"
    "INSERT INTO boats VALUES ('b1', 'Alke'), ('b2', 'Brigg');";

}  // namespace

TEST_CASE("the first poll copies the tables, the next ones deliver changes", "[replication]") {
  FileSource file(kBoats, {"boats"});
  CHECK(file.Poll() == Lines{"begin boats", R"(put boats ["b1"] "b1","Alke")", R"(put boats ["b2"] "b2","Brigg")",
                             "end boats", "commit"});
  CHECK(file.Poll().empty());
  CHECK(file.Do("INSERT INTO boats VALUES ('b3', NULL)") == Lines{R"(put boats ["b3"] "b3",null)", "commit"});
  CHECK(file.Do("UPDATE boats SET name = 'Alke II' WHERE id = 'b1'") ==
        Lines{R"(put boats ["b1"] "b1","Alke II")", "commit"});
  CHECK(file.Do("DELETE FROM boats WHERE id = 'b2'") == Lines{R"(delete boats ["b2"])", "commit"});
  CHECK(file.notes.position.size() == 20);
  CHECK(file.Do("CREATE TABLE other(id TEXT PRIMARY KEY)").empty());
  CHECK(file.Do("INSERT INTO other VALUES ('x')").empty());
}

TEST_CASE("a name that ends with % stands for all tables that begin so, also later ones", "[replication]") {
  FileSource file(
      "CREATE TABLE log_a(id PRIMARY KEY); CREATE TABLE log_b(id PRIMARY KEY); CREATE TABLE lo(id PRIMARY KEY);"
      "INSERT INTO log_a VALUES (1); INSERT INTO lo VALUES (1)",
      {"log_%", "main.log_a"});
  CHECK(file.Poll() == Lines{"begin log_a", "put log_a [1] 1", "end log_a", "begin log_b", "end log_b", "commit"});
  CHECK(file.Do("INSERT INTO log_b VALUES (2)") == Lines{"put log_b [2] 2", "commit"});
  CHECK(file.Do("CREATE TABLE log_c(id PRIMARY KEY)") == Lines{"begin log_c", "end log_c", "commit"});
  CHECK(file.Do("INSERT INTO log_c VALUES (3)") == Lines{"put log_c [3] 3", "commit"});
  CHECK(file.Do("INSERT INTO lo VALUES (2)").empty());
}

TEST_CASE("several transactions come as one group with the last state of each row", "[replication][G1]") {
  FileSource file(kBoats, {"boats"});
  file.Poll();
  Must(file.app->Execute("UPDATE boats SET name = 'x' WHERE id = 'b1'"));
  Must(file.app->Execute("DELETE FROM boats WHERE id = 'b2'; INSERT INTO boats VALUES ('b2', 'new')"));
  CHECK(file.Do("UPDATE boats SET name = 'y' WHERE id = 'b1'") ==
        Lines{R"(put boats ["b1"] "b1","y")", R"(put boats ["b2"] "b2","new")", "commit"});
}

TEST_CASE("an open or rolled back transaction delivers nothing", "[replication][G1]") {
  FileSource file(kBoats, {"boats"});
  file.Poll();
  CHECK(file.Do("BEGIN; UPDATE boats SET name = 'x'").empty());
  CHECK(file.Do("ROLLBACK").empty());
  CHECK(file.Do("BEGIN; DELETE FROM boats; COMMIT") ==
        Lines{R"(delete boats ["b1"])", R"(delete boats ["b2"])", "commit"});
}

TEST_CASE("W06: a key change deletes the old row and puts the new one", "[replication][W06][I16]") {
  FileSource file(kBoats, {"boats"});
  file.Poll();
  CHECK(file.Do("UPDATE boats SET id = 'b9' WHERE id = 'b1'") ==
        Lines{R"(put boats ["b9"] "b9","Alke")", R"(delete boats ["b1"])", "commit"});
  CHECK(file.Do("BEGIN; DELETE FROM boats WHERE id = 'b2'; UPDATE boats SET id = 'b2' WHERE id = 'b9'; COMMIT") ==
        Lines{R"(put boats ["b2"] "b2","Alke")", R"(delete boats ["b9"])", "commit"});
}

TEST_CASE("W10: DELETE without WHERE is captured row by row", "[replication][W10][I15]") {
  FileSource file(kBoats, {"boats"});
  file.Poll();
  CHECK(file.Do("DELETE FROM boats") == Lines{R"(delete boats ["b1"])", R"(delete boats ["b2"])", "commit"});
  CHECK(file.Do("BEGIN; INSERT INTO boats VALUES ('b1', 'again'); COMMIT") ==
        Lines{R"(put boats ["b1"] "b1","again")", "commit"});
}

TEST_CASE("REPLACE is captured with all the rows that it removes", "[replication]") {
  FileSource file(
      "CREATE TABLE berths(id TEXT PRIMARY KEY, place INTEGER UNIQUE, label TEXT, pier TEXT, number INTEGER);"
      "CREATE UNIQUE INDEX berths_label ON berths(label COLLATE NOCASE);"
      "CREATE UNIQUE INDEX berths_pier ON berths(pier, number) WHERE number > 0;"
      "INSERT INTO berths VALUES ('a', 1, 'One', 'N', 1), ('b', 2, 'Two', 'N', 2), ('c', 3, 'Three', 'N', 3),"
      "('d', 4, 'Four', 'S', 1);",
      {"berths"});
  file.Poll();
  const auto removed = [&](const std::string& sql) {
    Lines keys;
    for (const std::string& line : file.Do(sql)) {
      if (line.find("delete") == 0) keys.push_back(line.substr(std::string("delete berths ").size()));
    }
    std::sort(keys.begin(), keys.end());
    return keys;
  };
  CHECK(removed("INSERT OR REPLACE INTO berths VALUES ('a', 1, 'One', 'N', 1)").empty());
  CHECK(removed("INSERT OR REPLACE INTO berths VALUES ('e', 1, 'Five', 'W', 1)") == Lines{R"(["a"])"});
  CHECK(removed("INSERT OR REPLACE INTO berths VALUES ('f', 2, 'three', 'W', 2)") == Lines{R"(["b"])", R"(["c"])"});
  CHECK(removed("UPDATE OR REPLACE berths SET pier = 'S', number = 1 WHERE id = 'f'") == Lines{R"(["d"])"});
  // What does not happen removes nothing.
  CHECK(removed("INSERT OR IGNORE INTO berths VALUES ('g', 1, 'Six', 'W', 9)").empty());
  CHECK_FALSE(file.app->Execute("INSERT INTO berths VALUES ('g', 1, 'Six', 'W', 9)").ok());
  CHECK(removed("INSERT INTO berths VALUES ('g', 1, 'Six', 'W', 9) ON CONFLICT DO UPDATE SET label = 'Up'").empty());
  CHECK(Must(file.app->QueryInt("SELECT count(*) FROM berths")) == 2);
}

TEST_CASE("keys of every type and size are told apart", "[replication]") {
  FileSource file(
      "CREATE TABLE numbers(id INTEGER PRIMARY KEY, v);"
      "CREATE TABLE pairs(a TEXT, b INTEGER, v, PRIMARY KEY (b, a)) WITHOUT ROWID;"
      "CREATE TABLE any_key(id PRIMARY KEY, v);"
      "CREATE TABLE fold(id TEXT PRIMARY KEY COLLATE NOCASE, v);",
      {"any_key", "fold", "numbers", "pairs"});
  file.Poll();
  CHECK(file.Do("INSERT INTO numbers(v) VALUES (1.5)") == Lines{"put numbers [1] 1,1.5", "commit"});
  CHECK(file.Do("INSERT INTO pairs VALUES ('x', 2, x'00'), ('y', 2, 3)") ==
        Lines{R"(put pairs [2,"x"] "x",2,blob)", R"(put pairs [2,"y"] "y",2,3)", "commit"});
  CHECK(file.Do("UPDATE pairs SET b = 7 WHERE a = 'x'") ==
        Lines{R"(put pairs [7,"x"] "x",7,blob)", R"(delete pairs [2,"x"])", "commit"});
  CHECK(file.Do("INSERT INTO any_key VALUES (1, 'int'), ('1', 'text'), (x'31', 'blob'), (1.5, 'real')") ==
        Lines{R"(put any_key [1] 1,"int")", R"(put any_key ["1"] "1","text")", R"(put any_key [x"31"] blob,"blob")",
              R"(put any_key [1.5] 1.5,"real")", "commit"});
  CHECK(file.Do("DELETE FROM any_key WHERE typeof(id) = 'blob'") == Lines{R"(delete any_key [x"31"])", "commit"});
  // A collation may find a row under another spelling than its own.
  file.Do("INSERT INTO fold VALUES ('abc', 1)");
  const Lines renamed = file.Do("UPDATE fold SET id = 'ABC'");
  CHECK(std::find(renamed.begin(), renamed.end(), R"(put fold ["ABC"] "ABC",1)") != renamed.end());
  CHECK(std::find(renamed.begin(), renamed.end(), R"(delete fold ["abc"])") != renamed.end());
  const Lines replaced = file.Do("REPLACE INTO fold VALUES ('Abc', 2)");
  CHECK(std::find(replaced.begin(), replaced.end(), R"(delete fold ["ABC"])") != replaced.end());
  CHECK(std::find(replaced.begin(), replaced.end(), R"(put fold ["Abc"] "Abc",2)") != replaced.end());
}

TEST_CASE("rows without a key are left out with a message", "[replication]") {
  FileSource file("CREATE TABLE t(id TEXT PRIMARY KEY, v); INSERT INTO t VALUES (NULL, 1), (NULL, 2), ('a', 3)", {"t"});
  CHECK(file.Poll() == Lines{"begin t", R"(put t ["a"] "a",3)", "end t", "commit"});
  REQUIRE(file.log.lines.size() == 1);
  CHECK(file.log.lines[0] == "table 't': 2 rows have NULL in their primary key and are not replicated");
  CHECK(file.Do("INSERT INTO t VALUES (NULL, 4)") == Lines{"commit"});
  CHECK(file.Do("UPDATE t SET id = NULL WHERE id = 'a'") == Lines{R"(delete t ["a"])", "commit"});
}

TEST_CASE("foreign key actions and other triggers are captured", "[replication]") {
  FileSource file(
      "CREATE TABLE lists(id TEXT PRIMARY KEY); CREATE TABLE todos(id TEXT PRIMARY KEY, list TEXT REFERENCES lists(id) "
      "ON DELETE CASCADE); CREATE TABLE audit(id INTEGER PRIMARY KEY, what);"
      "CREATE TRIGGER note AFTER DELETE ON todos BEGIN INSERT INTO audit(what) VALUES (OLD.id); END;"
      "INSERT INTO lists VALUES ('l'); INSERT INTO todos VALUES ('t', 'l');",
      {"audit", "lists", "todos"});
  file.Poll();
  const Lines lines = file.Do("DELETE FROM lists");
  CHECK(lines.size() == 4);
  CHECK(std::find(lines.begin(), lines.end(), R"(delete todos ["t"])") != lines.end());
  CHECK(std::find(lines.begin(), lines.end(), R"(put audit [1] 1,"t")") != lines.end());
  CHECK(Must(file.app->QueryInt("SELECT total_changes()")) > 0);
}

TEST_CASE("a restart continues where the sink stood", "[replication][I1]") {
  FileSource file(kBoats, {"boats"});
  file.Poll();
  file.source.reset();
  Must(file.app->Execute("UPDATE boats SET name = 'while down' WHERE id = 'b2'"));
  file.Restart();
  CHECK(file.Poll() == Lines{R"(put boats ["b2"] "b2","while down")", "commit"});
}

TEST_CASE("a failing sink gets the same changes again", "[replication][I13]") {
  FileSource file(kBoats, {"boats"});
  file.notes.fail_at = "commit";
  CHECK_FALSE(file.source->Poll(file.notes).ok());
  file.notes.Take();
  file.notes.fail_at.clear();
  CHECK(file.Poll().size() == 5);
  Must(file.app->Execute("DELETE FROM boats WHERE id = 'b1'"));
  file.notes.fail_at = R"(delete boats ["b1"])";
  const auto failed = file.source->Poll(file.notes);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == ErrorCode::kStorageFull);
  file.notes.fail_at.clear();
  CHECK(file.Poll() == Lines{R"(delete boats ["b1"])", "commit"});
}

TEST_CASE("a marker moves the position of an idle source", "[replication][W19]") {
  FileSource file(kBoats, {"boats"});
  file.Poll();
  const std::string head = Must(file.source->Head());
  CHECK(head == file.notes.position);
  Must(file.source->EmitMarker());
  CHECK(file.Poll() == Lines{"commit"});
  CHECK(file.notes.position > head);
  CHECK(file.Poll().empty());
}

TEST_CASE("records that are confirmed are removed in batches, and numbers never come again", "[replication]") {
  FileSource file("CREATE TABLE t(id INTEGER PRIMARY KEY, v)", {"t"});
  file.Poll();
  file.Do(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) INSERT INTO t SELECT i, i FROM "
      "n");
  CHECK(Must(file.app->QueryInt("SELECT count(*) FROM skerry_changes")) == 12001);
  Must(file.source->Confirm(file.notes.position));
  file.Poll();
  CHECK(Must(file.app->QueryInt("SELECT count(*) FROM skerry_changes")) == 2001);
  file.Poll();
  CHECK(Must(file.app->QueryInt("SELECT count(*) FROM skerry_changes")) == 0);
  const std::string before = file.notes.position;
  CHECK(file.Do("UPDATE t SET v = 0 WHERE id = 1").size() == 2);
  CHECK(file.notes.position > before);
  file.Restart();
  CHECK(file.Poll().empty());
}

TEST_CASE("a long transaction of the app does not hold up delivery", "[replication]") {
  FileSource file("CREATE TABLE t(id INTEGER PRIMARY KEY, v)", {"t"});
  file.source.reset();
  file.source =
      Must(replication::OpenSqliteSource({.path = file.path, .busy_timeout_ms = 60'000}, file.random, file.log));
  Must(file.source->Start(file.wanted, {}, file.notepad));
  file.Poll();
  Must(
      file.app->Execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
                        "INSERT INTO t SELECT i, i FROM n; BEGIN IMMEDIATE; DELETE FROM t"));
  Must(file.source->Poll(file.notes));
  Must(file.source->Confirm(file.notes.position));
  const auto start = std::chrono::steady_clock::now();
  CHECK(Must(file.source->Poll(file.notes)) ==
        replication::Polled::kNothing);  // There is something to remove, and no lock to be had.
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
  Must(file.app->Execute("ROLLBACK"));
  CHECK(file.log.lines.empty());
}

TEST_CASE("a sink that is behind what was removed, ahead of the file or of another file gets everything",
          "[replication][W27]") {
  FileSource file("CREATE TABLE t(id INTEGER PRIMARY KEY, v)", {"t"});
  file.Poll();
  const std::string identity = file.notes.identity;
  const replication::Progress old{.identity = identity, .position = file.notes.position, .tables = file.notes.tables};
  file.Do(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, i FROM "
      "n");
  Must(file.source->Confirm(file.notes.position));
  file.Poll();
  const auto continue_from = [&](const replication::Progress& progress) {
    file.Open();
    file.notes.identity.clear();
    Must(file.source->Start(file.wanted, progress, file.notepad));
    return file.Poll().size();
  };
  CHECK(continue_from(old) == 2003);
  CHECK(file.notes.identity == identity);
  CHECK(file.log.lines.back().find("no longer has the changes after position") != std::string::npos);
  CHECK(continue_from({.identity = identity, .position = "00000000000000999999", .tables = old.tables}) == 2003);
  CHECK(file.notes.identity == identity);
  CHECK(continue_from({.identity = "another file", .position = file.notes.position, .tables = old.tables}) == 2003);
  CHECK(file.notes.identity == identity);
  CHECK(continue_from({.identity = identity, .position = file.notes.position, .tables = file.notes.tables}) == 0);
}

TEST_CASE("a table that changes its columns is copied again", "[replication][schema]") {
  FileSource file(kBoats, {"boats"});
  file.Poll();
  CHECK(file.Do("ALTER TABLE boats ADD COLUMN keel INTEGER DEFAULT 2") ==
        Lines{"begin boats", R"(put boats ["b1"] "b1","Alke",2)", R"(put boats ["b2"] "b2","Brigg",2)", "end boats",
              "commit"});
  CHECK(file.notes.tables[1].id == file.notes.tables[0].id);
  CHECK(file.Do("UPDATE boats SET keel = 3 WHERE id = 'b1'") == Lines{R"(put boats ["b1"] "b1","Alke",3)", "commit"});
  CHECK(file.Do("CREATE INDEX boats_name ON boats(name)").empty());
  // Also while the service is down.
  file.notes.tables.erase(file.notes.tables.begin());
  file.source.reset();
  Must(file.app->Execute("ALTER TABLE boats DROP COLUMN keel"));
  file.Restart();
  CHECK(file.Poll().size() == 5);
}

TEST_CASE("a table that is dropped and made again is copied again, since nobody watched it", "[replication][schema]") {
  FileSource file(kBoats, {"boats"});
  file.Poll();
  CHECK(file.Do("BEGIN; DROP TABLE boats; CREATE TABLE boats(id TEXT PRIMARY KEY, name TEXT); "
                "INSERT INTO boats VALUES ('n', 'New'); COMMIT") ==
        Lines{"begin boats", R"(put boats ["n"] "n","New")", "end boats", "commit"});
  CHECK(file.Do("INSERT INTO boats VALUES ('m', 'More')") == Lines{R"(put boats ["m"] "m","More")", "commit"});
  // With another key it is another table.
  CHECK(file.Do("DROP TABLE boats; CREATE TABLE boats(id TEXT, name TEXT PRIMARY KEY)") ==
        Lines{"begin boats", "end boats", "commit"});
  CHECK(file.notes.tables[2].id != file.notes.tables[1].id);
}

TEST_CASE("a trigger that someone removed is made again and the table copied", "[replication][schema]") {
  FileSource file(kBoats, {"boats"});
  file.Poll();
  CHECK(file.Do("DROP TRIGGER skerry_capture_update_boats; UPDATE boats SET name = 'unseen'") ==
        Lines{"begin boats", R"(put boats ["b1"] "b1","unseen")", R"(put boats ["b2"] "b2","unseen")", "end boats",
              "commit"});
}

TEST_CASE("a copy that was due is not forgotten by a crash", "[replication][schema][I1]") {
  FileSource file(kBoats, {"boats"});
  file.Poll();
  Must(file.app->Execute("DROP TRIGGER skerry_capture_update_boats; UPDATE boats SET name = 'unseen'"));
  file.Restart();  // Makes the trigger again, and ends before it delivered anything.
  file.Restart();
  CHECK(file.Poll() == Lines{"begin boats", R"(put boats ["b1"] "b1","unseen")", R"(put boats ["b2"] "b2","unseen")",
                             "end boats", "commit"});
  file.notes.tables.pop_back();
  file.Restart();
  CHECK(file.Poll().empty());
}

TEST_CASE("a missing table is named, and replicated when it appears", "[replication]") {
  FileSource file(kBoats, {"boats", "crew"});
  REQUIRE(file.source->problems().size() == 1);
  CHECK(file.source->problems()[0] ==
        "table 'crew' is not in the source database; it is replicated as soon as it is created");
  file.Poll();
  CHECK(file.Do("CREATE TABLE crew(id TEXT PRIMARY KEY); INSERT INTO crew VALUES ('c')") ==
        Lines{"begin crew", R"(put crew ["c"] "c")", "end crew", "commit"});
  CHECK(file.source->problems().empty());
  CHECK(file.Do("DROP TABLE crew") == Lines{"drop crew", "commit"});
  CHECK(file.source->problems().size() == 1);
}

TEST_CASE("tables that cannot be replicated are named with what to do", "[replication]") {
  FileSource file(
      "CREATE TABLE nokey(a); CREATE VIEW v AS SELECT 1 AS id; CREATE VIRTUAL TABLE f USING fts5(a);"
      "CREATE TABLE Mixed(id TEXT PRIMARY KEY);",
      {"f", "mixed", "nokey", "v"});
  CHECK(
      file.source->problems() ==
      Lines{"'f' is a virtual table; only ordinary tables can be replicated",
            "table 'mixed' is not in the source database, but 'Mixed' is: write it in double quotes in the sync config",
            "table 'nokey' has no primary key, so its rows cannot be told apart; declare one, for example: id TEXT "
            "PRIMARY KEY",
            "'v' is a view; only ordinary tables can be replicated"});
  CHECK(file.Poll() == Lines{"commit"});
}

TEST_CASE("names that need quoting are quoted", "[replication]") {
  FileSource file("CREATE TABLE \"my \"\"odd'table\"(\"the id\" TEXT PRIMARY KEY, \"a,b\" UNIQUE)", {"my \"odd'table"});
  file.Poll();
  CHECK(file.Do("INSERT INTO \"my \"\"odd'table\" VALUES ('x', 1)") ==
        Lines{R"(put my "odd'table ["x"] "x",1)", "commit"});
}

TEST_CASE("triggers of tables that are no longer wanted are removed", "[replication]") {
  FileSource file(std::string(kBoats) + "CREATE TABLE crew(id TEXT PRIMARY KEY);", {"boats", "crew"});
  file.Poll();
  file.wanted = {"boats"};
  file.Restart();
  CHECK(Must(file.app->QueryInt("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'crew'")) ==
        0);
  CHECK(file.Poll() == Lines{"drop crew", "commit"});
}

TEST_CASE("a file that is missing or locked is reported as such", "[replication]") {
  FileSource file(kBoats, {"boats"});
  file.Poll();
  const auto missing = replication::OpenSqliteSource({.path = file.dir / "nope.db"}, file.random, file.log);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().code == ErrorCode::kSource);
  CHECK(missing.error().message.find("does not exist") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(file.dir / "nope.db"));

  Must(file.app->Execute("BEGIN IMMEDIATE"));
  const Status marker = file.source->EmitMarker();
  REQUIRE_FALSE(marker.ok());
  CHECK(marker.error().code == ErrorCode::kStorageBusy);
  CHECK(file.Poll().empty());  // Reading goes on.
  Must(file.app->Execute("COMMIT"));
  Must(file.source->EmitMarker());
}
