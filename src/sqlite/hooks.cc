#include "sqlite/hooks.h"

#include <sqlite3.h>

#include <cstring>

namespace skerry::sqlite {
namespace {

std::string_view View(const char* text) { return text == nullptr ? std::string_view() : std::string_view(text); }

DdlKind DdlOf(int action) {
  switch (action) {
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_TEMP_TABLE:
      return DdlKind::kCreateTable;
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TEMP_INDEX:
      return DdlKind::kCreateIndex;
    case SQLITE_CREATE_VIEW:
    case SQLITE_CREATE_TEMP_VIEW:
      return DdlKind::kCreateView;
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_TEMP_TRIGGER:
      return DdlKind::kCreateTrigger;
    case SQLITE_CREATE_VTABLE:
      return DdlKind::kCreateVirtualTable;
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_TEMP_TABLE:
      return DdlKind::kDropTable;
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TEMP_INDEX:
      return DdlKind::kDropIndex;
    case SQLITE_DROP_VIEW:
    case SQLITE_DROP_TEMP_VIEW:
      return DdlKind::kDropView;
    case SQLITE_DROP_TRIGGER:
    case SQLITE_DROP_TEMP_TRIGGER:
      return DdlKind::kDropTrigger;
    case SQLITE_DROP_VTABLE:
      return DdlKind::kDropVirtualTable;
    case SQLITE_ALTER_TABLE:
      return DdlKind::kAlterTable;
    case SQLITE_REINDEX:
      return DdlKind::kReindex;
    case SQLITE_ANALYZE:
      return DdlKind::kAnalyze;
    default:
      return DdlKind::kNone;
  }
}

AccessKind KindOf(int action) {
  switch (action) {
    case SQLITE_READ:
      return AccessKind::kRead;
    case SQLITE_INSERT:
      return AccessKind::kInsert;
    case SQLITE_UPDATE:
      return AccessKind::kUpdate;
    case SQLITE_DELETE:
      return AccessKind::kDelete;
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
      return AccessKind::kAttach;
    case SQLITE_PRAGMA:
      return AccessKind::kPragma;
    case SQLITE_FUNCTION:
      return AccessKind::kFunction;
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
      return AccessKind::kTransaction;
    default:
      return DdlOf(action) == DdlKind::kNone ? AccessKind::kOther : AccessKind::kDdl;
  }
}

ChangeKind ChangeOf(int operation) {
  if (operation == SQLITE_INSERT) return ChangeKind::kInsert;
  return operation == SQLITE_UPDATE ? ChangeKind::kUpdate : ChangeKind::kDelete;
}

}  // namespace

Value RowChange::Old(int column) const {
  sqlite3_value* value = nullptr;
  if (sqlite3_preupdate_old(db, column, &value) != SQLITE_OK) value = nullptr;
  return Value(value);
}

Value RowChange::New(int column) const {
  sqlite3_value* value = nullptr;
  if (sqlite3_preupdate_new(db, column, &value) != SQLITE_OK) value = nullptr;
  return Value(value);
}

void Connection::SetRowObserver(std::function<void(const RowChange&)> observer) {
  hooks_->on_row = std::move(observer);
  if (!hooks_->on_row) {
    sqlite3_preupdate_hook(db_, nullptr, nullptr);
    return;
  }
  sqlite3_preupdate_hook(
      db_,
      [](void* hooks, sqlite3* db, int operation, const char* schema, const char* table, sqlite3_int64 old_rowid,
         sqlite3_int64 new_rowid) {
        if (std::strcmp(schema, "main") != 0) return;
        RowChange change;
        change.kind = ChangeOf(operation);
        change.table = table;
        change.schema = schema;
        change.depth = sqlite3_preupdate_depth(db);
        change.old_rowid = old_rowid;
        change.new_rowid = new_rowid;
        change.column_count = sqlite3_preupdate_count(db);
        change.db = db;
        static_cast<Hooks*>(hooks)->on_row(change);
      },
      hooks_.get());
}

void Connection::SetCommitObserver(std::function<void()> on_commit, std::function<void()> on_rollback) {
  hooks_->on_commit = std::move(on_commit);
  hooks_->on_rollback = std::move(on_rollback);
  const auto commit = [](void* hooks) {
    static_cast<Hooks*>(hooks)->on_commit();
    return 0;  // Go on with the commit.
  };
  const auto rollback = [](void* hooks) { static_cast<Hooks*>(hooks)->on_rollback(); };
  sqlite3_commit_hook(db_, hooks_->on_commit ? +commit : nullptr, hooks_.get());
  sqlite3_rollback_hook(db_, hooks_->on_rollback ? +rollback : nullptr, hooks_.get());
}

void Connection::SetAuthorizer(std::function<bool(const Access&)> authorizer) {
  hooks_->authorize = std::move(authorizer);
  if (!hooks_->authorize) {
    sqlite3_set_authorizer(db_, nullptr, nullptr);
    return;
  }
  sqlite3_set_authorizer(
      db_,
      [](void* hooks, int action, const char* first, const char* second, const char* schema, const char* trigger) {
        const Access access{KindOf(action), action,        View(first),  View(second),
                            View(schema),   View(trigger), DdlOf(action)};
        return static_cast<Hooks*>(hooks)->authorize(access) ? SQLITE_OK : SQLITE_DENY;
      },
      hooks_.get());
}

void Connection::DeferCheckpoints(int most_pages) {
  hooks_->most_wal_pages = most_pages;
  const auto committed = [](void* hooks, sqlite3* db, const char* schema, int pages) {
    if (std::strcmp(schema, "main") != 0) return SQLITE_OK;
    Hooks& self = *static_cast<Hooks*>(hooks);
    self.wal_pages = pages;
    if (pages < self.most_wal_pages) return SQLITE_OK;
    // The transaction is durable: what goes wrong here is no failure of it, and the next commit tries again.
    if (sqlite3_wal_checkpoint_v2(db, schema, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr) == SQLITE_OK) {
      self.wal_pages = 0;
    }
    return SQLITE_OK;
  };
  sqlite3_wal_hook(db_, +committed, hooks_.get());
}

int Connection::wal_pages() const { return hooks_->wal_pages; }

Status Connection::Checkpoint() {
  hooks_->wal_pages = 0;
  const int code = sqlite3_wal_checkpoint_v2(db_, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code == SQLITE_OK || code == SQLITE_BUSY) return kDone;
  return LastError("writing the log back into the file");
}

void Connection::SetProgress(int steps, std::function<bool()> interrupt) {
  hooks_->interrupt = std::move(interrupt);
  const auto progress = [](void* hooks) { return static_cast<Hooks*>(hooks)->interrupt() ? 1 : 0; };
  sqlite3_progress_handler(db_, steps, hooks_->interrupt ? +progress : nullptr, hooks_.get());
}

}  // namespace skerry::sqlite
