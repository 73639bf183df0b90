// A write transaction as a value: BEGIN IMMEDIATE, and ROLLBACK unless Commit() succeeded.
#pragma once

#include "sqlite/connection.h"

namespace skerry::sqlite {

class WriteTransaction {
 public:
  static Result<WriteTransaction> Begin(Connection& db);
  WriteTransaction(WriteTransaction&& other) noexcept : db_(other.db_) { other.db_ = nullptr; }
  WriteTransaction& operator=(WriteTransaction&&) = delete;
  ~WriteTransaction();

  Status Commit();
  void Rollback();
  Connection& db() { return *db_; }

 private:
  explicit WriteTransaction(Connection& db) : db_(&db) {}
  Connection* db_;
};

}  // namespace skerry::sqlite
