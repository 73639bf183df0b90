// What each kind of statement queues: the rows of the capture table in the storage notes, and sections 7.1 and 7.2.
#include "support/catch.h"
#include "support/local_store.h"

using namespace skerry;
using test::LocalStore;
using Lines = std::vector<std::string>;

TEST_CASE("an INSERT queues a PUT with all columns that are not NULL, keys sorted", "[store][C-060][C-064]") {
  LocalStore store;
  const auto outcome = store.Must("INSERT INTO todos(id, text, rank, done) VALUES ('t1', 'milk', 1.5, 0)");
  CHECK(outcome.changes == 1);
  CHECK(store.Queue() == Lines{R"({"op":"PUT","id":"t1","type":"todos","data":{"done":0,"rank":1.5,"text":"milk"}})"});
  store.Must("INSERT INTO lists(id) VALUES ('l1')");
  CHECK(store.Queue()[1] == R"({"op":"PUT","id":"l1","type":"lists","data":{}})");
}

TEST_CASE("a multi-row INSERT queues one entry per row in one transaction", "[store][C-070]") {
  LocalStore store;
  const auto outcome = store.Must("INSERT INTO lists(id, name) VALUES ('a','A'), ('b','B'), ('c','C')");
  CHECK(outcome.changes == 3);
  CHECK(outcome.last_insert_rowid == 3);
  CHECK(store.QueueWithTransactions() == Lines{R"(1 {"op":"PUT","id":"a","type":"lists","data":{"name":"A"}})",
                                               R"(1 {"op":"PUT","id":"b","type":"lists","data":{"name":"B"}})",
                                               R"(1 {"op":"PUT","id":"c","type":"lists","data":{"name":"C"}})"});
}

TEST_CASE("INSERT SELECT and RETURNING queue what they change and tell what they did", "[store]") {
  LocalStore store;
  store.Must("INSERT INTO lists(id, name) VALUES ('a','A'), ('b','B')");
  CHECK(store.Must("INSERT INTO todos(id, list_id) SELECT 't' || id, id FROM lists").changes == 2);
  CHECK(store.Queue().size() == 4);
  CHECK(store.Rows("INSERT INTO lists(id, name) VALUES ('c','C'), ('d','D') RETURNING id, name") ==
        Lines{"c|C", "d|D"});
  CHECK(store.Queue().size() == 6);
  CHECK(store.Rows("UPDATE lists SET name = name || '!' WHERE id = 'c' RETURNING name") == Lines{"C!"});
  CHECK(store.Queue()[6] == R"({"op":"PATCH","id":"c","type":"lists","data":{"name":"C!"}})");
}

TEST_CASE("OR REPLACE of an existing id queues a PUT and no DELETE", "[store][C-052]") {
  LocalStore store;
  store.Must("INSERT INTO lists(id, name, owner) VALUES ('a','A','me')");
  CHECK(store.Must("INSERT OR REPLACE INTO lists(id, name) VALUES ('a','B')").changes == 1);
  CHECK(store.Queue()[1] == R"({"op":"PUT","id":"a","type":"lists","data":{"name":"B"}})");
  CHECK(store.Queue().size() == 2);
  // Also several at once, new and old ones mixed.
  store.Must("REPLACE INTO lists(id, name) VALUES ('a','C'), ('n','N'), ('a','D')");
  CHECK(store.Queue().size() == 5);
  CHECK(store.Rows("SELECT id, name, owner FROM lists ORDER BY id") == Lines{"a|D|NULL", "n|N|NULL"});
}

TEST_CASE("OR IGNORE queues only what it inserts", "[store]") {
  LocalStore store;
  CHECK(store.Must("INSERT OR IGNORE INTO lists(id, name) VALUES ('a','A')").changes == 1);
  CHECK(store.Must("INSERT OR IGNORE INTO lists(id, name) VALUES ('a','B')").changes == 0);
  CHECK(store.Queue() == Lines{R"({"op":"PUT","id":"a","type":"lists","data":{"name":"A"}})"});
}

TEST_CASE("UPSERT queues the PATCH that it makes, or nothing", "[store]") {
  LocalStore store;
  store.Must("INSERT INTO lists(id, name) VALUES ('a','A')");
  store.Must("INSERT INTO lists(id, name) VALUES ('a','B') ON CONFLICT(id) DO UPDATE SET name = excluded.name");
  CHECK(store.Queue()[1] == R"({"op":"PATCH","id":"a","type":"lists","data":{"name":"B"}})");
  store.Must("INSERT INTO lists(id, name) VALUES ('a','C') ON CONFLICT DO NOTHING");
  store.Must("INSERT INTO lists(id, name) VALUES ('a','C') ON CONFLICT(id) DO UPDATE SET name = 'C' WHERE 0");
  CHECK(store.Queue().size() == 2);
  CHECK(store.Rows("SELECT name FROM lists") == Lines{"B"});
}

TEST_CASE("an UPDATE queues the columns that changed, null where cleared", "[store][C-063][C-064]") {
  LocalStore store;
  store.Must("INSERT INTO todos(id, text, done, rank, list_id) VALUES ('t','x',0,1,'l')");
  CHECK(store.Must("UPDATE todos SET done = 1, text = 'x'").changes == 1);
  store.Must("UPDATE todos SET list_id = NULL, text = 'y', rank = 1.0");
  store.Must("UPDATE todos SET done = 1");
  CHECK(store.Queue() ==
        Lines{R"({"op":"PUT","id":"t","type":"todos","data":{"done":0,"list_id":"l","rank":1.0,"text":"x"}})",
              R"({"op":"PATCH","id":"t","type":"todos","data":{"done":1}})",
              R"({"op":"PATCH","id":"t","type":"todos","data":{"list_id":null,"text":"y"}})",
              R"({"op":"PATCH","id":"t","type":"todos","data":{}})"});
}

TEST_CASE("UPDATE FROM queues a PATCH per row", "[store]") {
  LocalStore store;
  store.Must("INSERT INTO lists(id, name) VALUES ('a','A'), ('b','B')");
  store.Must("INSERT INTO todos(id, list_id) VALUES ('1','a'), ('2','b')");
  CHECK(store.Must("UPDATE todos SET text = l.name FROM lists AS l WHERE l.id = todos.list_id").changes == 2);
  CHECK(store.Queue()[4] == R"({"op":"PATCH","id":"1","type":"todos","data":{"text":"A"}})");
  CHECK(store.Queue()[5] == R"({"op":"PATCH","id":"2","type":"todos","data":{"text":"B"}})");
}

TEST_CASE("changing an id is refused, also to NULL; setting it to itself is not a change", "[store][C-051]") {
  LocalStore store;
  store.Must("INSERT INTO lists(id, name) VALUES ('a','A')");
  CHECK(store.MustFail("UPDATE lists SET id = 'b'").message == "Cannot update id");
  CHECK(store.MustFail("UPDATE lists SET id = NULL").message == "Cannot update id");
  CHECK(store.MustFail("UPDATE lists SET id = 'b'").code == ErrorCode::kConstraint);
  store.Must("UPDATE lists SET id = id, name = 'B'");
  CHECK(store.Queue().size() == 2);
  CHECK(store.Rows("SELECT id, name FROM lists") == Lines{"a|B"});
}

TEST_CASE("DELETE queues an entry per row, with and without WHERE", "[store]") {
  LocalStore store;
  store.Must("INSERT INTO lists(id) VALUES ('a'), ('b'), ('c')");
  CHECK(store.Must("DELETE FROM lists WHERE id = 'b'").changes == 1);
  CHECK(store.Must("DELETE FROM lists").changes == 2);
  const Lines queue = store.Queue();
  CHECK(Lines(queue.begin() + 3, queue.end()) == Lines{R"({"op":"DELETE","id":"b","type":"lists"})",
                                                       R"({"op":"DELETE","id":"a","type":"lists"})",
                                                       R"({"op":"DELETE","id":"c","type":"lists"})"});
  CHECK(store.Must("DELETE FROM lists").changes == 0);
}

TEST_CASE("an id is required and must be text; an empty one is accepted", "[store][C-050]") {
  LocalStore store;
  Error error = store.MustFail("INSERT INTO lists(name) VALUES ('x')");
  CHECK(error.message == "id is required");
  CHECK(error.code == ErrorCode::kConstraint);
  CHECK(store.MustFail("INSERT INTO lists(id) VALUES (NULL)").message == "id is required");
  CHECK(store.MustFail("INSERT INTO lists(id) VALUES (x'00')").message == "id should be text");
  CHECK(store.Queue().empty());
  store.Must("INSERT INTO lists(id) VALUES ('')");
  store.Must("INSERT INTO lists(id) VALUES (42)");
  CHECK(store.Queue()[0] == R"({"op":"PUT","id":"","type":"lists","data":{}})");
  CHECK(store.Queue()[1] == R"({"op":"PUT","id":"42","type":"lists","data":{}})");
}

TEST_CASE("rows before one without id stay, with their entries", "[store][C-050]") {
  LocalStore store;
  CHECK(store.MustFail("INSERT INTO lists(id) VALUES ('a'), ('b'), (NULL), ('c')").message == "id is required");
  CHECK(store.Rows("SELECT id FROM lists ORDER BY id") == Lines{"a", "b"});
  CHECK(store.Queue().size() == 2);
}

TEST_CASE("a statement that fails leaves neither rows nor entries", "[store]") {
  LocalStore store;
  store.Must("INSERT INTO lists(id, name) VALUES ('b','B')");
  CHECK(store.MustFail("INSERT INTO lists(id) VALUES ('a'), ('b')").message == "UNIQUE constraint failed: lists.id");
  store.Must("CREATE TRIGGER no_x BEFORE INSERT ON lists WHEN NEW.name = 'x' BEGIN SELECT RAISE(ABORT, 'no x'); END");
  CHECK(store.MustFail("INSERT INTO lists(id, name) VALUES ('c','y'), ('d','x')").message == "no x");
  CHECK(store.Rows("SELECT id FROM lists") == Lines{"b"});
  CHECK(store.Queue().size() == 1);
}

TEST_CASE("OR FAIL keeps the rows before the failure and their entries, OR ROLLBACK keeps none", "[store]") {
  LocalStore store;
  store.Must("INSERT INTO lists(id) VALUES ('x')");
  store.MustFail("INSERT OR FAIL INTO lists(id) VALUES ('a'), ('b'), ('x'), ('c')");
  CHECK(store.Rows("SELECT id FROM lists ORDER BY id") == Lines{"a", "b", "x"});
  CHECK(store.Queue().size() == 3);
  store.MustFail("INSERT OR ROLLBACK INTO lists(id) VALUES ('d'), ('x')");
  CHECK(store.Rows("SELECT count(*) FROM lists") == Lines{"3"});
  CHECK(store.Queue().size() == 3);
  // The same inside a transaction of the application.
  store.Must("BEGIN");
  store.MustFail("INSERT OR FAIL INTO lists(id) VALUES ('e'), ('x')");
  store.Must("COMMIT");
  CHECK(store.Rows("SELECT count(*) FROM lists") == Lines{"4"});
  CHECK(store.Queue().size() == 4);
  store.Must("BEGIN");
  store.Must("INSERT INTO lists(id) VALUES ('f')");
  const Error error = store.MustFail("INSERT OR ROLLBACK INTO lists(id) VALUES ('g'), ('x')");
  CHECK(error.message == "UNIQUE constraint failed: lists.id (the whole transaction was rolled back)");
  CHECK_FALSE(store.db->InTransaction());
  CHECK(store.Rows("SELECT count(*) FROM lists") == Lines{"4"});
  CHECK(store.Queue().size() == 4);
}

TEST_CASE("what a trigger of the application changes is queued in true order", "[store]") {
  LocalStore store;
  store.Must(
      "CREATE TRIGGER first_todo AFTER INSERT ON lists BEGIN"
      " UPDATE lists SET owner = 'me' WHERE id = NEW.id;"
      " INSERT INTO todos(id, list_id) VALUES ('t-' || NEW.id, NEW.id); END");
  CHECK(store.Must("INSERT INTO lists(id, name) VALUES ('a','A')").changes == 1);
  CHECK(store.QueueWithTransactions() == Lines{R"(1 {"op":"PUT","id":"a","type":"lists","data":{"name":"A"}})",
                                               R"(1 {"op":"PATCH","id":"a","type":"lists","data":{"owner":"me"}})",
                                               R"(1 {"op":"PUT","id":"t-a","type":"todos","data":{"list_id":"a"}})"});
  // A temporary trigger as well.
  store.Must("CREATE TEMP TRIGGER t2 AFTER DELETE ON lists BEGIN DELETE FROM todos WHERE list_id = OLD.id; END");
  store.Must("DELETE FROM lists");
  CHECK(store.Queue()[3] == R"({"op":"DELETE","id":"a","type":"lists"})");
  CHECK(store.Queue()[4] == R"({"op":"DELETE","id":"t-a","type":"todos"})");
}

TEST_CASE("REPLACE fires the application's delete triggers", "[store][C-002]") {
  LocalStore store;
  store.Must("CREATE TABLE log(line TEXT)");
  store.Must("CREATE TRIGGER gone AFTER DELETE ON lists BEGIN INSERT INTO log VALUES (OLD.id); END");
  store.Must("INSERT INTO lists(id) VALUES ('a')");
  store.Must("REPLACE INTO lists(id, name) VALUES ('a','B')");
  CHECK(store.Rows("SELECT line FROM log") == Lines{"a"});
  CHECK(store.Queue().size() == 2);
}

TEST_CASE("tables of the application's own are not queued", "[store]") {
  LocalStore store;
  store.Must("CREATE TABLE notes(id INTEGER PRIMARY KEY, body BLOB)");
  CHECK(store.Must("INSERT INTO notes(body) VALUES (x'0102')").last_insert_rowid == 1);
  store.Must("CREATE TEMP TABLE scratch(x)");
  store.Must("INSERT INTO scratch VALUES (1)");
  CHECK(store.Queue().empty());
  CHECK(store.OwnRows("SELECT next_tx FROM ps_tx") == Lines{"1"});
}

TEST_CASE("changes(), last_insert_rowid() and total rows tell of the application's statement", "[store]") {
  LocalStore store;
  store.Must("INSERT INTO lists(id) VALUES ('a'), ('b'), ('c')");
  CHECK(store.Rows("SELECT changes(), last_insert_rowid()") == Lines{"3|3"});
  store.Must("UPDATE lists SET name = 'x' WHERE id <> 'a'");
  CHECK(store.Rows("SELECT changes(), last_insert_rowid()") == Lines{"2|3"});
  store.Must("CREATE TABLE own(x)");
  CHECK(store.Must("CREATE TABLE own2(x)").changes == 0);
  CHECK(store.Must("UPDATE lists SET name = 'y' WHERE 0").changes == 0);
  CHECK(store.Rows("SELECT changes()") == Lines{"0"});
}

TEST_CASE("writes in an Uncaptured scope are not queued, those of triggers included", "[store][C-068][C-121]") {
  LocalStore store;
  store.Must("CREATE TRIGGER extra AFTER INSERT ON lists BEGIN INSERT INTO todos(id) VALUES ('t' || NEW.id); END");
  {
    const store::Capture::Uncaptured uncaptured(*store.capture);
    store.Must("INSERT INTO lists(id) VALUES ('a')");
    store.Must("UPDATE lists SET name = 'x'");
    store.Must("DELETE FROM todos");
  }
  CHECK(store.Queue().empty());
  CHECK(store.UpdatedRows().empty());
  CHECK(store.KeyValue("target_checkpoint_request_id").empty());
  store.Must("UPDATE lists SET name = 'y'");
  CHECK(store.Queue().size() == 1);
}
