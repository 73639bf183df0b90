// One connection to a SQLite database, with the hooks that Skerry needs. Single-threaded, like everything in src/.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "sqlite/statement.h"
#include "sqlite/value.h"

struct sqlite3;

namespace skerry::sqlite {

struct OpenOptions {
  std::string path;        // ":memory:" for a private database.
  std::string vfs;         // Empty: SQLite's default.
  bool read_only = false;  // PRAGMA query_only: the file is opened the same way.
  int page_size = 16384;
  int cache_kib = 16384;
};

enum class ChangeKind : std::uint8_t { kInsert, kUpdate, kDelete };

// One row about to change, as SQLite's preupdate hook tells it. The accessors are valid during the call only; the
// observer must not run SQL.
class RowChange {
 public:
  ChangeKind kind;
  std::string_view table;  // In schema "main"; changes of temp and attached databases are not reported.
  std::string_view schema;
  int depth;  // 0: by the statement itself. > 0: by a trigger or a foreign key action.
  std::int64_t old_rowid;
  std::int64_t new_rowid;
  int column_count;

  Value Old(int column) const;  // kUpdate and kDelete only.
  Value New(int column) const;  // kInsert and kUpdate only.

  sqlite3* db;
};

// What a statement is about to touch, as the authorizer tells it at prepare time.
enum class AccessKind : std::uint8_t {
  kRead,
  kInsert,
  kUpdate,
  kDelete,
  kDdl,
  kAttach,
  kPragma,
  kFunction,
  kTransaction,
  kOther
};
enum class DdlKind : std::uint8_t {
  kNone,
  kCreateTable,
  kCreateIndex,
  kCreateView,
  kCreateTrigger,
  kCreateVirtualTable,
  kDropTable,
  kDropIndex,
  kDropView,
  kDropTrigger,
  kDropVirtualTable,
  kAlterTable,
  kReindex,
  kAnalyze,
};
struct Access {
  AccessKind kind;
  int sqlite_action;       // SQLITE_READ, SQLITE_DROP_TABLE, ...
  std::string_view first;  // As SQLite passes them; empty where it passes null.
  std::string_view second;
  std::string_view schema;
  std::string_view trigger;  // The innermost trigger or view that causes the access.
  DdlKind ddl;               // What kDdl is about, temporary objects included.
};

class Connection {
 public:
  // Opens, sets page size, WAL where the VFS can, busy handling off, foreign keys off, trusted_schema off,
  // recursive_triggers on (C-002), defensive mode on.
  static Result<std::unique_ptr<Connection>> Open(const OpenOptions& options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Prepares the first statement of `sql`. `tail`, if given, receives the rest. An empty text or comment gives a
  // Statement without value.
  Result<Statement> Prepare(std::string_view sql, std::string_view* tail = nullptr);
  // Runs every statement of `sql`, without parameters, rows ignored. For our own SQL, not the application's.
  Status Execute(std::string_view sql);
  // A statement that is kept for the life of the connection, found by its text (which must be a literal). Already
  // reset.
  Result<Statement*> Cached(const char* sql);
  // First column of the first row as integer; nullopt if there is no row or it is NULL.
  template <typename... Values>
  Result<std::optional<std::int64_t>> QueryInt(const char* sql, const Values&... values) {
    SKERRY_ASSIGN(statement, Cached(sql));
    SKERRY_TRY(statement->Bind(values...));
    SKERRY_ASSIGN(row, statement->Step());
    std::optional<std::int64_t> value;
    if (row && !statement->IsNull(0)) value = statement->Int64(0);
    statement->Reset();
    return value;
  }

  // SQL functions uuid() and gen_random_uuid(). `random` must outlive the connection.
  Status AddUuidFunctions(Random& random);
  // An SQL function whose result is NULL, or the error: a trigger calls it to hand values to C++. `function` must be
  // callable for the life of the connection.
  Status AddCallback(const char* name, std::function<Status(std::span<const Value>)> function);

  // Gives a table another CREATE text, within the open transaction. The rows stay as they are: the text must declare
  // the same columns in the same order, and no index may hold values that it would read otherwise.
  Status ReplaceTableText(std::string_view table, std::string_view sql);

  bool InTransaction() const;
  std::int64_t Changes() const;
  std::int64_t TotalChanges() const;
  std::int64_t LastInsertRowId() const;
  // After statements of our own: what last_insert_rowid() and changes() shall tell the application's next statement.
  void RestoreCounters(std::int64_t changes, std::int64_t last_insert_rowid);

  // At most one of each (store::Capture takes the first two and store::Guard the third on a connection that runs the
  // application's SQL; they offer listeners of their own). Cleared with an empty function. The functions must outlive
  // their use.
  void SetRowObserver(std::function<void(const RowChange&)> observer);
  void SetCommitObserver(std::function<void()> on_commit, std::function<void()> on_rollback);
  // Returns false to refuse the access ("not authorized").
  void SetAuthorizer(std::function<bool(const Access&)> authorizer);
  // Called every `steps` virtual machine steps; return true to interrupt the running statement.
  void SetProgress(int steps, std::function<bool()> interrupt);

  // Leaves the checkpoint to the caller, up to a WAL of `most_pages`: beyond it a commit does it, as by default at
  // 1000.
  void DeferCheckpoints(int most_pages);
  // How long the WAL was after the last commit on this connection; 0 after a checkpoint. Only with DeferCheckpoints().
  int wal_pages() const;
  // Writes the WAL back into the file, as far as readers of older states let it.
  Status Checkpoint();

  sqlite3* handle() const { return db_; }
  // The last error of this connection, typed: full disk, busy, constraint, interrupted, ...
  Error LastError(std::string_view doing = {}) const;

 private:
  explicit Connection(sqlite3* db);
  Status AddChangesFunction();
  struct Hooks;
  sqlite3* db_;
  std::unique_ptr<Hooks> hooks_;
  std::unordered_map<const void*, std::unique_ptr<Statement>> cached_;  // By the address of the literal.
};

// "name" with quotes doubled: the only way in which a name from a schema enters SQL.
std::string QuoteName(std::string_view name);
// 'text' with quotes doubled.
std::string QuoteText(std::string_view text);

}  // namespace skerry::sqlite
