#include <filesystem>

#include "support/catch.h"
#include "support/client_host.h"
#include "support/lists_schema.h"

namespace skerry {
namespace {

using test::ClientHost;
using test::Json;
using Runs = std::vector<std::pair<std::int32_t, std::uint32_t>>;

struct Lists : ClientHost {
  Lists() { ApplySchema(test::ListsSchema()); }
  void Insert(std::string_view id, std::string_view name) {
    Execute("INSERT INTO lists(id, name) VALUES (?, ?)", {id, name});
  }
};

}  // namespace

TEST_CASE("a watch tells its first result, then changes as patches", "[client][watch]") {
  Lists host;
  host.Insert("a", "one");
  host.Insert("c", "three");
  REQUIRE(host.Watch(7, "SELECT id, name FROM lists ORDER BY id"));
  CHECK(host.ReplyJson()["tables"] == Json::parse(R"(["lists"])"));
  auto first = host.PullWatches();
  REQUIRE(first.size() == 1);
  CHECK(first[0].watch == 7);
  CHECK(first[0].kind == 0);
  CHECK(first[0].runs == Runs{{-1, 2}});
  CHECK(first[0].rows.rows == Json::parse(R"([["a","one"],["c","three"]])"));

  host.Insert("b", "two");
  auto patch = host.PullWatches();
  REQUIRE(patch.size() == 1);
  CHECK(patch[0].kind == 1);
  CHECK(patch[0].runs == Runs{{0, 1}, {-1, 1}, {1, 1}});
  CHECK(patch[0].rows.rows == Json::parse(R"([["b","two"]])"));

  host.Execute("DELETE FROM lists WHERE id = 'a'");
  patch = host.PullWatches();
  REQUIRE(patch.size() == 1);
  CHECK(patch[0].runs == Runs{{1, 2}});
  CHECK(patch[0].rows.rows.empty());
}

TEST_CASE("an equal result is silent with the compare flag and an empty patch without it", "[client][watch]") {
  Lists host;
  host.Insert("a", "one");
  REQUIRE(host.Watch(1, "SELECT id FROM lists", Json::array(), 0, client::kWatchCompare));
  REQUIRE(host.Watch(2, "SELECT id FROM lists", Json::array(), 0, 0));
  REQUIRE(host.PullWatches().size() == 2);
  host.Execute("UPDATE lists SET name = 'two'");
  const auto messages = host.PullWatches();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].watch == 2);
  CHECK(messages[0].kind == 1);
  CHECK(messages[0].runs == Runs{{0, 1}});
}

TEST_CASE("an empty first result is told once", "[client][watch]") {
  Lists host;
  REQUIRE(host.Watch(1, "SELECT id FROM lists"));
  auto messages = host.PullWatches();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].kind == 0);
  CHECK(messages[0].runs.empty());
  host.Execute("INSERT INTO todos(id) VALUES ('t')");
  CHECK(host.PullWatches().empty());
}

TEST_CASE("only watches that read a changed table run", "[client][watch]") {
  Lists host;
  REQUIRE(host.Watch(1, "SELECT count(*) FROM lists"));
  REQUIRE(host.Watch(2, "SELECT count(*) FROM todos"));
  REQUIRE(
      host.Watch(3, "WITH x AS (SELECT list_id FROM todos) SELECT * FROM lists WHERE id IN (SELECT list_id FROM x)"));
  host.PullWatches();
  host.Call(client::Op::kInfo, "");
  const int before = host.ReplyJson()["counters"]["watchRuns"];
  host.Execute("INSERT INTO todos(id) VALUES ('t')");
  const auto messages = host.PullWatches();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].watch == 2);
  host.Call(client::Op::kInfo, "");
  CHECK(host.ReplyJson()["counters"]["watchRuns"] == before + 2);
}

TEST_CASE("nothing is told before the commit, nor after a rollback", "[client][watch][C-211]") {
  Lists host;
  REQUIRE(host.Watch(1, "SELECT id FROM lists"));
  host.PullWatches();
  std::uint32_t lease = host.OpenLease("writeTransaction");
  host.Execute("INSERT INTO lists(id) VALUES ('a')", Json::array(), lease);
  CHECK(host.PullWatches().empty());
  REQUIRE(host.CloseLease(lease, "commit"));
  CHECK(host.PullWatches().size() == 1);
  lease = host.OpenLease("writeTransaction");
  host.Execute("INSERT INTO lists(id) VALUES ('b')", Json::array(), lease);
  REQUIRE(host.CloseLease(lease, "rollback"));
  CHECK(host.PullWatches().empty());
}

TEST_CASE("the first change comes at once, later ones once per throttle", "[client][watch]") {
  Lists host;
  REQUIRE(host.Watch(1, "SELECT count(*) FROM lists", Json::array(), 30));
  REQUIRE(host.PullWatches().size() == 1);
  host.Advance(1000);
  host.Insert("a", "");
  CHECK(host.PullWatches().size() == 1);
  host.Insert("b", "");
  host.Insert("c", "");
  CHECK(host.PullWatches().empty());
  host.Settle();
  const Json timer = host.TakeAll("timer").back();
  CHECK(timer["id"] == 7);
  CHECK(timer["ms"] == 30);
  host.Advance(29);
  CHECK(host.PullWatches().empty());
  host.Advance(1);
  const auto messages = host.PullWatches();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].rows.rows == Json::parse("[[3]]"));
}

TEST_CASE("a trailing watch waits after every change", "[client][watch]") {
  Lists host;
  REQUIRE(host.Watch(1, "SELECT count(*) FROM lists", Json::array(), 30, client::kWatchTrailing));
  REQUIRE(host.PullWatches().size() == 1);
  host.Advance(1000);
  host.Insert("a", "");
  host.Settle();
  CHECK(host.PullWatches().empty());
  host.Advance(30);
  CHECK(host.PullWatches().size() == 1);
}

TEST_CASE("a view, an FTS5 table and its content are followed to the tables that change", "[client][watch]") {
  Lists host;
  host.Execute("CREATE VIEW named AS SELECT id, name FROM lists WHERE name IS NOT NULL");
  host.Execute("CREATE VIRTUAL TABLE own USING fts5(body)");
  host.Execute("CREATE TABLE docs(id INTEGER PRIMARY KEY, body TEXT)");
  host.Execute("CREATE VIRTUAL TABLE external USING fts5(body, content='docs', content_rowid='id')");
  REQUIRE(host.Watch(1, "SELECT count(*) FROM named"));
  CHECK(host.ReplyJson()["tables"] == Json::parse(R"(["lists"])"));
  REQUIRE(host.Watch(2, "SELECT rowid FROM own WHERE own MATCH 'word'"));
  REQUIRE(host.Watch(3, "SELECT body FROM external"));
  const Json tables = host.ReplyJson()["tables"];
  CHECK(std::find(tables.begin(), tables.end(), "docs") != tables.end());
  REQUIRE(host.PullWatches().size() == 3);
  host.Insert("a", "x");
  host.Execute("INSERT INTO own(body) VALUES ('a word')");
  host.Execute("INSERT INTO docs(id, body) VALUES (1, 'text')");
  std::vector<std::uint32_t> told;
  for (const auto& message : host.PullWatches()) told.push_back(message.watch);
  std::sort(told.begin(), told.end());
  CHECK(told == std::vector<std::uint32_t>{1, 2, 3});
}

TEST_CASE("table-valued functions are no tables; temporary tables are followed by every commit", "[client][watch]") {
  Lists host;
  REQUIRE(host.Watch(1, "SELECT value FROM json_each('[1,2]')"));
  CHECK(host.ReplyJson()["tables"].empty());
  host.Execute("CREATE TEMP TABLE scratch(x)");
  REQUIRE(host.Watch(2, "SELECT count(*) FROM scratch"));
  REQUIRE(host.PullWatches().size() == 2);
  host.Execute("INSERT INTO scratch VALUES (1)");
  const auto messages = host.PullWatches();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].watch == 2);
}

TEST_CASE("WITHOUT ROWID tables, REPLACE and truncating deletes are noticed", "[client][watch]") {
  Lists host;
  host.Execute("CREATE TABLE keyed(k TEXT PRIMARY KEY, v) WITHOUT ROWID");
  REQUIRE(host.Watch(1, "SELECT k, v FROM keyed"));
  host.PullWatches();
  host.Execute("INSERT INTO keyed VALUES ('a', 1)");
  CHECK(host.PullWatches().size() == 1);
  host.Execute("REPLACE INTO keyed VALUES ('a', 2)");
  CHECK(host.PullWatches().size() == 1);
  host.Execute("DELETE FROM keyed");
  CHECK(host.PullWatches().size() == 1);
}

TEST_CASE("a query error is told and the watch lives on", "[client][watch]") {
  Lists host;
  host.Execute("CREATE TABLE mine(x)");
  REQUIRE(host.Watch(1, "SELECT x FROM mine"));
  REQUIRE(host.PullWatches().size() == 1);
  host.Execute("DROP TABLE mine");
  auto messages = host.PullWatches();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].kind == 2);
  CHECK(messages[0].error["message"].get<std::string>().find("no such table") != std::string::npos);
  host.Execute("CREATE TABLE mine(x)");
  messages = host.PullWatches();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].kind != 2);
  host.Execute("INSERT INTO mine VALUES (5)");
  messages = host.PullWatches();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].rows.rows == Json::parse("[[5]]"));
}

TEST_CASE("statements that cannot be watched are refused", "[client][watch]") {
  Lists host;
  CHECK_FALSE(host.Watch(1, "DELETE FROM lists"));
  CHECK(host.ReplyJson()["code"] == "invalid_argument");
  CHECK_FALSE(host.Watch(1, ""));
  CHECK_FALSE(host.Watch(1, "SELECT * FROM nowhere"));
  CHECK(host.PullWatches().empty());
}

TEST_CASE("a new schema resolves and runs every watch again", "[client][watch]") {
  Lists host;
  host.Insert("a", "one");
  REQUIRE(host.Watch(1, "SELECT * FROM lists"));
  REQUIRE(host.PullWatches().size() == 1);
  Json schema = test::ListsSchema();
  schema["tables"][0]["columns"].push_back({{"name", "color"}, {"type", "text"}});
  host.ApplySchema(schema);
  const auto messages = host.PullWatches();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].kind == 0);
  CHECK(messages[0].rows.columns == std::vector<std::string>{"id", "name", "owner_id", "color"});
}

TEST_CASE("named tables replace those of the statement", "[client][watch]") {
  Lists host;
  const std::string names = R"(["TODOS"])";
  std::string payload;
  for (const std::uint32_t word : {9u, 0u, client::kWatchTables, static_cast<std::uint32_t>(names.size())}) {
    payload.append(reinterpret_cast<const char*>(&word), 4);
  }
  payload += names + ClientHost::Payload("SELECT count(*) FROM lists", Json::array(), client::kStatementRead);
  REQUIRE(host.Call(client::Op::kWatchOpen, payload));
  CHECK(host.ReplyJson()["tables"] == Json::parse(R"(["todos"])"));
  REQUIRE(host.PullWatches().size() == 1);
  host.Insert("a", "");
  CHECK(host.PullWatches().empty());
  host.Execute("INSERT INTO todos(id) VALUES ('t')");
  CHECK(host.PullWatches().size() == 1);
}

TEST_CASE("a closed watch is silent", "[client][watch]") {
  Lists host;
  REQUIRE(host.Watch(1, "SELECT id FROM lists"));
  host.PullWatches();
  host.Insert("a", "");
  const std::uint32_t id = 1;
  REQUIRE(host.Call(client::Op::kWatchClose, std::string_view(reinterpret_cast<const char*>(&id), 4)));
  CHECK(host.PullWatches().empty());
}

TEST_CASE("parameters are kept for later runs", "[client][watch]") {
  Lists host;
  REQUIRE(host.Watch(1, "SELECT id FROM lists WHERE name = ? AND ? IS NULL", {"wanted", nullptr}));
  host.PullWatches();
  host.Insert("a", "other");
  CHECK(host.PullWatches().empty());
  host.Insert("b", "wanted");
  const auto messages = host.PullWatches();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].rows.rows == Json::parse(R"([["b"]])"));
}

TEST_CASE("a watch runs on a reader while a write transaction is open", "[client][watch]") {
  const auto path = std::filesystem::temp_directory_path() / "skerry-watch-test.db";
  const auto remove = [&path] {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + end);
  };
  remove();
  {
    ClientHost host(Json::object({{"path", path.string()}}));
    host.ApplySchema(test::ListsSchema());
    host.Execute("INSERT INTO lists(id) VALUES ('a')");
    const std::uint32_t lease = host.OpenLease("writeTransaction");
    host.Execute("INSERT INTO lists(id) VALUES ('b')", Json::array(), lease);
    REQUIRE(host.Watch(1, "SELECT id FROM lists"));
    auto messages = host.PullWatches();
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].rows.rows == Json::parse(R"([["a"]])"));
    REQUIRE(host.CloseLease(lease, "commit"));
    messages = host.PullWatches();
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].rows.rows == Json::parse(R"([["b"]])"));
  }
  remove();
}

TEST_CASE("resolving tables names what a statement reads", "[client][watch]") {
  Lists host;
  REQUIRE(host.Call(client::Op::kResolveTables,
                    ClientHost::Payload("SELECT * FROM lists JOIN todos ON todos.list_id = lists.id")));
  CHECK(host.ReplyJson()["tables"] == Json::parse(R"(["lists","todos"])"));
}

TEST_CASE("changed tables are told once per drain by their public names", "[client][watch]") {
  Lists host;
  host.Settle();
  host.instructions().clear();
  host.Insert("a", "");
  host.Insert("b", "");
  host.Execute("INSERT INTO notes(id) VALUES ('n')");
  host.Settle();
  const auto told = host.TakeAll("tables");
  REQUIRE(told.size() == 1);
  std::vector<std::string> names = told[0]["tables"];
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"lists", "notes", "ps_crud"});
}

}  // namespace skerry
