// From one schema to the next on data that matters: sections 5.2 and 9 of the plan, without losing a row.
#include "store/schema_change.h"

#include "store/migrations.h"
#include "support/catch.h"
#include "support/local_store.h"

using namespace skerry;
using test::LocalStore;
using test::OneTable;
using Lines = std::vector<std::string>;

namespace {

constexpr char kEmpty[] = R"({"tables":[]})";

// As a publish leaves it: the row in the oplog of bucket 1 and, if `visible`, in ps_untyped or the table.
void Oplog(LocalStore& store, const std::string& id, const std::string& json, int op_id = 1, int bucket = 1) {
  store.OwnSql("INSERT OR REPLACE INTO ps_oplog(type, row_id, bucket, subkey, op_id, hash, data) VALUES ('t', '" + id +
               "', " + std::to_string(bucket) + ", 'null', " + std::to_string(op_id) + ", 1, " +
               sqlite::QuoteText(json) + ")");
}
void Untyped(LocalStore& store, const std::string& id, const std::string& json) {
  store.OwnSql("INSERT INTO ps_untyped(type, id, data) VALUES ('t', '" + id + "', " + sqlite::QuoteText(json) + ")");
}
void Published(LocalStore& store, const std::string& sql) {
  const store::Capture::Uncaptured uncaptured(*store.capture);
  store.Must(sql);
}

std::string SchemaVersion(LocalStore& store) { return store.OwnRows("PRAGMA schema_version")[0]; }

void Apply(LocalStore& store, std::string_view json) {
  const Status applied = store.ApplySchema(json);
  if (!applied.ok()) FAIL(applied.error().message);
  CHECK(store.OwnRows("PRAGMA integrity_check") == Lines{"ok"});
}

}  // namespace

TEST_CASE("an identical schema executes nothing, options only change no object", "[store][schema][C-024]") {
  LocalStore store(OneTable("a text"));
  const std::string version = SchemaVersion(store);
  const std::int64_t changes = store.db->TotalChanges();
  Apply(store, OneTable("a text"));
  CHECK(SchemaVersion(store) == version);
  CHECK(store.db->TotalChanges() == changes);
  Apply(store, OneTable("a text", R"(,"include_old":true,"ignore_empty_update":true)"));
  CHECK(SchemaVersion(store) == version);
  store.Must("INSERT INTO t VALUES ('1','x')");
  store.Must("UPDATE t SET a = 'y'");
  CHECK(store.Queue()[1].find("\"old\"") != std::string::npos);
}

TEST_CASE("a new table takes its rows from ps_untyped, cast by type, and queues nothing",
          "[store][schema][C-020][C-041]") {
  LocalStore store(kEmpty);
  Untyped(store, "1", R"({"id":"x","a":"12abc","b":true,"c":1.0,"d":{"k":[1,2]},"e":9223372036854775807,"u":1})");
  Untyped(store, "2", R"({"a":null})");
  Untyped(store, "3", "not json");
  store.OwnSql("INSERT INTO ps_untyped VALUES ('other', '1', '{}')");
  Apply(store, OneTable("a integer, b text, c text, d text, e integer"));
  CHECK(store.Rows("SELECT * FROM t ORDER BY id") ==
        Lines{R"(1|12|1|1.0|{"k":[1,2]}|9223372036854775807)", "2|NULL|NULL|NULL|NULL|NULL"});
  CHECK(store.OwnRows("SELECT type, id FROM ps_untyped ORDER BY 1") == Lines{"other|1", "t|3"});
  CHECK(store.Queue().empty());
  CHECK(store.UpdatedRows().empty());
}

TEST_CASE("a removed table keeps its rows in ps_untyped and gets them back", "[store][schema][C-021]") {
  LocalStore store(OneTable("a text, b integer"));
  Oplog(store, "1", R"({"a":"old"})", 3, 1);
  Oplog(store, "1", R"({"a":"x","b":7,"extra":[1]})", 5, 2);  // The greater op id is in force.
  Published(store, "INSERT INTO t VALUES ('1','x',7)");
  Oplog(store, "2", R"({"a":"server"})", 6);
  Published(store, "INSERT INTO t VALUES ('2','server',NULL)");
  store.Must("UPDATE t SET a = 'local' WHERE id = '2'");  // Not uploaded yet.
  store.Must("INSERT INTO t VALUES ('3','new',1)");
  Oplog(store, "4", R"({"a":"deleted here"})", 8);
  const Lines queue = store.Queue();

  Apply(store, kEmpty);
  CHECK(store.OwnRows("SELECT id, data FROM ps_untyped ORDER BY id") ==
        Lines{R"(1|{"a":"x","b":7,"extra":[1]})", R"(2|{"a":"local"})", R"(3|{"a":"new","b":1})"});
  CHECK(store.OwnRows("SELECT count(*) FROM sqlite_schema WHERE name = 't'") == Lines{"0"});
  CHECK(store.Queue() == queue);

  Apply(store, OneTable("a text, b integer, extra text"));
  CHECK(store.Rows("SELECT * FROM t ORDER BY id") == Lines{"1|x|7|[1]", "2|local|NULL|NULL", "3|new|1|NULL"});
  CHECK(store.OwnRows("SELECT count(*) FROM ps_untyped") == Lines{"0"});
  CHECK(store.Queue() == queue);
}

TEST_CASE("an added column is filled from the server's copies without a download", "[store][schema]") {
  LocalStore store(OneTable("a text"));
  Oplog(store, "1", R"({"a":"x","n":"12abc","f":1})");
  Oplog(store, "2", R"({"a":"y","n":3,"f":false})");
  Published(store, "INSERT INTO t VALUES ('1','x'), ('2','y')");
  store.Must("UPDATE t SET a = 'mine' WHERE id = '2'");
  store.Must("INSERT INTO t VALUES ('3','z')");
  const Lines queue = store.Queue();
  Apply(store, OneTable("n integer, a text, f real"));
  CHECK(store.Rows("SELECT id, a, n, f FROM t ORDER BY id") == Lines{"1|x|12|1.0", "2|mine|3|0.0", "3|z|NULL|NULL"});
  CHECK(store.Queue() == queue);
  store.Must("UPDATE t SET n = 5, f = 2 WHERE id = '3'");
  CHECK(store.Queue().back() == R"({"op":"PATCH","id":"3","type":"t","data":{"f":2.0,"n":5}})");
  CHECK(store.MustFail("UPDATE t SET n = x'00'").message == "cannot queue a BLOB: t.n");
}

TEST_CASE("a removed column goes with its indexes, the application's included", "[store][schema]") {
  LocalStore store(OneTable("a text, b text", R"(,"indexes":[{"name":"i","columns":[{"name":"b"},{"name":"a"}]}])"));
  store.Must("CREATE INDEX mine ON t(b)");
  store.Must("CREATE INDEX other ON t(a)");
  store.Must("INSERT INTO t VALUES ('1','x','y')");
  Apply(store, OneTable("a text"));
  CHECK(store.Rows("SELECT * FROM t") == Lines{"1|x"});
  CHECK(store.OwnRows("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = 't'") ==
        Lines{"other"});
  store.Must("INSERT INTO t VALUES ('2','z')");
  CHECK(store.Queue()[1] == R"({"op":"PUT","id":"2","type":"t","data":{"a":"z"}})");
}

TEST_CASE("a column that a view of the application uses stays, unknown to the queue, and can come back",
          "[store][schema]") {
  LocalStore store(OneTable("a text, b text"));
  Oplog(store, "1", R"({"a":"x","b":"5"})");
  Published(store, "INSERT INTO t VALUES ('1','x','5')");
  store.Must("CREATE VIEW v AS SELECT b FROM t");
  Apply(store, OneTable("a text"));
  CHECK(store.Rows("SELECT * FROM v") == Lines{"NULL"});
  store.Must("INSERT INTO t(id, a, b) VALUES ('2','y','z')");
  CHECK(store.Queue()[0] == R"({"op":"PUT","id":"2","type":"t","data":{"a":"y"}})");
  Apply(store, OneTable("a text, b integer"));
  CHECK(store.Rows("SELECT b, typeof(b) FROM v") == Lines{"5|integer", "0|integer"});
}

TEST_CASE("a changed type casts what is there, from the server's copy where it is in force", "[store][schema][C-041]") {
  LocalStore store(OneTable("a text, b text, c integer", R"(,"indexes":[{"name":"i","columns":[{"name":"a"}]}])"));
  store.Must("CREATE VIEW v AS SELECT id, a + 1 AS next FROM t");
  store.Must("CREATE TABLE log(line)");
  store.Must("CREATE TRIGGER mine AFTER DELETE ON t BEGIN INSERT INTO log VALUES (OLD.a); END");
  store.Must("CREATE INDEX own ON t(b) WHERE a > 1");
  Oplog(store, "1", R"({"a":1.5,"b":"x","c":7})");
  Published(store, "INSERT INTO t VALUES ('1','1.5','x',7)");
  store.Must("INSERT INTO t VALUES ('2','12abc','y',8)");
  const Lines queue = store.Queue();
  const std::string version = SchemaVersion(store);

  Apply(store, OneTable("a integer, b text, c text", R"(,"indexes":[{"name":"i","columns":[{"name":"a"}]}])"));
  CHECK(SchemaVersion(store) != version);
  CHECK(store.Rows("SELECT id, a, typeof(a), c, typeof(c) FROM t ORDER BY id") ==
        Lines{"1|1|integer|7|text", "2|12|integer|8|text"});
  CHECK(store.Rows("SELECT next FROM v ORDER BY id") == Lines{"2", "13"});
  CHECK(store.OwnRows("SELECT name FROM sqlite_schema WHERE tbl_name = 't' AND type <> 'table' AND sql IS NOT NULL"
                      " ORDER BY 1") == Lines{"mine", "own", "ps_id__t", "ps_index__t__i"});
  CHECK(store.Queue() == queue);
  store.Must("UPDATE t SET a = '99' WHERE id = '1'");
  CHECK(store.Queue().back() == R"({"op":"PATCH","id":"1","type":"t","data":{"a":99}})");
  CHECK(store.Rows("SELECT id FROM t INDEXED BY ps_index__t__i WHERE a = 99") == Lines{"1"});
  store.Must("DELETE FROM t WHERE id = '1'");
  CHECK(store.Rows("SELECT line FROM log") == Lines{"99"});
}

TEST_CASE("a changed type is seen by another connection of the file", "[store][schema]") {
  const std::string path = "store_local_types.db";
  const auto remove = [&] {
    for (const char* suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
  };
  remove();
  {
    LocalStore store(OneTable("a text"), {path});
    store.Must("INSERT INTO t VALUES ('1','5')");
    auto reader = sqlite::Connection::Open({path});
    REQUIRE(reader.ok());
    CHECK(*(*reader)->QueryInt("SELECT typeof(a) = 'text' FROM t") == 1);
    Apply(store, OneTable("a integer"));
    CHECK(*(*reader)->QueryInt("SELECT typeof(a) = 'integer' FROM t WHERE a = '5'") == 1);
  }
  {
    LocalStore store(OneTable("a integer"), {path});
    CHECK(store.Rows("SELECT a FROM t WHERE a = 5") == Lines{"5"});
  }
  remove();
}

TEST_CASE("indexes are made, changed and dropped with the schema", "[store][schema]") {
  const auto with = [](const std::string& indexes) {
    return OneTable("a text, b text", ",\"indexes\":[" + indexes + "]");
  };
  LocalStore store(with(""));
  const auto names = [&] {
    return store.OwnRows(
        "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 't' AND sql IS NOT NULL ORDER BY 1");
  };
  CHECK(names().empty());
  Apply(store, with(R"({"name":"i","columns":[{"name":"a"}]})"));
  CHECK(names() == Lines{R"(CREATE INDEX "ps_index__t__i" ON "t"("a"))"});
  Apply(store, with(R"({"name":"i","columns":[{"name":"a","ascending":false},{"name":"b"}]})"));
  CHECK(names() == Lines{R"(CREATE INDEX "ps_index__t__i" ON "t"("a" DESC, "b"))"});
  Apply(store, with(""));
  CHECK(names().empty());
}

TEST_CASE("from synced to local-only the rows wait in ps_untyped, and come back", "[store][schema][C-022]") {
  LocalStore store(OneTable("a text"));
  Oplog(store, "1", R"({"a":"x"})");
  Published(store, "INSERT INTO t VALUES ('1','x')");
  Apply(store, OneTable("a text", R"(,"local_only":true)"));
  CHECK(store.Rows("SELECT * FROM t").empty());
  CHECK(store.OwnRows("SELECT id FROM ps_untyped") == Lines{"1"});
  store.Must("INSERT INTO t VALUES ('l','local')");
  CHECK(store.Queue().empty());
  Apply(store, OneTable("a text"));
  CHECK(store.Rows("SELECT * FROM t") == Lines{"1|x"});
  store.Must("UPDATE t SET a = 'y'");
  CHECK(store.Queue().size() == 1);
}

TEST_CASE("a local-only table that leaves the schema goes with its data", "[store][schema][C-021]") {
  LocalStore store(OneTable("a text", R"(,"local_only":true)"));
  store.Must("INSERT INTO t VALUES ('1','x')");
  Apply(store, kEmpty);
  CHECK(store.OwnRows("SELECT count(*) FROM ps_untyped") == Lines{"0"});
  Apply(store, OneTable("a text", R"(,"local_only":true)"));
  CHECK(store.Rows("SELECT * FROM t").empty());
}

TEST_CASE("from synced to insert-only and back the rows wait in ps_untyped", "[store][schema][C-022]") {
  LocalStore store(OneTable("a text"));
  Oplog(store, "1", R"({"a":"x"})");
  Published(store, "INSERT INTO t VALUES ('1','x')");
  Apply(store, OneTable("a text", R"(,"insert_only":true)"));
  store.Must("INSERT INTO t(id, a) VALUES ('2','y')");
  Apply(store, OneTable("b text, a text", R"(,"insert_only":true)"));
  store.Must("INSERT INTO t(id, b) VALUES ('3','z')");
  CHECK(store.Queue() == Lines{R"({"op":"PUT","type":"t","id":"2","data":{"a":"y"}})",
                               R"({"op":"PUT","type":"t","id":"3","data":{"b":"z"}})"});
  Apply(store, OneTable("a text"));
  CHECK(store.Rows("SELECT * FROM t") == Lines{"1|x"});
}

TEST_CASE("a new view name renames the table in place", "[store][schema]") {
  LocalStore store(OneTable("a text", R"(,"indexes":[{"name":"i","columns":[{"name":"a"}]}])"));
  store.Must("INSERT INTO t VALUES ('1','x')");
  store.Must("CREATE VIEW v AS SELECT a FROM t");
  store.Must("CREATE INDEX own ON t(a)");
  Apply(store, OneTable("a text", R"(,"view_name":"things","indexes":[{"name":"i","columns":[{"name":"a"}]}])"));
  CHECK(store.Rows("SELECT * FROM things") == Lines{"1|x"});
  CHECK(store.Rows("SELECT * FROM v") == Lines{"x"});
  CHECK(store.OwnRows("SELECT name FROM sqlite_schema WHERE tbl_name = 'things' AND sql IS NOT NULL ORDER BY 1") ==
        Lines{"own", "ps_id__things", "ps_index__things__i", "things"});
  store.Must("UPDATE things SET a = 'y'");
  CHECK(store.Queue().back() == R"({"op":"PATCH","id":"1","type":"t","data":{"a":"y"}})");
}

TEST_CASE("a view name may change in its case alone", "[store][schema]") {
  LocalStore store(OneTable("a text"));
  store.Must("INSERT INTO t VALUES ('1','x')");
  Apply(store, OneTable("a text", R"(,"view_name":"T")"));
  CHECK(store.OwnRows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 't' COLLATE NOCASE") ==
        Lines{"T"});
  store.Must("UPDATE t SET a = 'y'");
  CHECK(store.Queue().back() == R"({"op":"PATCH","id":"1","type":"t","data":{"a":"y"}})");
}

TEST_CASE("enabling and disabling metadata keeps the rows", "[store][schema]") {
  LocalStore store(OneTable("a text"));
  store.Must("INSERT INTO t VALUES ('1','x')");
  Apply(store, OneTable("a text", R"(,"include_metadata":true)"));
  store.Must("UPDATE t SET a = 'y', _metadata = 'm'");
  CHECK(store.Queue()[1] == R"({"op":"PATCH","id":"1","type":"t","data":{"a":"y"},"metadata":"m"})");
  Apply(store, OneTable("a text, b integer"));
  CHECK(store.Rows("SELECT * FROM t") == Lines{"1|y|NULL"});
  CHECK(store.MustFail("UPDATE t SET _metadata = 'm'").code == ErrorCode::kSqlite);
}

TEST_CASE("a table of the application in the way is an error, and nothing changes", "[store][schema]") {
  LocalStore store(kEmpty);
  store.Must("CREATE TABLE T(x)");
  store.Must("INSERT INTO T VALUES (1)");
  const Status applied = store.ApplySchema(OneTable("a text"));
  REQUIRE_FALSE(applied.ok());
  CHECK(applied.error().code == ErrorCode::kInvalidSchema);
  CHECK(applied.error().message.find("Table t: the database has a table of this name already") == 0);
  CHECK(store.Rows("SELECT * FROM T") == Lines{"1"});
  store.Must("ALTER TABLE T RENAME TO mine");
  Apply(store, OneTable("a text"));
}

TEST_CASE("a failing change leaves schema and data as they were", "[store][schema]") {
  LocalStore store(OneTable("a text"));
  store.Must("INSERT INTO t VALUES ('1','x')");
  store.Must("CREATE TABLE u(x)");
  const std::string version = SchemaVersion(store);
  const Status applied = store.ApplySchema(R"({"tables":[{"name":"t","columns":[{"name":"b","type":"text"}]},
                                                         {"name":"u","columns":[]}]})");
  REQUIRE_FALSE(applied.ok());
  CHECK(store.Rows("SELECT a FROM t") == Lines{"x"});
  CHECK(SchemaVersion(store) == version);
  store.Must("UPDATE t SET a = 'y'");
  CHECK(store.Queue().size() == 2);
}

TEST_CASE("several tables change at once, one taking the name of another", "[store][schema]") {
  LocalStore store(R"({"tables":[{"name":"a","columns":[{"name":"x","type":"text"}]},
                                 {"name":"b","columns":[{"name":"y","type":"text"}]}]})");
  store.Must("INSERT INTO a VALUES ('1','in a')");
  store.Must("INSERT INTO b VALUES ('2','in b')");
  Apply(store,
        R"({"tables":[{"name":"b","view_name":"a","columns":[{"name":"y","type":"text"},{"name":"z","type":"real"}]},
                             {"name":"c","columns":[]}]})");
  CHECK(store.Rows("SELECT * FROM a") == Lines{"2|in b|NULL"});
  CHECK(store.OwnRows("SELECT type, id, data FROM ps_untyped") == Lines{R"(a|1|{"x":"in a"})"});
  // Two that exchange their names.
  Apply(store,
        R"({"tables":[{"name":"b","view_name":"c","columns":[{"name":"y","type":"text"},{"name":"z","type":"real"}]},
                             {"name":"c","view_name":"a","columns":[]}]})");
  CHECK(store.Rows("SELECT * FROM c") == Lines{"2|in b|NULL"});
  CHECK(store.Rows("SELECT * FROM a").empty());
}

TEST_CASE("empty data of a file without bare entries is not taken for one", "[store][migrations]") {
  LocalStore store(OneTable("a text"));
  store.OwnSql(
      "INSERT INTO ps_oplog VALUES ('other', '1', 1, 'null', 1, 1, ''), ('t', '2', 1, 'null', 2, 2, NULL);"
      "DELETE FROM ps_migration WHERE id > 1");
  auto write = sqlite::WriteTransaction::Begin(*store.db);
  REQUIRE(write.ok());
  REQUIRE(store::Migrate(*write, store.random).ok());
  REQUIRE(write->Commit().ok());
  CHECK(store.OwnRows("SELECT data FROM ps_oplog ORDER BY type") == Lines{" ", "NULL"});
}

TEST_CASE("a database from a newer version is refused untouched", "[store][migrations][C-013]") {
  LocalStore store;
  const std::string client = store.KeyValue("client_id");
  CHECK(client.size() == 36);
  {
    auto write = sqlite::WriteTransaction::Begin(*store.db);
    const std::int64_t changes = store.db->TotalChanges();
    REQUIRE(store::Migrate(*write, store.random).ok());
    CHECK(store.db->TotalChanges() == changes);
    REQUIRE(write->Commit().ok());
  }
  CHECK(store.KeyValue("client_id") == client);
  store.OwnSql("INSERT INTO ps_migration(id) VALUES (99)");
  auto write = sqlite::WriteTransaction::Begin(*store.db);
  const Status migrated = store::Migrate(*write, store.random);
  REQUIRE_FALSE(migrated.ok());
  CHECK(migrated.error().message.find("newer Skerry (store version 99") != std::string::npos);
}
