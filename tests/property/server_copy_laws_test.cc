// What the server says of a row is never lost, whatever an app does to it: random histories of downloads, publishes,
// local writes, triggers, schema changes, clears, restarts and crashes against a model of the service.
//
// After each step every entry of ps_oplog must mean what its operation brought: by its data, or, if it is bare, by the
// row that the app's table shows. At the end of a history every visible row must be the server's.
//
// SKERRY_HISTORIES=20000 SKERRY_SEED=7 in the environment run more of them, from another seed.
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <exception>

#include "property/random_app.h"
#include "property/served_rows.h"
#include "property/shown_rows.h"
#include "store/schema_change.h"
#include "support/catch.h"
#include "support/fault_vfs.h"

namespace skerry::test {
namespace {

using Outcome = store::PublishStart::Outcome;
using Rows = std::vector<std::string>;

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed), app_(random_), service_(random_) {
    Open(SchemaOf(kFirstTables));
  }
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  ~Simulation() {
    if (std::uncaught_exceptions() > 0) WARN(log_);
  }

  // Some steps and the way to a state in which all must be as the server says.
  void History() {
    for (std::uint64_t steps = 5 + Pick(10); steps > 0; --steps) Step();
    Settle();
    if (Pick(4) == 0) {
      Do("the first schema", [&] { rig_->ApplySchema(schema_ = SchemaOf(kFirstTables)); });
      CompareRows();
    }
    if (Pick(3) == 0) {
      Do("soft clear and publish", [&] { Clear(true); });
      Settle();
    } else if (Pick(3) == 0) {
      Do("hard clear", [&] { Clear(false); });
      log_.clear();
    }
  }

 private:
  template <typename Act>
  void Do(const std::string& what, Act act) {
    log_ += what + '\n';
    act();
    CheckEntries();
  }

  void Step() {
    const std::uint64_t kind = Pick(64);
    if (kind < 11) {
      return Do("download", [&] {
        service_.Change();
        service_.Send(*rig_->downloads);
      });
    }
    if (kind < 13) return Do("flush", [&] { rig_->Flush(); });
    if (kind < 22) return Do("publish", [&] { Publish(std::nullopt); });
    if (kind < 27) return Do("publish a part", [&] { Publish(static_cast<bucket::Priority>(Pick(2))); });
    if (kind < 38) return Write();
    if (kind < 44) return Transaction();
    if (kind < 48) return Do("upload", [&] { Upload(); });
    if (kind < 53) return Triggers();
    if (kind < 55) return ChangeSchema();
    if (kind < 58) return Do("resync", [&] { Resync(); });
    if (kind < 59) return Do("soft clear", [&] { Clear(true); });
    if (kind < 60) return Do("drop bucket", [&] { DropBucket(); });
    if (kind < 62) return Views();
    Restart(kind == 63);
  }

  std::uint64_t Pick(std::uint64_t below) { return random_.Next() % below; }
  LocalStore& local() { return rig_->local; }

  // ---- what the app does -------------------------------------------------------------------------------------------

  void Open(const std::string& schema) {
    schema_ = schema;
    rig_ = std::make_unique<DownloadRig>(schema, sqlite::OpenOptions{"copies.db", vfs_.name(), false, 4096, 512},
                                         Pick(2) == 0 ? store::DownloadOptions{200, 400} : store::DownloadOptions{});
    sqlite3_limit(local().db->handle(), SQLITE_LIMIT_TRIGGER_DEPTH, 8);
    service_.Send(*rig_->downloads);
  }

  // The tables that the app may write, by their names in SQL.
  Rows Tables() {
    Rows names;
    for (const schema::Table& table : local().schema.tables) names.push_back(table.view_name);
    if (names.empty()) names.emplace_back("own");
    return names;
  }

  std::string RandomWrite() {
    const std::string table = app_.One(Tables());
    return app_.Write(table, app_.One(Tables()),
                      local().OwnRows("SELECT name FROM pragma_table_info('" + table +
                                      "') WHERE name NOT IN ('id', '_metadata', '_deleted')"));
  }

  // Whether it succeeds is SQLite's business.
  void Try(const std::string& sql) { (void)local().Run(sql); }

  void Write() {
    const std::string sql = RandomWrite();
    Do(sql, [&] { Try(sql); });
  }

  void Transaction() {
    Do("BEGIN", [&] { Try("BEGIN"); });
    for (std::uint64_t count = 1 + Pick(5); count > 0 && local().db->InTransaction(); --count) {
      const std::uint64_t kind = Pick(8);
      const std::string sql = kind == 0   ? "SAVEPOINT s"
                              : kind == 1 ? "ROLLBACK TO s"
                              : kind == 2 ? "RELEASE s"
                              : kind <= 4 ? app_.Trigger(Tables())
                                          : RandomWrite();
      Do("  " + sql, [&] { Try(sql); });
    }
    if (!local().db->InTransaction()) return;
    const std::string end = Pick(3) == 0 ? "ROLLBACK" : "COMMIT";
    Do(end, [&] { local().Must(end); });
  }

  void Triggers() {
    const std::string sql =
        Pick(3) == 0 ? "DROP TRIGGER IF EXISTS tr" + std::to_string(Pick(3)) : app_.Trigger(Tables());
    Do(sql, [&] { Try(sql); });
  }

  // A view keeps a column that leaves the schema.
  void Views() {
    const std::string sql = Pick(2) == 0 ? "DROP VIEW IF EXISTS keeps"
                                         : "CREATE VIEW IF NOT EXISTS keeps AS SELECT x, i FROM " + app_.One(Tables());
    Do(sql, [&] { Try(sql); });
  }

  bool HasTriggers() {
    return !local()
                .OwnRows(
                    "SELECT 1 FROM (SELECT type, name FROM main.sqlite_schema UNION ALL SELECT type, name FROM "
                    "temp.sqlite_schema) WHERE type = 'trigger' AND name GLOB 'tr*'")
                .empty();
  }

  // Triggers of the app that fire while we write: what they do is neither queued nor undone.
  void MayMeddle() {
    if (!HasTriggers()) return;
    has_changed_rows_ = has_more_rows_ = true;
  }

  // Where it is to be seen what triggers do meanwhile, there is a new one.
  void ChangeSchema() {
    if (Pick(2) == 0) Triggers();
    const std::string next = app_.Schema();
    Do("schema " + next, [&] {
      MayMeddle();
      // A trigger may refuse what the change does to its table; then all is as it was.
      if (const Status applied = local().ApplySchema(next); applied.ok()) {
        schema_ = next;
      } else {
        REQUIRE(has_changed_rows_);
      }
      Require(rig_->downloads->SetSchema(local().schema));
    });
  }

  // A trigger may refuse what the change does to its table.
  bool IsAccepted(const std::string& next) {
    local().runner->ForgetStatements();
    auto rehearsal = Require(sqlite::WriteTransaction::Begin(*local().db));
    return store::ApplySchema(rehearsal, *local().capture, Require(schema::Schema::Parse(next))).ok();
  }

  // ---- what the client does ----------------------------------------------------------------------------------------

  bucket::Checkpoint Track(std::optional<std::int64_t> write_checkpoint) {
    service_.Send(*rig_->downloads);
    const bucket::Checkpoint checkpoint = service_.Checkpoint(write_checkpoint);
    rig_->Track(checkpoint);
    return checkpoint;
  }

  void Publish(std::optional<bucket::Priority> priority) {
    MayMeddle();
    const auto checkpoint = Track(Pick(2) == 0 ? std::optional<std::int64_t>(write_checkpoint_) : std::nullopt);
    if (Pick(4) == 0) {  // Given up in the middle.
      Require(rig_->downloads->BeginPublish(checkpoint, priority, rig_->now));
      for (std::uint64_t slices = Pick(4); slices > 0 && rig_->downloads->IsPublishing(); --slices) {
        const auto step = rig_->downloads->ContinuePublish(1);
        if (!step.ok()) REQUIRE(has_changed_rows_);
        if (step.ok() && *step == store::PublishStep::kDone) Published(checkpoint, priority);
      }
      if (rig_->downloads->IsPublishing()) rig_->downloads->AbortPublish();
      CheckEntries();
    }
    const auto start = rig_->TryComplete(checkpoint, priority, 1 + static_cast<int>(Pick(12)));
    if (!start.ok()) REQUIRE(has_changed_rows_);  // A trigger refused.
    if (!start.ok() || start->outcome != Outcome::kStarted) return;
    Published(checkpoint, priority);
    if (!priority) CompareRows();
  }

  void Published(const bucket::Checkpoint& checkpoint, std::optional<bucket::Priority> priority) {
    for (const bucket::BucketState& state : checkpoint.buckets) {
      if (!priority || state.priority <= *priority) held_[state.name] = service_.buckets.at(state.name);
    }
    // What is shown again while triggers meddle is not shown once more.
    const bool has_triggers = HasTriggers();
    if (!priority && is_resync_ && !has_triggers) has_changed_rows_ = false;
    if (!priority || has_triggers) is_resync_ = false;
  }

  void Upload() {
    rig_->EmptyQueue();
    rig_->SetTarget(++write_checkpoint_);
  }

  void Resync() {
    Require(rig_->downloads->Stop());
    Require(rig_->downloads->Resync(Pick(2) == 0));
    Require(rig_->downloads->Start());
    is_resync_ = true;
  }

  void Clear(bool is_soft) {
    const bool has_triggers = HasTriggers();
    Require(rig_->downloads->Stop());
    const Status cleared = rig_->downloads->Clear({true, is_soft});
    Require(rig_->downloads->Start());
    if (!cleared.ok()) {  // A trigger refused.
      REQUIRE(has_triggers);
      return;
    }
    if (!is_soft) {
      held_.clear();
      service_.buckets.clear();
    }
    is_resync_ = true;
    has_changed_rows_ = has_more_rows_ = has_triggers;
  }

  void DropBucket() {
    if (service_.buckets.empty()) return;
    Track(std::nullopt);  // So that it is one that the service named.
    const std::string name =
        std::next(service_.buckets.begin(), static_cast<std::ptrdiff_t>(Pick(service_.buckets.size())))->first;
    service_.buckets.erase(name);
    Track(std::nullopt);
    held_.erase(name);
  }

  // The process ends, in a crash in the middle of a write; the next one may come with another schema.
  void Restart(bool is_crash) {
    std::string next = Pick(3) == 0 ? app_.Schema() : schema_;
    if (next != schema_) {
      if (Pick(2) == 0) Triggers();
      MayMeddle();
      if (!IsAccepted(next)) next = schema_;
    }
    const std::string write = RandomWrite();
    log_ += (is_crash ? "crash in " + write + ", open with " : "restart with ") + next + '\n';
    if (is_crash) {
      vfs_.PullPlugAt(1 + static_cast<int>(Pick(4)));
      Try(write);
      vfs_.PullPlug();
    }
    rig_.reset();
    vfs_.Restart();
    Open(next);
    CheckEntries();
  }

  // ---- what must be true -------------------------------------------------------------------------------------------

  void Settle() {
    Do("settle", [&] {
      for (int i = 0; i < 3; ++i) {
        // A temporary one may hide one of the same name.
        for (int twice = 0; twice < 2; ++twice) local().Must("DROP TRIGGER IF EXISTS tr" + std::to_string(i));
      }
      Upload();
      if (has_changed_rows_) Resync();
      const auto checkpoint = Track(write_checkpoint_);
      REQUIRE(rig_->Complete(checkpoint) == Outcome::kStarted);
      Published(checkpoint, std::nullopt);
      CHECK(local().UpdatedRows().empty());
      CompareRows();
    });
  }

  void CheckEntries() {
    std::map<std::pair<std::string, EntryKey>, std::string> stored;
    std::map<RowKey, int> alone;
    auto select = Require(local().db->Prepare(
        "SELECT b.name, type, row_id, subkey, data FROM ps_oplog JOIN ps_buckets AS b ON b.id = bucket"));
    while (Require(select.Step())) {
      const RowKey row{select.Text(1), select.Text(2)};
      ++alone[row];
      stored[{std::string(select.Text(0)), {row, std::string(select.Text(3))}}] = std::string(select.Text(4));
    }
    std::size_t held = 0;
    for (const auto& [name, bucket] : held_) {
      held += bucket.entries.size();
      for (const auto& [key, entry] : bucket.entries) {
        const auto found = stored.find({name, key});
        if (found == stored.end()) FAIL(key.first.first + " " + key.first.second + " is not held: " + entry.json);
        const std::string& data = found->second;
        if (!data.empty() ? entry.Means(data)
                          : alone[key.first] == 1 && ShownMeaning(local(), key.first) == entry.meaning) {
          continue;
        }
        FAIL(key.first.first + " " + key.first.second + " is to say " + entry.json + " and says " +
             (data.empty() ? "in its table " + ShownMeaning(local(), key.first) : data));
      }
    }
    if (stored.size() != held) FAIL(stored.size() << " entries instead of " << held);
  }

  // Every row as the server has it, and unless triggers had their way no others.
  void CompareRows() {
    if (has_changed_rows_) return;
    std::map<RowKey, std::string> wanted, shown = ShownRows(local());
    for (const auto& [row, entry] : Winners(service_.buckets)) {
      const schema::Table* table = local().schema.FindType(row.first);
      wanted[row] = table != nullptr && table->kind == schema::TableKind::kSynced ? Cast(local(), *table, entry.json)
                                                                                  : entry.meaning;
    }
    if (has_more_rows_) {
      for (auto row = shown.begin(); row != shown.end();)
        row = wanted.count(row->first) == 0 ? shown.erase(row) : ++row;
    }
    for (const auto& [row, values] : wanted) {
      if (shown[row] != values) FAIL(row.first + " " + row.second + " shows " + shown[row] + " and not " + values);
      shown.erase(row);
    }
    for (const auto& [row, values] : shown) FAIL(row.first + " " + row.second + " is shown: " + values);
  }

  SeededRandom random_;
  RandomApp app_;
  Service service_;
  FaultVfs vfs_;
  std::unique_ptr<DownloadRig> rig_;
  std::string schema_;
  std::map<std::string, Service::Bucket> held_;  // What publishes have brought.
  std::int64_t write_checkpoint_ = 5;
  // Triggers that fired during a publish may have changed rows until the next resync, and left rows of their own until
  // the next clear.
  bool has_changed_rows_ = false, has_more_rows_ = false, is_resync_ = false;
  std::string log_;
};

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST_CASE("what the server says of a row survives every history",
          "[property][store][C-021][C-068][C-123][C-124][C-125][C-201][C-203]") {
  constexpr std::uint64_t kPerStore = 8;  // Histories that follow each other in one database.
  const std::uint64_t histories = FromEnvironment("SKERRY_HISTORIES", 2000);
  const std::uint64_t first = FromEnvironment("SKERRY_SEED", 1);
  for (std::uint64_t seed = first; seed < first + histories / kPerStore; ++seed) {
    INFO("SKERRY_SEED=" << seed);
    Simulation simulation(seed);
    for (std::uint64_t i = 0; i < kPerStore; ++i) simulation.History();
  }
}

}  // namespace
}  // namespace skerry::test
