// A database of a real Postgres server, an app that writes it, and the source that replicates it into lists of words.
#pragma once

#include <poll.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "notes.h"
#include "replication/postgres/lsn.h"
#include "replication/postgres/postgres_source.h"
#include "support/postgres.h"

namespace skerry::test {

// Writes down what is delivered and keeps what a source may ask back, as storage does.
struct KeepingNotes final : replication::ChangeSink {
  Status BeginHistory(std::string_view name) override {
    tables.clear();
    kept.clear();
    return notes.BeginHistory(name);
  }
  Status BeginTable(const row::Table& table) override {
    tables[table.QualifiedName()] = table;
    return notes.BeginTable(table);
  }
  Status EndTable(const row::Table& table) override { return notes.EndTable(table); }
  Status DropTable(std::string_view table) override {
    tables.erase(std::string(table));
    return notes.DropTable(table);
  }
  Status Upsert(const row::Table& table, std::string_view key, std::span<const row::Value> values,
                std::span<const int> keep) override {
    std::map<int, std::pair<row::Value, std::string>> copies;
    for (const int column : keep) {
      const row::Value& value = values[static_cast<std::size_t>(column)];
      copies[column] = {value, std::string(value.bytes)};
    }
    kept[{table.id, std::string(key)}] = std::move(copies);
    return notes.Upsert(table, key, values, keep);
  }
  Status Delete(const row::Table& table, std::string_view key) override {
    kept.erase({table.id, std::string(key)});
    return notes.Delete(table, key);
  }
  Result<bool> Restore(const row::Table& table, std::string_view key, std::span<const int> missing,
                       std::span<row::Value> values) override {
    given_back = kept[{table.id, std::string(key)}];
    const auto& copies = given_back;
    for (const int column : missing) {
      const auto found = copies.find(column);
      if (found == copies.end()) return false;
      values[static_cast<std::size_t>(column)] = found->second.first;
      values[static_cast<std::size_t>(column)].bytes = found->second.second;
    }
    ++restored;
    return true;
  }
  Status Commit(std::string_view at) override { return notes.Commit(at); }

  std::size_t KeptRows() const {
    std::size_t rows = 0;
    for (const auto& [key, copies] : kept) rows += copies.empty() ? 0 : 1;
    return rows;
  }

  Notes notes;
  std::map<std::string, row::Table> tables;
  std::map<std::pair<std::string, std::string>, std::map<int, std::pair<row::Value, std::string>>> kept;
  std::map<int, std::pair<row::Value, std::string>> given_back;
  int restored = 0;
};

class PostgresDatabase {
 public:
  explicit PostgresDatabase(const std::string& setup, std::vector<std::string> tables) : wanted(std::move(tables)) {
    app = cluster.Connect(database);
    Must(app->Execute("CREATE PUBLICATION powersync FOR ALL TABLES"));
    Must(app->Execute(setup));
    options.connection = cluster.Keywords(database);
    options.first_retry = options.last_retry = std::chrono::milliseconds(20);
    options.look_at_tables_every = std::chrono::milliseconds(0);
    Open({});
  }
  ~PostgresDatabase() {
    source.reset();
    if (app != nullptr) DropSlots();
  }

  // Also those that a connection which just ended still holds. Idle slots hold back the log of the whole cluster.
  void DropSlots() {
    const std::string mine = " FROM pg_replication_slots WHERE database = current_database()";
    while (Ask("SELECT count(*)" + mine) != "0") {
      (void)app->Execute("SELECT pg_drop_replication_slot(slot_name)" + mine + " AND NOT active");
    }
  }

  void Open(const replication::Progress& progress) {
    source.reset();
    source = replication::MakePostgresSource(options, random, log);
    source->SetValueForms(forms);
    Must(source->Start(wanted, progress, notepad));
  }
  // As after a restart of the service that had stored what was committed.
  void Restart() {
    replication::Progress progress{.identity = sink.notes.identity, .position = sink.notes.position};
    for (const auto& [name, table] : sink.tables) progress.tables.push_back(table);
    Open(progress);
  }

  // One look at the source, after waiting as it asks.
  Result<replication::Polled> Look() {
    const replication::Wait wait = source->NextPoll();
    pollfd readable{.fd = wait.readable, .events = POLLIN, .revents = 0};
    if (wait.longest.count() > 0) (void)poll(&readable, 1, static_cast<int>(wait.longest.count()));
    return source->Poll(sink);
  }
  // The same, where nothing should fail. But a server takes a moment to notice that a connection is gone, and keeps the
  // slot from the next one so long.
  replication::Polled Step() {
    for (int failures = 0;; ++failures) {
      const auto polled = Look();
      if (polled.ok()) return *polled;
      if (polled.error().code != ErrorCode::kSource || failures > 500) throw std::runtime_error(polled.error().message);
    }
  }
  void AwaitCommit() {
    while (Step() != replication::Polled::kCommitted) {
    }
  }
  // Everything that was committed in the source so far is delivered: what was, without the commits.
  std::vector<std::string> CatchUp() {
    if (sink.notes.position.empty()) AwaitCommit();
    Result<std::string> head = source->Head();
    while (!head.ok()) {
      (void)Look();
      head = source->Head();
    }
    Must(source->EmitMarker());
    while (sink.notes.position <= *head) (void)Step();
    return Take();
  }
  // The same, after the table was copied. Nothing says when that has to be.
  std::vector<std::string> AwaitTable(const std::string& name) {
    while (sink.tables.count(name) == 0) (void)Step();
    return CatchUp();
  }
  std::vector<std::string> Take() {
    std::vector<std::string> lines = sink.notes.Take();
    std::erase(lines, "commit");
    return lines;
  }
  std::vector<std::string> Do(const std::string& sql) {
    Must(app->Execute(sql));
    return CatchUp();
  }
  std::string Ask(const std::string& sql) { return std::string(Must(app->Query(sql)).Text(0, 0)); }
  // Whether a line of the log has these words.
  bool Said(const std::string& words) const {
    for (const std::string& line : log.lines) {
      if (line.find(words) != std::string::npos) return true;
    }
    return false;
  }
  std::string Slot() const { return sink.notes.identity.substr(sink.notes.identity.rfind(' ') + 1); }

  PostgresCluster& cluster = PostgresCluster::Shared();
  std::string database = cluster.MakeDatabase();
  std::vector<std::string> wanted;
  SeededRandom random{std::hash<std::string>()(database)};  // Slots share one name space over all databases.
  LogLines log;
  replication::PostgresSourceOptions options;
  replication::ValueForms forms;
  std::unique_ptr<replication::pg::Connection> app;
  Notepad notepad;
  KeepingNotes sink;
  std::unique_ptr<replication::Source> source;
};

}  // namespace skerry::test
