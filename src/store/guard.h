// What the application's SQL may touch: everything of its own, and of Skerry's objects what cannot harm sync.
//
// Judged when a statement is prepared. Refused: DDL on managed tables and ps_* tables (views, triggers and plain
// indexes of the application on managed tables are allowed), writes to ps_* tables except ps_crud, ATTACH and DETACH,
// pragmas that change how the file is kept. Skerry's own SQL is never judged: only statements prepared or run inside an
// Application scope are.
//
// Owns the connection's authorizer. Neither copyable nor movable.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "schema/schema.h"
#include "sqlite/connection.h"

namespace skerry::store {

// How a statement must be run.
enum class StatementNature : unsigned char {
  kPlain,
  kAlone,   // Begins, ends or nests a transaction, or is a PRAGMA: never inside a transaction of ours.
  kVacuum,  // Alone, and not judged while it runs, since SQLite attaches a file for it.
};

class Guard {
 public:
  explicit Guard(sqlite::Connection& db);
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  ~Guard();

  // Which tables are managed. Borrowed; nullptr: none.
  void SetSchema(const schema::Schema* schema) { schema_ = schema; }
  // Whether a table or view of this name (in SQL) belongs to the schema.
  bool IsManaged(std::string_view sql_name) const;

  // While one lives, what is prepared or run on the connection is the application's.
  class Application {
   public:
    explicit Application(Guard& guard) : guard_(guard), outer_(guard.judging_) { guard_.judging_ = true; }
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;
    ~Application() { guard_.judging_ = outer_; }

   private:
    Guard& guard_;
    bool outer_;
  };

  // The opposite: our own statements in the middle of the application's.
  class Own {
   public:
    explicit Own(Guard& guard) : guard_(guard), outer_(guard.judging_) { guard_.judging_ = false; }
    Own(const Own&) = delete;
    Own& operator=(const Own&) = delete;
    ~Own() { guard_.judging_ = outer_; }

   private:
    Guard& guard_;
    bool outer_;
  };

  struct Prepared {
    sqlite::Statement statement;  // Without value for an empty text.
    StatementNature nature = StatementNature::kPlain;
  };
  // Prepares one statement of the application. A refusal is kNotAuthorized, names the object and says what is possible.
  Result<Prepared> Prepare(std::string_view sql, std::string_view* tail = nullptr);

  // Hears every access of the application's statements while they are prepared, refused or not: how the watch room
  // learns what a query reads. Cleared with an empty function.
  void SetAccessListener(std::function<void(const sqlite::Access&)> listener) { listener_ = std::move(listener); }

 private:
  bool Allow(const sqlite::Access& access);
  // Why the access is refused; empty if it is allowed.
  std::string Judge(const sqlite::Access& access);
  std::string JudgeDdl(const sqlite::Access& access);
  std::string JudgeWrite(const sqlite::Access& access) const;

  sqlite::Connection& db_;
  const schema::Schema* schema_ = nullptr;
  std::function<void(const sqlite::Access&)> listener_;
  bool judging_ = false;
  // What the statement being prepared turned out to be.
  bool saw_ddl_ = false;
  StatementNature nature_ = StatementNature::kPlain;
  std::string indexed_table_;  // A synced table on which it creates an index.
  std::string refusal_;
};

}  // namespace skerry::store
