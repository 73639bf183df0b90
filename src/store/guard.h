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

class Guard {
 public:
  explicit Guard(sqlite::Connection& db);
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  ~Guard();

  // Which tables are managed. Borrowed; nullptr: none.
  void SetSchema(const schema::Schema* schema) { schema_ = schema; }

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

  // Prepares one statement of the application. A refusal is kNotAuthorized and names the object.
  Result<sqlite::Statement> Prepare(std::string_view sql, std::string_view* tail = nullptr);

  // Hears every access of a statement being prepared, refused or not: how the watch room learns what a query reads.
  // Judging is not affected. Cleared with an empty function.
  void SetAccessListener(std::function<void(const sqlite::Access&)> listener) { listener_ = std::move(listener); }

  // Whether the statement prepared last began, ended or nested a transaction.
  bool saw_transaction_control() const { return saw_transaction_control_; }

 private:
  bool Allow(const sqlite::Access& access);
  // Why not; empty if the access is allowed.
  std::string Judge(const sqlite::Access& access);

  sqlite::Connection& db_;
  const schema::Schema* schema_ = nullptr;
  std::function<void(const sqlite::Access&)> listener_;
  bool judging_ = false;
  bool saw_transaction_control_ = false;
  std::string refusal_;
};

}  // namespace skerry::store
