// Local writes on storage that fails at every point in turn: whatever happens, the database opens again, and a change
// and its queue entry are both there or both gone.
#include <map>

#include "base/json.h"
#include "support/catch.h"
#include "support/fault_vfs.h"
#include "support/local_store.h"

using namespace skerry;
using test::Fault;
using test::FaultVfs;
using test::LocalStore;

namespace {

using Table = std::map<std::string, std::string>;  // id -> name, "NULL" for none

sqlite::OpenOptions Options(const FaultVfs& vfs) { return {"local.db", vfs.name(), false, 4096, 64}; }

// Local writes of every kind. Each one writes a name of its own; those whose call succeeded and whose transaction
// committed go to `acknowledged`, as "id name".
void Work(LocalStore& store, std::vector<std::string>& acknowledged) {
  int number = 0;
  const auto write = [&](const std::string& sql, const std::string& id) {
    const std::string name = "n" + std::to_string(++number);
    const auto outcome = store.Run(sql, {id, name});
    if (outcome.ok() && outcome->changes > 0) acknowledged.push_back(id + " " + name);
  };
  for (const char* id : {"a", "b", "c"}) write("INSERT INTO lists(id, name) VALUES (?1, ?2)", id);
  write("UPDATE lists SET name = ?2 WHERE id = ?1", "b");
  write("INSERT OR REPLACE INTO lists(id, name) VALUES (?1, ?2)", "a");
  (void)store.Run("DELETE FROM lists WHERE id = 'c'");
  for (const char* end : {"ROLLBACK", "COMMIT"}) {
    if (!store.Run("BEGIN").ok()) continue;
    std::vector<std::string> inside;
    for (const char* id : {"x", "y", "z"}) {
      const std::string name = "n" + std::to_string(++number);
      if (store.Run("INSERT INTO lists(id, name) VALUES (?1, ?2)", {std::string(id), name}).ok()) {
        inside.push_back(std::string(id) + " " + name);
      }
      if (!store.db->InTransaction()) break;  // A failure took the whole transaction.
    }
    if (!store.db->InTransaction()) continue;
    if (!store.Run(end).ok()) {
      if (store.db->InTransaction()) (void)store.Run("ROLLBACK");
    } else if (std::string(end) == "COMMIT") {
      acknowledged.insert(acknowledged.end(), inside.begin(), inside.end());
    }
  }
  (void)store.Run("PRAGMA wal_checkpoint(TRUNCATE)");
  (void)store.Run(
      "INSERT INTO todos(id, text) SELECT 't' || value, hex(zeroblob(2000)) FROM json_each('[1,2,3,4,5,6]')");
  write("UPDATE lists SET name = ?2 WHERE id = ?1", "x");
  (void)store.RunBatch("INSERT INTO lists(id, name) VALUES (?1, 'batch')", {{"p"}, {"q"}, {"r"}});
}

// What the queue says the table holds.
Table Replay(LocalStore& store) {
  Table table;
  for (const std::string& entry : store.Queue()) {
    JsonReader json(entry);
    std::string_view key;
    std::string_view text;
    std::string op, id, type, name;
    bool has_name = false;
    json.BeginObject();
    while (json.NextKey(key)) {
      if (key == "data") {
        json.BeginObject();
        while (json.NextKey(key)) {
          has_name |= key == "name";
          if (json.Peek() == JsonKind::kString && json.ReadString(text))
            name = text;
          else
            json.Skip();
        }
        continue;
      }
      std::string& target = key == "op" ? op : key == "id" ? id : type;
      if (json.ReadString(text)) target = text;
    }
    REQUIRE(json.ok());
    if (type != "lists") continue;
    if (op == "DELETE")
      table.erase(id);
    else if (op == "PUT")
      table[id] = has_name ? name : "NULL";
    else if (has_name)
      table[id] = name;
  }
  return table;
}

Table Actual(LocalStore& store) {
  Table table;
  for (const std::string& row : store.OwnRows("SELECT id, name FROM lists")) {
    const std::size_t bar = row.find('|');
    table[row.substr(0, bar)] = row.substr(bar + 1);
  }
  return table;
}

// Opens the file again and looks at everything that must hold.
void CheckSurvivors(const FaultVfs& vfs, const std::vector<std::string>* acknowledged) {
  LocalStore store(test::kTodoSchema, Options(vfs));
  CHECK(store.OwnRows("PRAGMA integrity_check") == std::vector<std::string>{"ok"});
  CHECK(Replay(store) == Actual(store));
  CHECK(store.OwnRows("SELECT count(*) FROM todos") ==
        store.OwnRows("SELECT count(*) FROM ps_crud WHERE json_extract(data, '$.type') = 'todos'"));
  CHECK(store.OwnRows("SELECT count(*) FROM ps_crud AS c WHERE NOT EXISTS (SELECT 1 FROM ps_updated_rows"
                      " WHERE row_type = json_extract(c.data, '$.type') AND row_id = json_extract(c.data, '$.id'))") ==
        std::vector<std::string>{"0"});
  if (!store.Queue().empty()) CHECK(store.KeyValue("target_checkpoint_request_id") == "9223372036854775807");
  CHECK(store.KeyValue("client_id").size() == 36);
  if (acknowledged != nullptr) {
    for (const std::string& write : *acknowledged) {
      INFO("acknowledged: " << write);
      const std::size_t space = write.find(' ');
      CHECK(store.OwnRows("SELECT count(*) FROM ps_crud WHERE json_extract(data, '$.id') = '" + write.substr(0, space) +
                          "' AND json_extract(data, '$.data.name') = '" + write.substr(space + 1) + "'") ==
            std::vector<std::string>{"1"});
    }
  }
  store.Must("INSERT INTO lists(id) VALUES ('after')");  // And it goes on.
}

enum class End { kClose, kDie, kLosePower };

// Lets call number `n` of the work fail and returns whether there was such a call.
bool FailOnce(int n, Fault fault, bool for_good, End end) {
  INFO("call " << n << ", fault " << static_cast<int>(fault) << ", for good " << for_good << ", end "
               << static_cast<int>(end));
  FaultVfs vfs;
  std::vector<std::string> acknowledged;
  bool failed = false;
  {
    LocalStore store(test::kTodoSchema, Options(vfs));
    vfs.FailAt(n, fault, for_good);
    Work(store, acknowledged);
    failed = vfs.has_failed();
    if (!for_good) {  // The connection is usable again at once.
      vfs.NeverFail();
      CHECK(store.Run("INSERT INTO lists(id, name) VALUES ('last', 'last')").ok());
    }
    if (end != End::kClose) vfs.PullPlug();
  }
  if (end == End::kLosePower)
    vfs.RestartAfterPowerLoss(static_cast<std::uint64_t>(n));
  else
    vfs.Restart();
  // With synchronous=NORMAL a power failure may take the newest transactions, whole.
  CheckSurvivors(vfs, end == End::kLosePower ? nullptr : &acknowledged);
  return failed;
}

}  // namespace

TEST_CASE("the work itself succeeds, so that its failures mean something", "[fault]") {
  FaultVfs vfs;
  std::vector<std::string> acknowledged;
  {
    LocalStore store(test::kTodoSchema, Options(vfs));
    vfs.NeverFail();
    Work(store, acknowledged);
    CHECK(vfs.calls() > 30);
    CHECK(store.OwnRows("SELECT count(*) FROM lists") == std::vector<std::string>{"8"});
  }
  CHECK(acknowledged.size() == 9);
  CheckSurvivors(vfs, &acknowledged);
}

TEST_CASE("a full disk at any call loses no acknowledged write and no half of one", "[fault][C-066]") {
  for (const bool for_good : {false, true}) {
    for (int n = 1; FailOnce(n, Fault::kFull, for_good, End::kClose); ++n) continue;
  }
}

TEST_CASE("an I/O error at any call and then the death of the process", "[fault]") {
  for (const bool for_good : {false, true}) {
    for (int n = 1; FailOnce(n, Fault::kIoError, for_good, End::kDie); ++n) continue;
  }
}

TEST_CASE("a power failure after an error at any call leaves change and entry together", "[fault]") {
  for (int n = 1; FailOnce(n, Fault::kIoError, true, End::kLosePower); ++n) continue;
}

TEST_CASE("the process may die at any call, also while the database is made", "[fault]") {
  bool reached = true;
  for (int n = 1; reached; ++n) {
    INFO("call " << n);
    FaultVfs vfs;
    std::vector<std::string> acknowledged;
    vfs.PullPlugAt(n);
    {
      auto store = LocalStore::Open(test::kTodoSchema, Options(vfs));
      if (store.ok()) Work(**store, acknowledged);
      reached = vfs.has_failed();
    }
    if (n % 2 == 0) {
      vfs.RestartAfterPowerLoss(static_cast<std::uint64_t>(n));
      CheckSurvivors(vfs, nullptr);
    } else {
      vfs.Restart();
      CheckSurvivors(vfs, &acknowledged);
    }
  }
}

TEST_CASE("a failure is told as what it is", "[fault]") {
  FaultVfs vfs;
  LocalStore store(test::kTodoSchema, Options(vfs));
  vfs.FailAt(1, Fault::kFull, true);
  CHECK(store.MustFail("INSERT INTO lists(id) VALUES ('a')").code == ErrorCode::kStorageFull);
  CHECK(store.Rows("SELECT count(*) FROM lists") == std::vector<std::string>{"0"});  // Reading goes on.
  vfs.FailAt(1, Fault::kIoError, true);
  CHECK(store.MustFail("INSERT INTO lists(id) VALUES ('a')").code == ErrorCode::kStorageIo);
  vfs.NeverFail();
  store.Must("INSERT INTO lists(id) VALUES ('a')");
}
