// The one function that runs the application's statements: shapes of calls, sinks that give up, interrupts.
#include "support/catch.h"
#include "support/local_store.h"

using namespace skerry;
using test::LocalStore;
using Lines = std::vector<std::string>;

namespace {

// Gives up at its second row.
class ImpatientSink final : public store::RowSink {
 public:
  Status OnColumns(const sqlite::Statement&) override { return kDone; }
  Status OnRow(const sqlite::Statement&) override {
    return ++rows_ < 2 ? kDone : Status(Error{ErrorCode::kLimit, "too many rows"});
  }

 private:
  int rows_ = 0;
};

Result<store::Outcome> RunImpatiently(LocalStore& store, std::string_view sql) {
  ImpatientSink sink;
  store::Call call;
  call.sql = sql;
  call.rows = &sink;
  return store.runner->Run(call);
}

}  // namespace

TEST_CASE("a script runs every statement and gives the first result with columns", "[store][runner]") {
  LocalStore store;
  Lines rows;
  auto outcome = store.RunScript(
      "INSERT INTO lists(id, name) VALUES ('a','A'); -- comment\n SELECT name FROM lists; SELECT 2;"
      " BEGIN; INSERT INTO lists(id) VALUES ('b'); UPDATE lists SET name = 'B' WHERE id = 'b'; COMMIT; ;",
      &rows);
  REQUIRE(outcome.ok());
  CHECK(outcome->changes == 3);
  CHECK(outcome->wrote);
  CHECK(rows == Lines{"A"});
  CHECK(store.OwnRows("SELECT tx_id FROM ps_crud") == Lines{"1", "2", "2"});
  REQUIRE(store.RunScript("").ok());
  REQUIRE(store.RunScript(" -- nothing").ok());
}

TEST_CASE("a script stops at its first error; what ran before stays", "[store][runner]") {
  LocalStore store;
  const auto outcome =
      store.RunScript("INSERT INTO lists(id) VALUES ('a'); INSERT INTO nowhere VALUES (1); DELETE FROM lists");
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().code == ErrorCode::kSqlite);
  CHECK(outcome.error().message == "no such table: nowhere");
  CHECK(store.Rows("SELECT id FROM lists") == Lines{"a"});
}

TEST_CASE("only the first statement of a text with parameters runs", "[store][runner]") {
  LocalStore store;
  store.Must("INSERT INTO lists(id) VALUES (?); DELETE FROM lists", {"a"});
  CHECK(store.Rows("SELECT id FROM lists") == Lines{"a"});
}

TEST_CASE("an empty text, a comment and a text with NUL do no harm", "[store][runner]") {
  LocalStore store;
  CHECK(store.Must("").changes == 0);
  CHECK(store.Must("  -- only this").changes == 0);
  CHECK(store.MustFail(std::string_view("SELECT 1\0; DROP", 15)).code == ErrorCode::kInvalidArgument);
  CHECK(store.MustFail("SELEC 1").message == "near \"SELEC\": syntax error");
}

TEST_CASE("parameters of an earlier call are not seen by a later one", "[store][runner]") {
  LocalStore store;
  CHECK(store.Rows("SELECT ?1", {"x"}) == Lines{"x"});
  CHECK(store.Rows("SELECT ?1") == Lines{"NULL"});
  CHECK(store.MustFail("SELECT ?1", {"x", "y"}).code == ErrorCode::kSqlite);
}

TEST_CASE("more statements than the cache holds, and the same ones again", "[store][runner]") {
  LocalStore store;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) {
      CHECK(store.Rows("SELECT " + std::to_string(i)) == Lines{std::to_string(i)});
    }
  }
  const std::string huge = "SELECT 1 -- " + std::string(100'000, 'x');
  CHECK(store.Rows(huge) == Lines{"1"});
  CHECK(store.Rows(huge) == Lines{"1"});
}

TEST_CASE("a cached statement follows a change of the schema", "[store][runner]") {
  LocalStore store;
  store.Must("CREATE TABLE own(a)");
  store.Must("INSERT INTO own VALUES (1)");
  CHECK(store.Rows("SELECT * FROM own") == Lines{"1"});
  store.Must("ALTER TABLE own ADD COLUMN b DEFAULT 2");
  CHECK(store.Rows("SELECT * FROM own") == Lines{"1|2"});
}

TEST_CASE("a sink that gives up undoes the statement, or inside a transaction leaves change and entry",
          "[store][runner]") {
  LocalStore store;
  auto outcome = RunImpatiently(store, "INSERT INTO lists(id) VALUES ('a'), ('b'), ('c') RETURNING id");
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().message == "too many rows");
  CHECK_FALSE(store.db->InTransaction());
  CHECK(store.Rows("SELECT * FROM lists").empty());
  CHECK(store.Queue().empty());

  store.Must("BEGIN");
  CHECK_FALSE(RunImpatiently(store, "INSERT INTO lists(id) VALUES ('a'), ('b'), ('c') RETURNING id").ok());
  store.Must("COMMIT");
  CHECK(store.Rows("SELECT count(*) FROM lists") == Lines{"3"});
  CHECK(store.Queue().size() == 3);
  CHECK_FALSE(RunImpatiently(store, "SELECT * FROM lists").ok());
  store.Must("DELETE FROM lists");  // No cursor is left open.
}

TEST_CASE("an interrupted write leaves nothing, and inside a transaction takes all of it", "[store][runner]") {
  LocalStore store;
  constexpr char kEndless[] =
      "INSERT INTO lists(id) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'x' || i FROM n";
  int calls = 0;
  store.db->SetProgress(1000, [&] { return ++calls > 50; });
  Error error = store.MustFail(kEndless);
  CHECK(error.code == ErrorCode::kInterrupted);
  CHECK(store.Rows("SELECT count(*) FROM lists", {}).size() == 1);
  store.db->SetProgress(0, {});
  CHECK(store.Queue().empty());
  CHECK(store.OwnRows("SELECT count(*) FROM lists") == Lines{"0"});

  store.Must("BEGIN");
  store.Must("INSERT INTO lists(id) VALUES ('a')");
  calls = 0;
  store.db->SetProgress(1000, [&] { return ++calls > 50; });
  error = store.MustFail(kEndless);
  store.db->SetProgress(0, {});
  CHECK(error.code == ErrorCode::kInterrupted);
  CHECK(error.message == "interrupted (the whole transaction was rolled back)");
  CHECK_FALSE(store.db->InTransaction());
  CHECK(store.Queue().empty());
  store.Must("INSERT INTO lists(id) VALUES ('b')");
  CHECK(store.Queue().size() == 1);
}

TEST_CASE("a write whose entries cannot be queued is rolled back whole", "[store][runner]") {
  LocalStore store;
  store.OwnSql("CREATE TEMP TRIGGER full BEFORE INSERT ON ps_crud BEGIN SELECT RAISE(ABORT, 'no room'); END");
  Error error = store.MustFail("INSERT INTO lists(id) VALUES ('a')");
  CHECK(error.message == "queueing a local write for upload: no room");
  CHECK(store.Rows("SELECT * FROM lists").empty());
  store.Must("BEGIN");
  error = store.MustFail("INSERT INTO lists(id) VALUES ('a')");
  CHECK(error.message == "queueing a local write for upload: no room (the whole transaction was rolled back)");
  CHECK_FALSE(store.db->InTransaction());
  store.OwnSql("DROP TRIGGER temp.full");
  store.Must("INSERT INTO lists(id) VALUES ('a')");
  CHECK(store.Queue().size() == 1);
}

TEST_CASE("a reader connection runs queries and refuses writes", "[store][runner]") {
  LocalStore store;
  store::Guard guard(*store.db);
  store::StatementRunner reader(*store.db, guard, nullptr);
  store.OwnSql("PRAGMA query_only=ON");
  store::Call call;
  call.sql = "INSERT INTO lists(id) VALUES ('a')";
  const auto outcome = reader.Run(call);
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().message == "attempt to write a readonly database");
  store.OwnSql("PRAGMA query_only=OFF");
}

TEST_CASE("the listener hears of every change, of commits and of rollbacks", "[store][runner]") {
  struct Listener final : store::ChangeListener {
    void OnRowChange(const sqlite::RowChange& change) override {
      if (change.table.substr(0, 3) != "ps_") lines.push_back(std::string(change.table));
    }
    void OnCommit() override { lines.emplace_back("commit"); }
    void OnRollback() override { lines.emplace_back("rollback"); }
    Lines lines;
  } listener;
  LocalStore store;
  store.Must("CREATE TABLE own(a INTEGER PRIMARY KEY) WITHOUT ROWID");
  store.capture->SetListener(&listener);
  store.Must("INSERT INTO lists(id) VALUES ('a')");
  store.Must("INSERT INTO own VALUES (1)");
  store.Must("BEGIN");
  store.Must("DELETE FROM lists");
  store.Must("ROLLBACK");
  store.Must("SELECT * FROM lists");
  store.capture->SetListener(nullptr);
  CHECK(listener.lines == Lines{"lists", "commit", "own", "commit", "lists", "rollback"});
}

TEST_CASE("uuid() and gen_random_uuid() give version 4, also in defaults", "[store][sql]") {
  LocalStore store;
  const std::string uuid = store.Rows("SELECT uuid()")[0];
  CHECK(uuid.size() == 36);
  CHECK(uuid[14] == '4');
  CHECK(store.Rows("SELECT gen_random_uuid() <> uuid()") == Lines{"1"});
  store.Must("CREATE TABLE own(id TEXT DEFAULT (uuid()), x)");
  store.Must("INSERT INTO own(x) VALUES (1), (2)");
  CHECK(store.Rows("SELECT count(DISTINCT id) FROM own") == Lines{"2"});
  store.Must("INSERT INTO lists(id) SELECT uuid() FROM own");
  CHECK(store.Queue().size() == 2);
}

TEST_CASE("a failure behind a view leaves nothing, whatever its triggers kept", "[store][runner]") {
  LocalStore store;
  store.Must("CREATE VIEW v AS SELECT id, name FROM lists");
  store.Must("CREATE TRIGGER no_bad AFTER INSERT ON todos WHEN NEW.text = 'bad' BEGIN SELECT RAISE(FAIL, 'bad'); END");
  store.Must(
      "CREATE TRIGGER v1 INSTEAD OF INSERT ON v BEGIN INSERT INTO lists(id, name) VALUES (NEW.id, NEW.name);"
      " INSERT INTO todos(id, text) VALUES (NEW.id, NEW.name); END");
  store.Must("INSERT INTO v VALUES ('a', 'good')");
  CHECK(store.Queue().size() == 2);
  CHECK(store.MustFail("INSERT INTO v VALUES ('b', 'good'), ('c', 'bad')").message == "bad");
  CHECK(store.Rows("SELECT id FROM lists") == Lines{"a"});
  CHECK(store.Queue().size() == 2);
}
