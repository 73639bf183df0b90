#include "watch/dependencies.h"

#include "support/catch.h"

namespace skerry {
namespace {

using Names = std::vector<std::string>;

struct Database {
  Database() {
    sqlite::OpenOptions options;
    options.path = ":memory:";
    auto opened = sqlite::Connection::Open(options);
    REQUIRE(opened.ok());
    db = *std::move(opened);
    Run("CREATE TABLE Lists(id TEXT PRIMARY KEY, name TEXT)");
    Run("CREATE TABLE todos(id TEXT PRIMARY KEY, list_id TEXT, title TEXT)");
    Run("CREATE TABLE keyed(k TEXT PRIMARY KEY, v) WITHOUT ROWID");
    Run("CREATE VIEW named AS SELECT * FROM Lists WHERE name IS NOT NULL");
    Run("CREATE VIEW outer_view AS SELECT named.id, todos.title FROM named JOIN todos ON todos.list_id = named.id");
  }
  void Run(std::string_view sql) { REQUIRE(db->Execute(sql).ok()); }

  watch::Dependencies Of(std::string_view sql) {
    auto found = watch::Resolve(*db, sql, Prepare());
    REQUIRE(found.ok());
    return *found;
  }
  watch::Dependencies OfNames(const Names& names) {
    auto found = watch::ResolveNames(*db, names, Prepare());
    REQUIRE(found.ok());
    return *found;
  }
  watch::PrepareFunction Prepare() {
    return [this](std::string_view sql, watch::AccessCollector& collector) -> Status {
      db->SetAuthorizer([&collector](const sqlite::Access& access) {
        collector.Note(access);
        return true;
      });
      auto statement = db->Prepare(sql);
      db->SetAuthorizer({});
      if (!statement.ok()) return std::move(statement).error();
      return kDone;
    };
  }

  std::unique_ptr<sqlite::Connection> db;
};

}  // namespace

TEST_CASE("tables are found through views, CTEs, subqueries and set operations", "[watch][C-213]") {
  Database database;
  CHECK(database.Of("SELECT name FROM lists").tables == Names{"Lists"});
  CHECK(database.Of("SELECT * FROM outer_view").tables == Names{"Lists", "todos"});
  CHECK(database.Of("WITH x AS (SELECT list_id FROM todos) SELECT * FROM x").tables == Names{"todos"});
  CHECK(database.Of("SELECT 1 WHERE EXISTS (SELECT 1 FROM todos)").tables == Names{"todos"});
  CHECK(database.Of("SELECT id FROM lists UNION SELECT k FROM keyed").tables == Names{"Lists", "keyed"});
  CHECK(database
            .Of("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < (SELECT count(*) FROM "
                "todos)) SELECT * FROM n")
            .tables == Names{"todos"});
}

TEST_CASE("a query that reads no column still depends on its table", "[watch]") {
  Database database;
  CHECK(database.Of("SELECT count(*) FROM todos").tables == Names{"todos"});
  CHECK(database.Of("SELECT 1 FROM keyed").tables == Names{"keyed"});
  CHECK(database.Of("SELECT count(*) FROM named").tables == Names{"Lists"});
}

TEST_CASE("table-valued functions and constants read nothing", "[watch]") {
  Database database;
  CHECK(database.Of("SELECT value FROM json_each('[1]')").tables.empty());
  CHECK(database.Of("SELECT 1").tables.empty());
  CHECK(database.Of("SELECT name FROM pragma_table_info('todos')").tables.empty());
  CHECK(database.Of("SELECT value FROM todos, json_each(title)").tables == Names{"todos"});
}

TEST_CASE("a temporary table is followed by every commit, a temporary view by its tables", "[watch]") {
  Database database;
  database.Run("CREATE TEMP TABLE scratch(x)");
  database.Run("CREATE TEMP VIEW peek AS SELECT title FROM todos");
  CHECK(database.Of("SELECT x FROM scratch").every_commit);
  CHECK(database.Of("SELECT count(*) FROM scratch").every_commit);
  const watch::Dependencies peek = database.Of("SELECT * FROM peek");
  CHECK_FALSE(peek.every_commit);
  CHECK(peek.tables == Names{"todos"});
}

TEST_CASE("an FTS5 table stands for its shadow tables and its content", "[watch]") {
  Database database;
  database.Run("CREATE VIRTUAL TABLE own USING fts5(body)");
  database.Run("CREATE VIRTUAL TABLE external USING fts5(title, content='todos')");
  database.Run("CREATE VIRTUAL TABLE over_view USING fts5(name, content=\"named\")");
  const Names own = database.Of("SELECT body FROM own WHERE own MATCH 'x'").tables;
  CHECK(std::find(own.begin(), own.end(), "own_content") != own.end());
  CHECK(std::find(own.begin(), own.end(), "own_data") != own.end());
  const Names external = database.Of("SELECT title FROM external").tables;
  CHECK(std::find(external.begin(), external.end(), "todos") != external.end());
  CHECK(std::find(external.begin(), external.end(), "external_data") != external.end());
  const Names over_view = database.Of("SELECT name FROM over_view").tables;
  CHECK(std::find(over_view.begin(), over_view.end(), "Lists") != over_view.end());
}

TEST_CASE("names of an application are spelled as the schema spells them, and views are followed", "[watch]") {
  Database database;
  CHECK(database.OfNames({"LISTS", "todos"}).tables == Names{"Lists", "todos"});
  CHECK(database.OfNames({"outer_view"}).tables == Names{"Lists", "todos"});
  CHECK(database.OfNames({"not_yet_there"}).tables == Names{"not_yet_there"});
}

TEST_CASE("a statement that cannot be prepared is the error", "[watch]") {
  Database database;
  auto found = watch::Resolve(*database.db, "SELECT * FROM nowhere", database.Prepare());
  REQUIRE_FALSE(found.ok());
  CHECK(found.error().message.find("nowhere") != std::string::npos);
}

}  // namespace skerry
