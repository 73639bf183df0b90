// One connection with what the application's SQL needs on it: guard, capture of local writes, statement cache.
//
// The main session writes; a reader refuses to (query_only). Not movable: hooks keep its address.
#pragma once

#include <memory>

#include "client/environment.h"
#include "sqlite/connection.h"
#include "store/capture.h"
#include "store/guard.h"
#include "store/statement_runner.h"

namespace skerry::client {

class Session {
 public:
  static Result<std::unique_ptr<Session>> OpenMain(const Config& config, Random& random);
  static Result<std::unique_ptr<Session>> OpenReader(const Config& config, Random& random);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  sqlite::Connection& db() { return *db_; }
  store::Guard& guard() { return guard_; }
  store::StatementRunner& runner() { return runner_; }
  // Only of the main session.
  store::Capture& capture() { return *capture_; }

 private:
  Session(std::unique_ptr<sqlite::Connection> db, bool writes);

  std::unique_ptr<sqlite::Connection> db_;
  store::Guard guard_;
  std::unique_ptr<store::Capture> capture_;
  store::StatementRunner runner_;
};

}  // namespace skerry::client
