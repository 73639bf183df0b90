// Runs every statement that an application sends: one statement, a batch of parameter sets, or a script.
//
// A statement that may write runs in a transaction, the application's or one of its own (BEGIN IMMEDIATE), and its
// queue entries are written at its end in that same transaction. When a call fails, what it did is undone as SQLite
// would undo it; if the queue entries cannot be written, the whole transaction is rolled back and the error says so:
// a change without its entry never becomes durable.
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

// Takes the rows of a result as they come.
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

  Result<Outcome> Run(const Call& call);

  // Before the schema changes or the connection closes: no statement of the application stays prepared.
  void ForgetStatements();

 private:
  struct Prepared {
    std::string sql;
    sqlite::Statement statement;
    bool controls_transaction = false;
    bool in_use = false;
  };
  using Cache = std::list<Prepared>;  // Most recently used first.

  Result<Prepared*> Take(std::string_view sql);
  Result<Outcome> RunOne(const Call& call);
  Result<Outcome> RunBatch(const Call& call);
  Result<Outcome> RunScript(const Call& call);
  Status Step(Prepared& prepared, RowSink* rows, Outcome& outcome);
  Status StepInTransaction(Prepared& prepared, RowSink* rows, Outcome& outcome);

  sqlite::Connection& db_;
  Guard& guard_;
  Capture* capture_;
  Cache cache_;
  std::unordered_map<std::string_view, Cache::iterator> by_sql_;
};

}  // namespace skerry::store
