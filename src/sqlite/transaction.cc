#include "sqlite/transaction.h"

namespace skerry::sqlite {

Result<WriteTransaction> WriteTransaction::Begin(Connection& db) {
  SKERRY_ASSIGN(begin, db.Cached("BEGIN IMMEDIATE"));
  SKERRY_TRY(begin->Run());
  return WriteTransaction(db);
}

WriteTransaction::~WriteTransaction() { Rollback(); }

Status WriteTransaction::Commit() {
  SKERRY_CHECK(db_ != nullptr, "a transaction is committed once");
  SKERRY_ASSIGN(commit, db_->Cached("COMMIT"));
  SKERRY_TRY(commit->Run());
  db_ = nullptr;
  return kDone;
}

void WriteTransaction::Rollback() {
  if (db_ == nullptr) return;
  Connection& db = *db_;
  db_ = nullptr;
  // SQLite rolls back by itself after some failures (full disk, I/O, memory).
  if (!db.InTransaction()) return;
  // A failing ROLLBACK leaves no transaction open either; there is nothing more to do about it.
  (void)db.Execute("ROLLBACK");
}

}  // namespace skerry::sqlite
