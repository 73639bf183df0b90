// The tables that are replicated: how they look in the file, what captures their changes, and which of them the sink
// has to get anew.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "replication/source.h"
#include "replication/sqlite/change_reader.h"
#include "sqlite/connection.h"

namespace skerry::replication {

// Borrows connection, random and log.
class ReplicatedTables {
 public:
  ReplicatedTables(sqlite::Connection& db, Random& random, LogSink& log) : db_(db), random_(random), log_(log) {}

  // Begins anew with what is wanted and what the sink knows.
  void Reset(std::span<const std::string> wanted, std::span<const row::Table> delivered);

  // Makes the triggers fit the tables as they are, and finds out which tables have to be copied or dropped. Needed
  // whenever the file's schema is not the one of the last call. Opens a write transaction of its own. `position` is the
  // number of the last record that the sink has committed.
  Status Reconcile(std::int64_t position);
  // PRAGMA schema_version after the last Reconcile().
  std::int64_t schema_version() const { return schema_version_; }

  bool has_pending() const { return !pending_copies_.empty() || !pending_drops_.empty(); }
  // Gives the pending drops and copies to the sink, inside the caller's read transaction.
  Status DeliverPending(ChangeSink& sink);
  // The sink has committed them.
  void NoteDelivered();

  // The reader of a table whose single changes count: not of one that is copied whole anyway. Null for any other name.
  ChangeReader* FindCaptured(std::string_view table);

  const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::string IdFor(const row::Table* known, const row::Table& now);
  void FindPending(std::set<std::string> copies);
  void Report(std::vector<std::string> problems);

  sqlite::Connection& db_;
  Random& random_;
  LogSink& log_;
  std::vector<std::string> wanted_;
  std::vector<std::string> problems_;
  std::map<std::string, row::Table> delivered_;  // As the sink knows them.
  std::map<std::string, ChangeReader, std::less<>> readers_;
  std::set<std::string> pending_copies_;
  std::set<std::string> pending_drops_;
  std::int64_t schema_version_ = -1;
};

}  // namespace skerry::replication
