// Runs every statement that an application sends: one statement, a batch of parameter sets, or a script.
//
// A statement that may write runs in a transaction, the application's or one of its own (BEGIN IMMEDIATE), and its
// queue entries are written at its end in that same transaction. When a statement fails, what it did is undone as
// SQLite undoes it (OR FAIL keeps earlier rows); if the queue entries cannot be written, the whole transaction is
// rolled back and the error says so: a change without its entry never becomes durable.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sqlite/connection.h"
#include "store/capture.h"
#include "store/guard.h"

namespace skerry::store {

// Takes the rows of a result as they come. Must not run statements.
class RowSink {
 public:
  virtual ~RowSink() = default;
  // Before the first row, or instead of it if there is none. Only statements with columns call it.
  virtual Status OnColumns(const sqlite::Statement& statement) = 0;
  // One row; read it with the statement's accessors during the call only. An error ends the statement.
  virtual Status OnRow(const sqlite::Statement& statement) = 0;
};

struct Call {
  enum class Shape : std::uint8_t {
    kSingle,  // The first statement of the text, once.
    kBatch,   // The first statement of the text, once per parameter set, in one transaction, no rows.
    kScript,  // All statements of the text; the rows of the first one with columns. No parameters.
  };
  std::string_view sql;
  Shape shape = Shape::kSingle;
  std::size_t set_count = 1;  // kBatch only.
  // Binds parameter set `set`; empty: no parameters. What it binds must stay valid during the call.
  std::function<Status(std::size_t set, sqlite::Statement& statement)> bind;
  RowSink* rows = nullptr;  // May be null: rows are not wanted.
};

struct Outcome {
  std::int64_t changes = 0;  // Rows changed by the statement; the sum over a batch or script.
  std::int64_t last_insert_rowid = 0;
  bool wrote = false;  // A statement that may write ran.
};

class StatementRunner {
 public:
  static constexpr std::size_t kCacheSize = 64;

  // `capture` is null on a reader connection, whose statements cannot write.
  StatementRunner(sqlite::Connection& db, Guard& guard, Capture* capture) : db_(db), guard_(guard), capture_(capture) {}

  // A script or statement may leave a transaction open (BEGIN): whoever calls decides whether that is allowed.
  Result<Outcome> Run(const Call& call);

  // Before the connection closes or the schema changes: no statement of the application stays prepared.
  void ForgetStatements();

 private:
  struct Cached {
    std::string sql;
    Guard::Prepared prepared;
  };
  using Cache = std::list<Cached>;  // Most recently used first.

  Result<Guard::Prepared*> Take(std::string_view sql);
  Status RunSingle(const Call& call, Outcome& outcome);
  Status RunBatch(const Call& call, Outcome& outcome);
  Status RunScript(const Call& call, Outcome& outcome);
  // One execution of a bound statement, in a transaction of its own if none is open and it needs one.
  Status Execute(Guard::Prepared& prepared, RowSink* rows, Outcome& outcome);
  // One execution of a writing statement within the open transaction, with its queue entries. `kept`: what it did is to
  // be committed, although it may have failed.
  Status ExecuteAndQueue(sqlite::Statement& statement, RowSink* rows, Outcome& outcome, bool& kept);
  Status StepRows(sqlite::Statement& statement, RowSink* rows);
  Error Explain(Error error) const;

  sqlite::Connection& db_;
  Guard& guard_;
  Capture* capture_;
  Cache cache_;
  std::unordered_map<std::string_view, Cache::iterator> by_sql_;  // The keys live in cache_.
  Guard::Prepared uncached_;                                      // A text too long to be kept.
};

}  // namespace skerry::store
