#include "storage/config_texts.h"

#include "sqlite/transaction.h"

namespace skerry::storage {

Status PrepareConfigTexts(sqlite::Connection& db) {
  return db.Execute("CREATE TABLE IF NOT EXISTS configs(plan TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID");
}

Status KeepConfigText(sqlite::Connection& db, std::string_view plan, std::string_view text, std::string_view active) {
  SKERRY_ASSIGN(transaction, sqlite::WriteTransaction::Begin(db));
  SKERRY_ASSIGN(forget, db.Cached("DELETE FROM configs WHERE plan <> ?1 AND plan <> ?2"));
  SKERRY_TRY(forget->Run(plan, active));
  SKERRY_ASSIGN(keep, db.Cached("INSERT INTO configs VALUES (?1, ?2) ON CONFLICT DO UPDATE SET text = excluded.text"));
  SKERRY_TRY(keep->Run(plan, text));
  return transaction.Commit();
}

Result<std::string> ReadConfigText(sqlite::Connection& db, std::string_view plan) {
  SKERRY_ASSIGN(select, db.Cached("SELECT text FROM configs WHERE plan = ?1"));
  SKERRY_TRY(select->Bind(plan));
  SKERRY_ASSIGN(has_row, select->Step());
  std::string text;
  if (has_row) text = std::string(select->Text(0));
  select->Reset();
  return text;
}

}  // namespace skerry::storage
