// Transaction ids and the gate: sections 7.3 and 7.4, with savepoints and failures in between.
#include "support/catch.h"
#include "support/local_store.h"

using namespace skerry;
using test::LocalStore;
using Lines = std::vector<std::string>;

namespace {

constexpr char kMax[] = "9223372036854775807";

Lines TransactionIds(LocalStore& store) { return store.OwnRows("SELECT tx_id FROM ps_crud ORDER BY id"); }

// As if a checkpoint with a write checkpoint had been seen and published.
void PretendAcknowledged(LocalStore& store) {
  store.OwnSql(
      "INSERT OR REPLACE INTO ps_kv(key, value) VALUES ('last_seen_checkpoint_request_id', 5),"
      " ('last_applied_checkpoint_request_id', 5), ('target_checkpoint_request_id', 5)");
}

}  // namespace

TEST_CASE("transaction ids start at 1 and grow by 1 per transaction that queues", "[store][C-070]") {
  LocalStore store;
  store.Must("INSERT INTO lists(id) VALUES ('a')");
  store.Must("BEGIN");
  store.Must("INSERT INTO lists(id) VALUES ('b')");
  store.Must("UPDATE lists SET name = 'x' WHERE id = 'b'");
  store.Must("SELECT * FROM lists");
  store.Must("COMMIT");
  store.Must("CREATE TABLE own(x)");
  store.Must("INSERT INTO own VALUES (1)");
  store.Must("DELETE FROM lists WHERE id = 'a'");
  CHECK(TransactionIds(store) == Lines{"1", "2", "2", "3"});
}

TEST_CASE("ROLLBACK undoes rows, entries, target and transaction id", "[store][C-066][C-070]") {
  LocalStore store;
  PretendAcknowledged(store);
  store.Must("BEGIN");
  store.Must("INSERT INTO lists(id) VALUES ('a')");
  CHECK(store.KeyValue("target_checkpoint_request_id") == kMax);
  store.Must("ROLLBACK");
  CHECK(store.Queue().empty());
  CHECK(store.UpdatedRows().empty());
  CHECK(store.KeyValue("target_checkpoint_request_id") == "5");
  CHECK(store.KeyValue("last_seen_checkpoint_request_id") == "5");
  store.Must("INSERT INTO lists(id) VALUES ('b')");
  CHECK(TransactionIds(store) == Lines{"1"});
  CHECK(store.KeyValue("target_checkpoint_request_id") == kMax);
}

TEST_CASE("the first write of a transaction, undone by ROLLBACK TO, does not count as its gate", "[store][C-066]") {
  LocalStore store;
  PretendAcknowledged(store);
  store.Must("BEGIN");
  store.Must("SAVEPOINT s");
  store.Must("INSERT INTO lists(id) VALUES ('a')");
  store.Must("ROLLBACK TO s");
  CHECK(store.KeyValue("target_checkpoint_request_id") == "5");
  store.Must("INSERT INTO lists(id) VALUES ('b')");
  store.Must("INSERT INTO lists(id) VALUES ('c')");
  store.Must("COMMIT");
  CHECK(TransactionIds(store) == Lines{"1", "1"});
  CHECK(store.KeyValue("target_checkpoint_request_id") == kMax);
  CHECK(store.KeyValue("last_seen_checkpoint_request_id").empty());
  CHECK(store.KeyValue("last_applied_checkpoint_request_id").empty());
  CHECK(store.UpdatedRows() == Lines{"lists b", "lists c"});
}

TEST_CASE("nested savepoints keep one transaction id", "[store][C-070]") {
  LocalStore store;
  store.Must("SAVEPOINT outer");
  store.Must("INSERT INTO lists(id) VALUES ('a')");
  store.Must("SAVEPOINT inner");
  store.Must("INSERT INTO lists(id) VALUES ('b')");
  store.Must("ROLLBACK TO inner");
  store.Must("INSERT INTO lists(id) VALUES ('c')");
  store.Must("RELEASE inner");
  store.Must("RELEASE outer");
  CHECK_FALSE(store.db->InTransaction());
  CHECK(store.QueueWithTransactions() == Lines{R"(1 {"op":"PUT","id":"a","type":"lists","data":{}})",
                                               R"(1 {"op":"PUT","id":"c","type":"lists","data":{}})"});
}

TEST_CASE("a failed statement inside a transaction leaves the rest of it alone", "[store]") {
  LocalStore store;
  store.Must("BEGIN");
  store.Must("INSERT INTO lists(id) VALUES ('a')");
  store.MustFail("INSERT INTO lists(id) VALUES ('b'), ('a')");
  store.Must("INSERT INTO lists(id) VALUES ('c')");
  store.Must("COMMIT");
  CHECK(store.Rows("SELECT id FROM lists ORDER BY id") == Lines{"a", "c"});
  CHECK(TransactionIds(store) == Lines{"1", "1"});
}

TEST_CASE("every queued write lists its row for the next publish", "[store][C-065]") {
  LocalStore store;
  store.Must("INSERT INTO lists(id) VALUES ('a')");
  store.Must("UPDATE lists SET name = 'x'");
  store.Must("INSERT INTO todos(id) VALUES ('t')");
  store.Must("DELETE FROM todos");
  CHECK(store.UpdatedRows() == Lines{"lists a", "todos t"});
}

TEST_CASE("the target becomes unknown once per transaction, and stays if it is set within", "[store][C-066]") {
  LocalStore store;
  store.Must("BEGIN");
  store.Must("INSERT INTO lists(id) VALUES ('a')");
  store.OwnSql("UPDATE ps_kv SET value = 7 WHERE key = 'target_checkpoint_request_id'");
  store.Must("INSERT INTO lists(id) VALUES ('b')");
  store.Must("COMMIT");
  CHECK(store.KeyValue("target_checkpoint_request_id") == "7");
  store.Must("INSERT INTO lists(id) VALUES ('c')");
  CHECK(store.KeyValue("target_checkpoint_request_id") == kMax);
}

TEST_CASE("transaction ids go on after the database was closed and opened", "[store][C-070]") {
  const std::string path = "store_local_reopen.db";
  for (const char* suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
  {
    LocalStore store(test::kTodoSchema, {path});
    store.Must("INSERT INTO lists(id) VALUES ('a')");
  }
  {
    LocalStore store(test::kTodoSchema, {path});
    PretendAcknowledged(store);
    store.Must("INSERT INTO lists(id) VALUES ('b')");
    CHECK(TransactionIds(store) == Lines{"1", "2"});
    CHECK(store.KeyValue("target_checkpoint_request_id") == kMax);
  }
  for (const char* suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
}

TEST_CASE("a batch is one transaction: all of it or nothing", "[store][C-070]") {
  LocalStore store;
  auto outcome = store.RunBatch("INSERT INTO lists(id, name) VALUES (?, ?)", {{"a", "A"}, {"b", "B"}, {"c", nullptr}});
  REQUIRE(outcome.ok());
  CHECK(outcome->changes == 3);
  CHECK(outcome->last_insert_rowid == 3);
  CHECK(TransactionIds(store) == Lines{"1", "1", "1"});
  outcome = store.RunBatch("INSERT INTO lists(id) VALUES (?)", {{"d"}, {"a"}, {"e"}});
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().code == ErrorCode::kConstraint);
  CHECK(store.Rows("SELECT count(*) FROM lists") == Lines{"3"});
  CHECK(store.Queue().size() == 3);
  CHECK_FALSE(store.db->InTransaction());
  CHECK(store.RunBatch("INSERT INTO lists(id) VALUES (?)", {})->changes == 0);
}
