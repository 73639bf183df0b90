#include <filesystem>

#include "support/catch.h"
#include "support/client_host.h"
#include "support/lists_schema.h"

namespace skerry {
namespace {

using test::ClientHost;
using test::Json;

}  // namespace

TEST_CASE("a write answers with its changes and a read with its rows", "[client][execute]") {
  ClientHost host;
  host.ApplySchema(test::ListsSchema());
  const test::Rows inserted = host.Execute("INSERT INTO lists(id, name) VALUES (?, ?)", {"l1", "Groceries"});
  CHECK(inserted.changes == 1);
  CHECK((inserted.flags & client::kResultChangedData) != 0);
  CHECK(inserted.columns.empty());
  const test::Rows read = host.Read("SELECT id, name FROM lists");
  CHECK(read.rows == Json::parse(R"([["l1", "Groceries"]])"));
  CHECK((read.flags & client::kResultChangedData) == 0);
  CHECK(host.Execute("UPDATE lists SET name = 'x' RETURNING name").rows == Json::parse(R"([["x"]])"));
}

TEST_CASE("a local write is queued in the same transaction", "[client][execute][C-065]") {
  ClientHost host;
  host.ApplySchema(test::ListsSchema());
  host.Execute("INSERT INTO lists(id, name) VALUES ('l1', 'Groceries')");
  CHECK(host.Read("SELECT data FROM ps_crud").rows[0][0] ==
        R"({"op":"PUT","id":"l1","type":"lists","data":{"name":"Groceries"}})");
  host.Execute("INSERT INTO notes(id, text) VALUES ('n1', 'local only')");
  CHECK(host.Read("SELECT count(*) FROM ps_crud").rows[0][0] == 1);
}

TEST_CASE("a batch is one transaction with summed changes", "[client][execute]") {
  ClientHost host;
  host.ApplySchema(test::ListsSchema());
  REQUIRE(host.Call(client::Op::kExecute, ClientHost::BatchPayload("INSERT INTO lists(id, name) VALUES (?, ?)",
                                                                   Json::parse(R"([["a","1"],["b",null],["c",3]])"))));
  CHECK(test::DecodeRows(host.reply()).changes == 3);
  CHECK(host.Read("SELECT count(DISTINCT tx_id), count(*) FROM ps_crud").rows == Json::parse("[[1, 3]]"));
  CHECK_FALSE(host.Call(client::Op::kExecute, ClientHost::BatchPayload("INSERT INTO lists(id, name) VALUES (?, ?)",
                                                                       Json::parse(R"([["d","1"],["a","2"]])"))));
  CHECK(host.ReplyJson()["code"] == "constraint");
  CHECK(host.Read("SELECT count(*) FROM lists").rows[0][0] == 3);
}

TEST_CASE("an empty batch changes nothing", "[client][execute]") {
  ClientHost host;
  host.ApplySchema(test::ListsSchema());
  REQUIRE(host.Call(client::Op::kExecute, ClientHost::BatchPayload("INSERT INTO lists(id) VALUES (?)", Json::array())));
  CHECK(test::DecodeRows(host.reply()).changes == 0);
}

TEST_CASE("a script runs every statement and gives the first result with columns", "[client][execute]") {
  ClientHost host;
  host.ApplySchema(test::ListsSchema());
  REQUIRE(host.Call(client::Op::kExecute,
                    ClientHost::Payload("INSERT INTO lists(id) VALUES ('a'); SELECT 1 AS x; SELECT 2 AS y;",
                                        Json::array(), client::kStatementScript)));
  CHECK(test::DecodeRows(host.reply()).columns == std::vector<std::string>{"x"});
  CHECK(host.Read("SELECT count(*) FROM lists").rows[0][0] == 1);
}

TEST_CASE("errors carry SQLite's message, code and the statement, never parameters", "[client][execute]") {
  ClientHost host;
  host.ApplySchema(test::ListsSchema());
  host.Execute("INSERT INTO lists(id) VALUES ('a')");
  const Json duplicate = host.FailingExecute("INSERT INTO lists(id, name) VALUES (?, ?)", {"a", "secret value"});
  CHECK(duplicate["code"] == "constraint");
  CHECK(duplicate["sqliteCode"] == 1555);
  CHECK(duplicate["sql"] == "INSERT INTO lists(id, name) VALUES (?, ?)");
  CHECK(duplicate.dump().find("secret value") == std::string::npos);
  const Json syntax = host.FailingExecute("SELEC 1");
  CHECK(syntax["code"] == "sqlite");
  CHECK(syntax["message"].get<std::string>().find("syntax error") != std::string::npos);
  CHECK(host.FailingExecute("DROP TABLE lists")["code"] == "not_authorized");
  const Json many = host.FailingExecute("SELECT ?", {1, 2});
  CHECK(many["code"] == "invalid_argument");
  const Json huge = host.FailingExecute("SELEC '" + std::string(5000, 'x') + "'");
  CHECK(huge["sql"].get<std::string>().size() <= 2048);
  CHECK(host.Read("SELECT count(*) FROM lists").rows[0][0] == 1);
}

TEST_CASE("a parameter that is left out is null, also after a run that had it", "[client][execute]") {
  ClientHost host;
  CHECK(host.Read("SELECT ?, ?", {1, 2}).rows == Json::parse("[[1, 2]]"));
  CHECK(host.Read("SELECT ?, ?", {5}).rows == Json::parse("[[5, null]]"));
}

TEST_CASE("a statement that leaves a transaction open is rolled back and refused", "[client][execute]") {
  ClientHost host;
  host.ApplySchema(test::ListsSchema());
  CHECK(host.FailingExecute("BEGIN")["code"] == "invalid_argument");
  host.Execute("INSERT INTO lists(id) VALUES ('a')");
  CHECK(host.Read("SELECT count(*) FROM lists").rows[0][0] == 1);
}

TEST_CASE("a deadline interrupts a statement and the database stays usable", "[client][execute]") {
  ClientHost host;
  // Each look at the clock lets it go on, as a real one would.
  SeededRandom random(1);
  double clock = 0;
  auto opened = client::Database::Open(R"({"path":":memory:"})", {random, [&clock] { return clock += 1; }});
  REQUIRE(opened.ok());
  const std::string endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  const std::string payload = ClientHost::Payload(endless, Json::array(), client::kStatementRead, 0, 100);
  const auto call = [&](const std::string& bytes) {
    return (*opened)->Call(client::Op::kExecute, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                           {});
  };
  CHECK_FALSE(call(payload));
  CHECK(Json::parse((*opened)->reply())["code"] == "interrupted");
  CHECK(call(ClientHost::Payload("SELECT 1")));
}

TEST_CASE("unknown operations and malformed payloads are errors", "[client][execute]") {
  ClientHost host;
  CHECK_FALSE(host.Call(static_cast<client::Op>(99), ""));
  CHECK(host.ReplyJson()["code"] == "invalid_argument");
  for (const auto op : {client::Op::kExecute, client::Op::kLeaseOpen, client::Op::kLeaseClose, client::Op::kWatchOpen,
                        client::Op::kEvent, client::Op::kStreamBytes, client::Op::kSchema, client::Op::kCrudComplete,
                        client::Op::kClear, client::Op::kResolveTables}) {
    INFO("operation " << static_cast<int>(op));
    CHECK_FALSE(host.Call(op, "\x01{"));
    CHECK(host.ReplyJson().contains("code"));
  }
  CHECK(host.Read("SELECT 1").rows == Json::parse("[[1]]"));
}

TEST_CASE("a result over the configured limit fails the call alone", "[client][execute]") {
  ClientHost host(Json::object({{"path", ":memory:"}, {"maxResultBytes", 4096}}));
  CHECK(host.FailingExecute("SELECT zeroblob(8000)")["code"] == "limit");
  CHECK(host.Read("SELECT 1").rows == Json::parse("[[1]]"));
}

TEST_CASE("a configuration without a path, or with a wrong member, is refused by name", "[client]") {
  SeededRandom random(1);
  auto missing = client::Database::Open("{}", {random, {}});
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().message.find("path") != std::string::npos);
  auto wrong = client::Database::Open(R"({"path":":memory:","pageSize":"big"})", {random, {}});
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().message.find("pageSize") != std::string::npos);
}

TEST_CASE("data, schema, queue and client id survive reopening", "[client]") {
  const auto folder = std::filesystem::temp_directory_path() / "skerry-reopen-test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const Json config = {{"path", (folder / "app.db").string()}};
  Json client_id;
  {
    ClientHost host(config);
    host.ApplySchema(test::ListsSchema());
    host.Execute("INSERT INTO lists(id, name) VALUES ('a', 'kept')");
    REQUIRE(host.Call(client::Op::kInfo, ""));
    client_id = host.ReplyJson()["clientId"];
  }
  {
    ClientHost host(config, 2);
    CHECK(host.Read("SELECT name FROM lists").rows == Json::parse(R"([["kept"]])"));
    host.Execute("UPDATE lists SET name = 'changed'");
    CHECK(host.Read("SELECT count(*) FROM ps_crud").rows[0][0] == 2);
    REQUIRE(host.Call(client::Op::kInfo, ""));
    CHECK(host.ReplyJson()["clientId"] == client_id);
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("info tells sizes, counts and the status", "[client]") {
  ClientHost host;
  host.ApplySchema(test::ListsSchema());
  host.Execute("INSERT INTO lists(id, name) VALUES ('a', 'kept')");
  REQUIRE(host.Call(client::Op::kInfo, ""));
  const Json info = host.ReplyJson();
  CHECK(info["clientId"].get<std::string>().size() == 36);
  CHECK(info["sqliteVersion"].get<std::string>().substr(0, 2) == "3.");
  CHECK(info["status"]["uploadQueueCount"] == 1);
  CHECK(info["status"]["connected"] == false);
  CHECK(info["status"]["hasSynced"] == false);
  CHECK(info["queue"]["count"] == 1);
  CHECK(info["queue"]["size"].get<int>() > 20);
  CHECK(info["file"]["bytes"].get<std::int64_t>() > 0);
  CHECK(info["tables"] ==
        Json::parse(R"([{"name":"lists","rows":1},{"name":"todos","rows":0},{"name":"notes","rows":0}])"));
}

TEST_CASE("completing the queue takes entries and tells the tabs", "[client][C-083]") {
  ClientHost host;
  host.ApplySchema(test::ListsSchema());
  host.Execute("INSERT INTO lists(id) VALUES ('a')");
  host.Execute("INSERT INTO lists(id) VALUES ('b')");
  host.Settle();
  host.instructions().clear();
  REQUIRE(host.Call(client::Op::kCrudComplete, R"({"lastId":1})"));
  CHECK(host.Read("SELECT count(*) FROM ps_crud").rows[0][0] == 1);
  host.Settle();
  CHECK(host.Take("tables")["tables"] == Json::parse(R"(["ps_crud"])"));
  CHECK_FALSE(host.Call(client::Op::kCrudComplete, R"({"lastId":2,"checkpoint":"-4"})"));
}

}  // namespace skerry
