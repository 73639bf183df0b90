// What the application's SQL may do to managed objects, and what the refusals say.
#include "support/catch.h"
#include "support/local_store.h"

using namespace skerry;
using test::LocalStore;
using Lines = std::vector<std::string>;

namespace {

// Refused with kNotAuthorized, and the message names the object.
void CheckRefused(LocalStore& store, std::string_view sql, std::string_view named) {
  INFO(sql);
  const Error error = store.MustFail(sql);
  CHECK(error.code == ErrorCode::kNotAuthorized);
  INFO(error.message);
  CHECK(error.message.find(named) != std::string::npos);
  CHECK_FALSE(store.db->InTransaction());
}

}  // namespace

TEST_CASE("DDL on tables of the schema is refused and says what is possible", "[store][guard]") {
  LocalStore store;
  for (const char* sql : {"DROP TABLE lists", "DROP TABLE main.lists", "ALTER TABLE lists ADD COLUMN x",
                          "ALTER TABLE lists RENAME TO other", "ALTER TABLE LISTS DROP COLUMN name",
                          "CREATE TEMP TABLE lists(id)", "CREATE TEMP VIEW Lists AS SELECT 1"}) {
    CheckRefused(store, sql, "belongs to the schema");
  }
  CheckRefused(store, "DROP INDEX ps_index__todos__by_list", "ps_index__todos__by_list");
  CheckRefused(store, "DROP TRIGGER ps_id__lists", "ps_id__lists");
  CHECK(store.Rows("SELECT count(*) FROM lists") == Lines{"0"});
}

TEST_CASE("views, triggers and plain indexes of the application are possible, a unique index is not",
          "[store][guard]") {
  LocalStore store;
  store.Must("CREATE VIEW open_todos AS SELECT * FROM todos WHERE NOT done");
  store.Must("CREATE TRIGGER mine AFTER INSERT ON todos BEGIN UPDATE todos SET done = 0 WHERE id = NEW.id; END");
  store.Must("CREATE INDEX by_text ON todos(text)");
  store.Must("CREATE INDEX expression ON todos(lower(text)) WHERE done");
  CheckRefused(store, "CREATE UNIQUE INDEX u ON todos(text)", "todos");
  CheckRefused(store, " /* x */ create -- y\n unique index if not exists u on todos(text)", "todos");
  store.Must("DROP INDEX by_text");
  store.Must("DROP TRIGGER mine");
  store.Must("DROP VIEW open_todos");
  CHECK(store.OwnRows("SELECT count(*) FROM sqlite_schema WHERE name = 'u'") == Lines{"0"});
}

TEST_CASE("the application's own tables are free", "[store][guard]") {
  LocalStore store;
  store.Must("CREATE TABLE notes(id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT UNIQUE)");
  store.Must("INSERT INTO notes(body) VALUES ('x')");
  store.Must("ALTER TABLE notes ADD COLUMN more");
  store.Must("CREATE UNIQUE INDEX u ON notes(more)");
  store.Must("CREATE VIRTUAL TABLE search USING fts5(body, content='notes', content_rowid='id')");
  store.Must(
      "CREATE TRIGGER fill AFTER INSERT ON notes BEGIN INSERT INTO search(rowid, body) VALUES (NEW.id, NEW.body); END");
  store.Must("INSERT INTO notes(body) VALUES ('hello world')");
  CHECK(store.Rows("SELECT rowid FROM search WHERE search MATCH 'hello'") == Lines{"2"});
  store.Must("ALTER TABLE notes RENAME TO notes2");
  store.Must("DROP TABLE notes2");
  store.Must("DROP TABLE search");
}

TEST_CASE("a full text index over a synced table follows local writes", "[store][guard]") {
  LocalStore store;
  store.Must("CREATE VIRTUAL TABLE search USING fts5(id UNINDEXED, text)");
  store.Must("CREATE TRIGGER s1 AFTER INSERT ON todos BEGIN INSERT INTO search VALUES (NEW.id, NEW.text); END");
  store.Must("CREATE TRIGGER s2 AFTER DELETE ON todos BEGIN DELETE FROM search WHERE id = OLD.id; END");
  store.Must("INSERT INTO todos(id, text) VALUES ('a', 'buy milk')");
  CHECK(store.Rows("SELECT id FROM search('milk')") == Lines{"a"});
  store.Must("DELETE FROM todos");
  CHECK(store.Rows("SELECT id FROM search('milk')").empty());
  CHECK(store.Queue().size() == 2);
}

TEST_CASE("Skerry's own tables can be read and not written, but entries may be deleted from the queue",
          "[store][guard]") {
  LocalStore store;
  store.Must("INSERT INTO lists(id) VALUES ('a'), ('b')");
  CHECK(store.Rows("SELECT count(*) FROM ps_crud") == Lines{"2"});
  CHECK(store.Rows("SELECT count(*) FROM ps_oplog") == Lines{"0"});
  for (const char* sql :
       {"INSERT INTO ps_kv(key, value) VALUES ('client_id', 'x')", "UPDATE ps_tx SET next_tx = 1",
        "DELETE FROM ps_oplog", "DROP TABLE ps_crud", "ALTER TABLE ps_kv ADD COLUMN x",
        "CREATE INDEX i ON ps_oplog(op_id)", "CREATE TRIGGER g AFTER INSERT ON ps_crud BEGIN SELECT 1; END",
        "CREATE TABLE ps_mine(x)", "CREATE TABLE PS_mine(x)", "CREATE INDEX ps_i ON lists(name)"}) {
    CheckRefused(store, sql, "ps_");
  }
  CheckRefused(store, "DELETE FROM sqlite_sequence", "sqlite_sequence");
  // Not through a trigger either.
  store.Must("CREATE TRIGGER sly AFTER INSERT ON lists BEGIN DELETE FROM ps_kv; END");
  CheckRefused(store, "INSERT INTO lists(id) VALUES ('c')", "ps_kv");
  store.Must("DROP TRIGGER sly");
  CHECK(store.Must("DELETE FROM ps_crud WHERE id = 1").changes == 1);
  CHECK(store.Queue().size() == 1);
}

TEST_CASE("ATTACH, dangerous pragmas and VACUUM INTO are refused; questions and VACUUM are not", "[store][guard]") {
  LocalStore store;
  CheckRefused(store, "ATTACH ':memory:' AS other", "ATTACH");
  CheckRefused(store, "PRAGMA writable_schema=ON", "writable_schema");
  CheckRefused(store, "PRAGMA journal_mode=DELETE", "journal_mode");
  CheckRefused(store, "PRAGMA foreign_keys=ON", "foreign_keys");
  CheckRefused(store, "PRAGMA recursive_triggers(0)", "recursive_triggers");
  CheckRefused(store, "VACUUM INTO 'copy.db'", "VACUUM INTO");
  CHECK(store.Rows("PRAGMA recursive_triggers") == Lines{"1"});
  CHECK(store.Rows("PRAGMA table_info(lists)").size() == 3);
  CHECK(store.Rows("SELECT name FROM pragma_table_info('lists')") == Lines{"id", "name", "owner"});
  CHECK(store.Rows("PRAGMA integrity_check") == Lines{"ok"});
  store.Must("PRAGMA user_version=7");
  CHECK(store.Rows("PRAGMA user_version") == Lines{"7"});
  store.Must("INSERT INTO lists(id) VALUES ('a')");
  store.Must("VACUUM");
  store.Must("ANALYZE");
  store.Must("REINDEX");
  CHECK(store.Rows("SELECT id FROM lists") == Lines{"a"});
}

TEST_CASE("a function of ours cannot be called by hand", "[store][guard]") {
  LocalStore store(test::OneTable("a text", R"(,"insert_only":true)"));
  CheckRefused(store, "SELECT skerry_insert_only('t', 0, 1, 'id', NULL, 'x')", "skerry_insert_only");
  CHECK(store.Queue().empty());
}

TEST_CASE("the access listener hears what a statement reads", "[store][guard]") {
  LocalStore store;
  Lines reads;
  store.guard->SetAccessListener([&](const sqlite::Access& access) {
    if (access.kind == sqlite::AccessKind::kRead)
      reads.push_back(std::string(access.first) + "." + std::string(access.second));
  });
  REQUIRE(store.guard->Prepare("SELECT name FROM lists WHERE owner = ?").ok());
  store.guard->SetAccessListener({});
  REQUIRE(store.guard->Prepare("SELECT text FROM todos").ok());
  CHECK(reads == Lines{"lists.name", "lists.owner"});
}
