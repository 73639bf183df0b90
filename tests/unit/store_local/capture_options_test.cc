// The options of a table: previous values, metadata, empty updates, view name, local-only and insert-only tables.
#include "support/catch.h"
#include "support/local_store.h"

using namespace skerry;
using test::LocalStore;
using test::OneTable;
using Lines = std::vector<std::string>;

TEST_CASE("previous values are not recorded by default", "[store][C-061]") {
  LocalStore store(OneTable("a text, b text"));
  store.Must("INSERT INTO t VALUES ('1','x','y')");
  store.Must("UPDATE t SET a = 'z'");
  store.Must("DELETE FROM t");
  CHECK(store.Queue()[1] == R"({"op":"PATCH","id":"1","type":"t","data":{"a":"z"}})");
  CHECK(store.Queue()[2] == R"({"op":"DELETE","id":"1","type":"t"})");
}

TEST_CASE("previous values of all columns, nulls included, in schema order", "[store][C-061][C-062]") {
  LocalStore store(OneTable("b text, a text, c integer", R"(,"include_old":true)"));
  store.Must("INSERT INTO t VALUES ('1','x',NULL,3)");
  store.Must("UPDATE t SET a = 'z'");
  store.Must("DELETE FROM t");
  CHECK(store.Queue() == Lines{R"({"op":"PUT","id":"1","type":"t","data":{"b":"x","c":3}})",
                               R"({"op":"PATCH","id":"1","type":"t","data":{"a":"z"},"old":{"b":"x","a":null,"c":3}})",
                               R"({"op":"DELETE","id":"1","type":"t","old":{"b":"x","a":"z","c":3}})"});
}

TEST_CASE("previous values of some columns", "[store][C-061][C-062]") {
  LocalStore store(OneTable("b text, a text, c integer", R"(,"include_old":["c","b"])"));
  store.Must("INSERT INTO t VALUES ('1','x','y',3)");
  store.Must("UPDATE t SET a = 'z'");
  store.Must("DELETE FROM t");
  CHECK(store.Queue()[1] == R"({"op":"PATCH","id":"1","type":"t","data":{"a":"z"},"old":{"b":"x","c":3}})");
  CHECK(store.Queue()[2] == R"({"op":"DELETE","id":"1","type":"t","old":{"b":"x","c":3}})");
}

TEST_CASE("previous values only when changed, which a DELETE ignores", "[store][C-061][C-062]") {
  LocalStore store(
      OneTable("b text, a text, c integer", R"(,"include_old":["c","a"],"include_old_only_when_changed":true)"));
  store.Must("INSERT INTO t VALUES ('1','x',NULL,3)");
  store.Must("UPDATE t SET a = 'z', c = 4");
  store.Must("UPDATE t SET b = 'y'");
  store.Must("DELETE FROM t");
  CHECK(store.Queue()[1] == R"({"op":"PATCH","id":"1","type":"t","data":{"a":"z","c":4},"old":{"a":null,"c":3}})");
  CHECK(store.Queue()[2] == R"({"op":"PATCH","id":"1","type":"t","data":{"b":"y"},"old":{}})");
  CHECK(store.Queue()[3] == R"({"op":"DELETE","id":"1","type":"t","old":{"a":"z","c":4}})");
}

TEST_CASE("empty updates can be ignored; they take a transaction id but do not touch the gate",
          "[store][C-063][C-070]") {
  LocalStore store(OneTable("a text", R"(,"ignore_empty_update":true)"));
  store.Must("INSERT INTO t VALUES ('1','x')");
  store.OwnSql("DELETE FROM ps_kv WHERE key = 'target_checkpoint_request_id'; DELETE FROM ps_updated_rows");
  store.Must("UPDATE t SET a = 'x'");
  CHECK(store.Queue().size() == 1);
  CHECK(store.KeyValue("target_checkpoint_request_id").empty());
  CHECK(store.UpdatedRows().empty());
  store.Must("UPDATE t SET a = 'y'");
  CHECK(store.QueueWithTransactions()[1] == R"(3 {"op":"PATCH","id":"1","type":"t","data":{"a":"y"}})");
}

TEST_CASE("the view name is the name in SQL, the table name the type in the queue", "[store][C-060]") {
  LocalStore store(OneTable("a text", R"(,"view_name":"things")"));
  store.Must("INSERT INTO things VALUES ('1','x')");
  CHECK(store.Queue() == Lines{R"({"op":"PUT","id":"1","type":"t","data":{"a":"x"}})"});
  CHECK(store.UpdatedRows() == Lines{"t 1"});
}

TEST_CASE("local-only tables queue nothing, take blobs, and refuse a changed or missing id", "[store][C-070]") {
  LocalStore store(OneTable("a text, b blob", R"(,"local_only":true)"));
  store.Must("INSERT INTO t VALUES ('1','x', x'0011')");
  store.Must("UPDATE t SET a = 'y'");
  CHECK(store.MustFail("UPDATE t SET id = '2'").message == "Cannot update id");
  CHECK(store.MustFail("INSERT INTO t(a) VALUES ('2')").message == "id is required");
  CHECK(store.Rows("SELECT id, a, hex(b) FROM t") == Lines{"1|y|0011"});
  CHECK(store.Queue().empty());
  CHECK(store.UpdatedRows().empty());
  CHECK(store.OwnRows("SELECT next_tx FROM ps_tx") == Lines{"1"});
}

TEST_CASE("insert-only tables queue the row and keep nothing", "[store][C-067]") {
  LocalStore store(OneTable("b text, a integer", R"(,"insert_only":true)"));
  store.Must("INSERT INTO t(id, a, b) VALUES ('1', 5, 'x'), ('2', NULL, 'y')");
  CHECK(store.QueueWithTransactions() == Lines{R"(1 {"op":"PUT","type":"t","id":"1","data":{"a":5,"b":"x"}})",
                                               R"(1 {"op":"PUT","type":"t","id":"2","data":{"b":"y"}})"});
  CHECK(store.Rows("SELECT * FROM t").empty());
  CHECK(store.UpdatedRows().empty());
  CHECK(store.KeyValue("target_checkpoint_request_id").empty());
  CHECK(store.MustFail("UPDATE t SET a = 1").message.find("view") != std::string::npos);
  CHECK(store.MustFail("DELETE FROM t").message.find("view") != std::string::npos);
  CHECK(store.MustFail("INSERT INTO t(a) VALUES (1)").message == "id is required");
  CHECK(store.MustFail("INSERT INTO t(id) VALUES (1)").message == "id should be text");
  CHECK(store.MustFail("INSERT INTO t(id, b) VALUES ('3', x'00')").message == "cannot queue a BLOB: t");
  CHECK(store.Queue().size() == 2);
  CHECK(store.Rows("INSERT INTO t(id, a) VALUES ('4', 1) RETURNING id, a") == Lines{"4|1"});
}

TEST_CASE("insert-only and regular writes of one transaction share its id, and only the regular one closes the gate",
          "[store][C-067][C-070]") {
  const std::string schema = R"({"tables":[{"name":"log","columns":[{"name":"m","type":"text"}],"insert_only":true},
                                           {"name":"t","columns":[{"name":"a","type":"text"}]}]})";
  LocalStore store(schema);
  store.Must("BEGIN");
  store.Must("INSERT INTO log(id, m) VALUES ('1', 'x')");
  CHECK(store.KeyValue("target_checkpoint_request_id").empty());
  store.Must("INSERT INTO t(id) VALUES ('2')");
  store.Must("COMMIT");
  CHECK(store.KeyValue("target_checkpoint_request_id") == "9223372036854775807");
  CHECK(store.OwnRows("SELECT tx_id FROM ps_crud") == Lines{"1", "1"});
}

TEST_CASE("an insert-only table may have more columns than a function takes arguments", "[store][C-047]") {
  std::string columns;
  for (int i = 0; i < 1950; ++i) columns += (i == 0 ? "c" : ", c") + std::to_string(i) + " integer";
  LocalStore store(OneTable(columns, R"(,"insert_only":true)"));
  store.Must("INSERT INTO t(id, c0, c899, c900, c1949) VALUES ('a', 1, 2, 3, 4)");
  store.Must("INSERT INTO t(id, c901) VALUES ('b', 5)");
  CHECK(store.Queue() == Lines{R"({"op":"PUT","type":"t","id":"a","data":{"c0":1,"c1949":4,"c899":2,"c900":3}})",
                               R"({"op":"PUT","type":"t","id":"b","data":{"c901":5}})"});
}

TEST_CASE("metadata is written with the row, queued with the entry and never read back", "[store][C-030][C-055]") {
  LocalStore store(OneTable("a text", R"(,"include_metadata":true)"));
  store.Must("INSERT INTO t(id, a, _metadata) VALUES ('1','x','from-ui')");
  store.Must("UPDATE t SET a = 'y', _metadata = 'second'");
  store.Must("UPDATE t SET _metadata = 'only'");
  store.Must("UPDATE t SET a = 'z'");
  store.Must(
      "INSERT INTO t(id, a, _metadata) VALUES ('1','u','up') ON CONFLICT(id) DO UPDATE SET a = excluded.a,"
      " _metadata = excluded._metadata");
  CHECK(store.Rows("SELECT * FROM t") == Lines{"1|u|NULL|NULL"});
  CHECK(store.Queue() == Lines{R"({"op":"PUT","id":"1","type":"t","data":{"a":"x"},"metadata":"from-ui"})",
                               R"({"op":"PATCH","id":"1","type":"t","data":{"a":"y"},"metadata":"second"})",
                               R"({"op":"PATCH","id":"1","type":"t","data":{},"metadata":"only"})",
                               R"({"op":"PATCH","id":"1","type":"t","data":{"a":"z"}})",
                               R"({"op":"PATCH","id":"1","type":"t","data":{"a":"u"},"metadata":"up"})"});
}

TEST_CASE("setting _deleted deletes the row and queues the metadata", "[store][C-054][C-055]") {
  LocalStore store(OneTable("a text", R"(,"include_metadata":true,"include_old":true)"));
  store.Must("INSERT INTO t(id, a) VALUES ('1','x'), ('2','y'), ('3','z')");
  CHECK(store.Must("UPDATE t SET _deleted = TRUE, _metadata = 'why' WHERE id < '3'").changes == 2);
  store.Must("DELETE FROM t");
  CHECK(store.Rows("SELECT * FROM t").empty());
  const Lines queue = store.Queue();
  CHECK(Lines(queue.begin() + 3, queue.end()) ==
        Lines{R"({"op":"DELETE","id":"1","type":"t","old":{"a":"x"},"metadata":"why"})",
              R"({"op":"DELETE","id":"2","type":"t","old":{"a":"y"},"metadata":"why"})",
              R"({"op":"DELETE","id":"3","type":"t","old":{"a":"z"}})"});
}

TEST_CASE("metadata works with ignored empty updates and OR REPLACE", "[store][C-055]") {
  LocalStore store(OneTable("a text", R"(,"include_metadata":true,"ignore_empty_update":true)"));
  store.Must("INSERT INTO t(id, a) VALUES ('1','x')");
  store.Must("REPLACE INTO t(id, a, _metadata) VALUES ('1','y','m')");
  store.Must("UPDATE t SET a = 'y'");
  CHECK(store.Queue() == Lines{R"({"op":"PUT","id":"1","type":"t","data":{"a":"x"}})",
                               R"({"op":"PUT","id":"1","type":"t","data":{"a":"y"},"metadata":"m"})"});
}
