// Entries of ps_oplog that leave their JSON to the table, and what keeps the server's copy when the row changes.
#include "store/bare_entries.h"

#include "support/catch.h"
#include "support/download_rig.h"

namespace skerry::test {
namespace {

using Rows = std::vector<std::string>;

constexpr char kSchema[] = R"({"tables":[
  {"name":"notes","columns":[{"name":"t","type":"text"},{"name":"i","type":"integer"},{"name":"r","type":"real"}]},
  {"name":"logs","columns":[{"name":"t","type":"text"}]}]})";

constexpr char kWhole[] = R"({"id":"n1","t":"a\"b\\ü","i":-5,"r":1.5})";
constexpr char kFilledByCapture[] = R"({"id":"n1","i":-5,"r":1.5,"t":"a\"b\\ü"})";

// One entry's data; "" if it is bare.
std::string DataOf(DownloadRig& rig, const std::string& id, const std::string& type = "notes") {
  const Rows rows =
      rig.local.OwnRows("SELECT data FROM ps_oplog WHERE type = '" + type + "' AND row_id = '" + id + "'");
  REQUIRE(rows.size() == 1);
  return rows[0];
}

Rows Notes(DownloadRig& rig) { return rig.local.OwnRows("SELECT id, t, i, r FROM notes ORDER BY id"); }

void Download(DownloadRig& rig, std::int64_t op, const std::string& id, const std::string& json) {
  rig.Line("a", {Put(op, "notes", id, json)});
  REQUIRE(rig.Sync({"a"}) == store::PublishStart::Outcome::kStarted);
}

// As if the upload had gone through and the server had ignored it: the next publish shows its row again.
void RevertLocalWrites(DownloadRig& rig) {
  rig.EmptyQueue();
  rig.SetTarget(5);
  REQUIRE(rig.Sync({"a"}, 5) == store::PublishStart::Outcome::kStarted);
}

TEST_CASE("an entry is bare where the table's row gives its JSON back, and only there", "[store][P-065]") {
  struct Case {
    const char* json;
    bool is_bare;
  };
  const Case cases[] = {
      {kWhole, true},
      {R"({"t":"x","i":1,"r":0.1})", true},
      {R"({ "r" : 2.0 , "t" : "x" })", true},
      {R"({"id":"n1","t":null,"i":null,"r":null})", true},
      {R"({"i":9223372036854775807,"r":-0.0})", true},
      {R"({})", true},
      {R"({"id":"another"})", false},
      {R"({"id":1})", false},
      {R"({"id":"n1","id":"n1"})", false},
      {R"({"t":"x","unknown":null})", false},
      {R"({"t":"x","t":"y"})", false},
      {R"({"t":1})", false},
      {R"({"t":true})", false},
      {R"({"t":{"a":1}})", false},
      {R"({"t":[]})", false},
      {R"({"t":"\u0000"})", false},
      {R"({"t":"\ud800"})", false},
      {R"({"i":"1"})", false},
      {R"({"i":true})", false},
      {R"({"i":1.0})", false},
      {R"({"i":-0})", false},
      {R"({"i":9223372036854775808})", false},
      {R"({"r":1})", false},
      {R"({"r":1e400})", false},
      {R"({"r":"1.5"})", false},
  };
  // Alone, and after a row that was read the same way; into an empty table, and into one with rows.
  const bool is_after_another = GENERATE(false, true);
  const bool is_first_sync = GENERATE(true, false);
  for (const Case& each : cases) {
    INFO(each.json);
    DownloadRig rig(kSchema);
    if (!is_first_sync) Download(rig, 1, "m0", R"({"t":"there"})");
    std::vector<Op> operations;
    if (is_after_another) operations.push_back(Put(2, "notes", "m1", each.json));
    operations.push_back(Put(3, "notes", "n1", each.json));
    rig.Line("a", operations);
    rig.Sync({"a"});
    CHECK(DataOf(rig, "n1") == (each.is_bare ? "" : each.json));
    rig.CheckSums();
  }
}

TEST_CASE("a bare entry gives all values back when it is filled", "[store]") {
  DownloadRig rig(kSchema);
  Download(rig, 1, "n1", kWhole);
  REQUIRE(DataOf(rig, "n1").empty());
  Require(store::FillEntries(*rig.local.db, Require(schema::Schema::Parse(kSchema)).tables[0]));
  CHECK(DataOf(rig, "n1") == R"({"id":"n1","t":"a\"b\\ü","i":-5,"r":1.5})");
}

TEST_CASE("a column of a type of its own leaves nothing to the table", "[store]") {
  DownloadRig rig(OneTable("d date"));
  rig.Line("a", {Put(1, "t", "x", R"({"d":"2020"})")});
  rig.Sync({"a"});
  CHECK(DataOf(rig, "x", "t") == R"({"d":"2020"})");
}

TEST_CASE("an entry with others of its row holds its data, whichever came first", "[store][P-061]") {
  const bool newest_first = GENERATE(true, false);
  DownloadRig rig(kSchema);
  const auto bring = [&](bool newest) {
    if (newest) rig.Line("a", {Put(9, "notes", "n1", R"({"t":"new"})")});
    if (!newest) rig.Line("b", {Put(3, "notes", "n1", R"({"t":"old"})")});
  };
  bring(newest_first);
  rig.Sync({newest_first ? "a" : "b"});
  REQUIRE(DataOf(rig, "n1").empty());
  bring(!newest_first);
  rig.Sync({"a", "b"});
  CHECK(Notes(rig) == Rows{"n1|new|NULL|NULL"});
  CHECK(rig.local.OwnRows("SELECT json_extract(data, '$.t') FROM ps_oplog ORDER BY op_id") == Rows{"old", "new"});
  rig.Line("a", {Remove(10, "notes", "n1")});
  rig.Sync({"a", "b"});
  CHECK(Notes(rig) == Rows{"n1|old|NULL|NULL"});
  rig.CheckSums();
}

TEST_CASE("a rejected local write of any kind reverts to what the server said", "[store][C-123]") {
  const std::string write =
      GENERATE("UPDATE notes SET t = 'mine', r = 7", "DELETE FROM notes",
               "INSERT OR REPLACE INTO notes(id, t) VALUES('n1', 'mine')",
               "INSERT INTO notes(id, t) VALUES('n1', 'mine') ON CONFLICT(id) DO UPDATE SET t = excluded.t, i = NULL",
               "UPDATE OR FAIL notes SET i = i + 1");
  INFO(write);
  DownloadRig rig(kSchema);
  Download(rig, 1, "n1", kWhole);
  const Rows server = Notes(rig);
  rig.local.Must(write);
  REQUIRE(Notes(rig) != server);
  CHECK(!DataOf(rig, "n1").empty());
  rig.local.Must("UPDATE notes SET t = 'again'");  // What the server said is not what this one found.
  RevertLocalWrites(rig);
  CHECK(Notes(rig) == server);
}

TEST_CASE("writes that change nothing or are undone leave the entry bare", "[store]") {
  DownloadRig rig(kSchema);
  Download(rig, 1, "n1", kWhole);
  rig.local.Must("UPDATE notes SET i = i");
  CHECK(DataOf(rig, "n1").empty());
  rig.local.Must("BEGIN");
  rig.local.Must("SAVEPOINT s");
  rig.local.Must("UPDATE notes SET t = 'mine'");
  CHECK(!DataOf(rig, "n1").empty());
  rig.local.Must("ROLLBACK TO s");
  CHECK(DataOf(rig, "n1").empty());
  rig.local.Must("COMMIT");
  CHECK(Notes(rig) == Rows{"n1|a\"b\\ü|-5|1.5"});
}

TEST_CASE("a row that the app's trigger changes keeps its server copy, whoever fires it", "[store][C-123]") {
  const bool is_published = GENERATE(false, true);
  DownloadRig rig(kSchema);
  Download(rig, 1, "n1", kWhole);
  const Rows server = Notes(rig);
  rig.local.Must(
      "CREATE TRIGGER touch AFTER INSERT ON logs BEGIN UPDATE notes SET t = 'touched'; DELETE FROM notes WHERE i = -5; "
      "END");
  if (is_published) {
    rig.Line("a", {Put(2, "logs", "l1", R"({"t":"x"})")});
    rig.Sync({"a"});
    CHECK(DataOf(rig, "l1", "logs") == R"({"t":"x"})");  // With triggers the table may not hold what was written.
  } else {
    rig.local.Must("INSERT INTO logs(id, t) VALUES('l1', 'x')");
  }
  CHECK(Notes(rig).empty());
  rig.local.Must("DROP TRIGGER touch");
  Require(rig.downloads->Stop());
  Require(rig.downloads->Resync(false));
  Require(rig.downloads->Start());
  RevertLocalWrites(rig);
  CHECK(Notes(rig) == server);
}

TEST_CASE("the entry of a row that a trigger kept out of its table holds its data", "[store][C-203]") {
  DownloadRig rig(kSchema);
  rig.local.Must("CREATE TRIGGER refuses BEFORE INSERT ON notes BEGIN SELECT RAISE(IGNORE); END");
  Download(rig, 1, "n1", kWhole);
  CHECK(Notes(rig).empty());
  CHECK(DataOf(rig, "n1") == kWhole);
  rig.local.Must("DROP TRIGGER refuses");
  Require(rig.downloads->Stop());
  Require(rig.downloads->Resync(false));
  Require(rig.downloads->Start());
  rig.Sync({"a"});
  CHECK(Notes(rig) == Rows{"n1|a\"b\\ü|-5|1.5"});
}

TEST_CASE("a row that a temporary trigger deletes keeps its server copy", "[store][C-123]") {
  DownloadRig rig(kSchema);
  Download(rig, 1, "n1", kWhole);
  const Rows server = Notes(rig);
  rig.local.Must("CREATE TEMP TRIGGER gone AFTER DELETE ON logs BEGIN DELETE FROM notes; END");
  rig.local.Must("INSERT INTO logs(id, t) VALUES('l1', 'x')");
  rig.local.Must("DELETE FROM logs");
  CHECK(Notes(rig).empty());
  RevertLocalWrites(rig);
  CHECK(Notes(rig) == server);
}

TEST_CASE("rows come back after a soft clear and stay through a resync", "[store][C-201][C-203]") {
  DownloadRig rig(kSchema);
  Download(rig, 1, "n1", kWhole);
  const Rows server = Notes(rig);
  Require(rig.downloads->Stop());
  const bool is_clear = GENERATE(true, false);
  if (is_clear) {
    Require(rig.downloads->Clear({true, true}));
    CHECK(Notes(rig).empty());
  } else {
    Require(rig.downloads->Resync(true));
  }
  rig.Restart();
  rig.Sync({"a"});
  CHECK(Notes(rig) == server);
}

TEST_CASE("a column that goes and comes again has the server's values", "[store][schema][C-021]") {
  const std::string other = GENERATE(R"({"tables":[{"name":"notes","columns":[{"name":"t","type":"text"}]}]})",
                                     R"({"tables":[{"name":"notes","columns":[{"name":"t","type":"text"},
                                        {"name":"i","type":"text"},{"name":"r","type":"integer"}]}]})",
                                     R"({"tables":[]})");
  DownloadRig rig(kSchema);
  Download(rig, 1, "n1", kWhole);
  const Rows server = Notes(rig);
  rig.ApplySchema(other);
  rig.ApplySchema(kSchema);
  CHECK(Notes(rig) == server);
  rig.local.Must("UPDATE notes SET i = 0");
  RevertLocalWrites(rig);
  CHECK(Notes(rig) == server);
}

TEST_CASE("an added column leaves bare entries bare, and a later revert clears it", "[store][schema]") {
  DownloadRig rig(kSchema);
  Download(rig, 1, "n1", kWhole);
  rig.ApplySchema(R"({"tables":[{"name":"notes","columns":[{"name":"t","type":"text"},{"name":"i","type":"integer"},
    {"name":"r","type":"real"},{"name":"n","type":"text"}]}]})");
  CHECK(DataOf(rig, "n1").empty());
  rig.local.Must("UPDATE notes SET n = 'mine'");
  RevertLocalWrites(rig);
  CHECK(rig.local.OwnRows("SELECT id, t, i, r, n FROM notes") == Rows{"n1|a\"b\\ü|-5|1.5|NULL"});
}

TEST_CASE("an update that also deletes the row keeps what the server said before it", "[store][C-055][C-123]") {
  const std::string write = GENERATE(
      "UPDATE notes SET t = 'mine', i = 0, _deleted = TRUE",
      "INSERT INTO notes(id, t) VALUES('n1', 'mine') ON CONFLICT(id) DO UPDATE SET t = excluded.t, _deleted = 1");
  INFO(write);
  DownloadRig rig(R"({"tables":[{"name":"notes","include_metadata":true,"columns":[
    {"name":"t","type":"text"},{"name":"i","type":"integer"},{"name":"r","type":"real"}]}]})");
  Download(rig, 1, "n1", kWhole);
  const Rows server = Notes(rig);
  rig.local.Must(write);
  CHECK(Notes(rig).empty());
  CHECK(DataOf(rig, "n1") == kFilledByCapture);
  CHECK(rig.local.Queue() == Rows{R"({"op":"DELETE","id":"n1","type":"notes"})"});
  RevertLocalWrites(rig);
  CHECK(Notes(rig) == server);
}

TEST_CASE("rows that the app's triggers change during a schema change keep their server copy",
          "[store][schema][C-021]") {
  const bool is_reopened = GENERATE(false, true);  // Then nothing is known of the tables yet.
  const bool is_renamed = GENERATE(false, true);
  DownloadRig rig(kSchema);
  rig.Line("a", {Put(1, "notes", "n1", kWhole), Put(2, "logs", "l1", R"({"t":"7"})")});
  rig.Sync({"a"});
  const Rows server = Notes(rig);
  REQUIRE(DataOf(rig, "n1").empty());
  rig.local.Must("CREATE TRIGGER spill AFTER UPDATE ON logs BEGIN UPDATE notes SET t = 'spilt', i = NULL; END");
  if (is_reopened) Require(rig.local.capture->SetSchema({}));
  std::string next = R"({"tables":[
    {"name":"notes","columns":[{"name":"t","type":"text"},{"name":"i","type":"integer"},{"name":"r","type":"real"}]NAME},
    {"name":"logs","columns":[{"name":"t","type":"integer"}]}]})";
  next.replace(next.find("NAME"), 4, is_renamed ? R"(,"view_name":"papers")" : "");
  rig.ApplySchema(next);
  rig.local.Must("DROP TRIGGER spill");
  const std::string table = is_renamed ? "papers" : "notes";
  REQUIRE(rig.local.OwnRows("SELECT t FROM " + table) == Rows{"spilt"});
  Require(rig.downloads->Stop());
  Require(rig.downloads->Resync(false));
  Require(rig.downloads->Start());
  RevertLocalWrites(rig);
  CHECK(rig.local.OwnRows("SELECT id, t, i, r FROM " + table) == server);
}

TEST_CASE("a column that the app's view kept, and wrote to, is the server's when the schema has it again",
          "[store][schema][C-021]") {
  DownloadRig rig(kSchema);
  rig.local.Must("CREATE VIEW uses AS SELECT i FROM notes");
  rig.ApplySchema(R"({"tables":[{"name":"notes","columns":[{"name":"t","type":"text"},{"name":"r","type":"real"}]}]})");
  Download(rig, 1, "n1", R"({"t":"a"})");
  REQUIRE(DataOf(rig, "n1").empty());
  rig.local.Must("UPDATE notes SET i = 5");
  rig.ApplySchema(kSchema);
  RevertLocalWrites(rig);
  CHECK(Notes(rig) == Rows{"n1|a|NULL|NULL"});
}

TEST_CASE("a resync shows a row that a trigger changes because of another row of it", "[store][C-203]") {
  DownloadRig rig(kSchema);
  rig.Line("a", {Put(1, "notes", "n1", R"({"t":1})"), Put(2, "notes", "n2", R"({"t":"two"})")});
  rig.Sync({"a"});
  REQUIRE(DataOf(rig, "n2").empty());
  rig.local.Must(
      "CREATE TRIGGER next AFTER UPDATE ON notes WHEN NEW.id = 'n1' BEGIN UPDATE notes SET t = 'mine' WHERE id = 'n2'; "
      "END");
  Require(rig.downloads->Stop());
  Require(rig.downloads->Resync(false));
  Require(rig.downloads->Start());
  rig.Sync({"a"});
  CHECK(Notes(rig) == Rows{"n1|1|NULL|NULL", "n2|two|NULL|NULL"});
}

TEST_CASE("what a trigger did before its statement failed, and SQLite keeps, is undone by the next publish",
          "[store][C-123]") {
  DownloadRig rig(kSchema);
  Download(rig, 1, "n1", kWhole);
  const Rows server = Notes(rig);
  rig.local.Must("CREATE TRIGGER early BEFORE INSERT ON logs BEGIN UPDATE notes SET t = 'early'; END");
  rig.local.Must("BEGIN");
  rig.local.MustFail("INSERT INTO logs(t) VALUES('without id')");
  rig.local.Must("COMMIT");
  REQUIRE(Notes(rig) != server);
  CHECK(DataOf(rig, "n1") == kFilledByCapture);
  rig.local.Must("DROP TRIGGER early");
  RevertLocalWrites(rig);
  CHECK(Notes(rig) == server);
}

TEST_CASE("empty data of a type without a table is not taken for a bare entry", "[store][C-093]") {
  DownloadRig rig(kSchema);
  rig.Line("a", {Put(1, "other", "o1", "")});
  rig.Sync({"a"});
  rig.Line("b", {Put(2, "other", "o1", "{}")});
  rig.Sync({"a", "b"});
  CHECK(rig.local.OwnRows("SELECT data FROM ps_oplog ORDER BY op_id") == Rows{" ", "{}"});
}

}  // namespace
}  // namespace skerry::test
